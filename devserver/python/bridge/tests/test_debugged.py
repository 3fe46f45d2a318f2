"""What debuggers and profilers show of an application: the same with its stages told apart."""

from __future__ import annotations

import itertools
import json
import sys
import unittest

from .server import BRIDGE
from .stepping import Stepping

PLAN = {"kind": "module", "module": "tests.debugged_app", "attr": "application"}
#: PyPy has context variables written in Python, which are stepped into.
CPYTHON = sys.implementation.name == "cpython"
#: How it is told of what runs: by sys.settrace, or, from Python 3.14 on, by sys.monitoring, as
#: breakpoint() has it.
BACKENDS = [{}, {"HTTP_BACKEND": "monitoring"}] if sys.version_info >= (3, 14) else [{}]
#: Where a debugger is entered, and what it is told to do.
SESSIONS = {
    "/in": (
        "w,u,u,u,u,u,d,d",
        "r,n,n,r,r,r,r,n,n",
        "u,u,p environ['holds'],unt,n",
        ",".join("n" * 8),
    ),
    "/": (",".join("s" * 60), ",".join("n" * 6), "s,s,s,r,s,s,r,n,n", "b leaf,c,w,u,c"),
    "/fails": (",".join("s" * 60), ",".join("n" * 8), "s,s,s,s,s,r,r,r,r,r"),
    "/after": ("c,w,u,u,u,d",),
}


class DebuggedTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        plan = dict(PLAN, sys_path=[BRIDGE])
        cls.servers = [Stepping(dict(plan, **more)) for more in ({"no_stages": True}, {})]
        for server in cls.servers:
            cls.addClassCleanup(server.close)
            server.ready()
        cls.number = 0
        # The first requests to each place are watched, by frames of the server's.
        for path in SESSIONS:
            for _ in range(5):
                cls.ask(path)

    @classmethod
    def ask(cls, path, query="", **more):
        """What both answer."""
        cls.number += 1
        answers = []
        for server in cls.servers:
            server.request(cls.number, PATH_INFO=path, QUERY_STRING=query, **more)
            answer = server.end(cls.number)
            assert (answer.status, answer.exceptions) == ("200 OK", []), answer.exceptions
            answers.append(answer.body.decode())
        return answers

    def test_debuggers(self):
        self.maxDiff = None
        for path, sessions in SESSIONS.items():
            for commands, by in itertools.product(sessions, BACKENDS):
                with self.subTest(path, commands=commands, **by):
                    plain, told = self.ask(path, commands, **by)
                    self.assertIn("(Pdb)", plain)
                    if CPYTHON:
                        self.assertEqual(told, plain)
                    else:
                        self.assertNotIn("_snifter/stages", told)

    def test_profiles(self):
        for _ in range(2):  # what is told of once may be told of from then on
            plain, told = map(json.loads, self.ask("/profile"))
            self.assertIn("leaf", [row[2] for row in plain])
            if CPYTHON:
                self.assertEqual(told, plain)

    def test_who_has_called(self):
        """By no function of a module's."""
        plain, told = map(json.loads, self.ask("/who"))
        self.assertEqual(told[1], plain[1])


if __name__ == "__main__":
    unittest.main()
