"""A class that is an application is entered once, whoever makes its instances."""

from __future__ import annotations

import os
import unittest

from _snifter.stages import tree
from _snifter.stages.events import ENTER

from . import metaclasses_app, tracing
from .stepping import Stepping


class MetaclassesTest(unittest.TestCase):
    def test_it_is_entered_once_by_its_own_name(self):
        plan = {
            "kind": "module",
            "module": "metaclasses_app",
            "attr": "application",
            "sys_path": [os.path.dirname(os.path.abspath(__file__))],
        }
        server = Stepping(plan)
        self.addCleanup(server.close)
        server.ready()
        # After the third a learner knows what else is called as an application is.
        for number in range(1, 6):
            server.request(number)
            answer = server.end(number)
            self.assertEqual(answer.body, b"a page")
            entered = [event for event in answer.each() if event[0] == ENTER and event[1] > 1]
            names = [server.stages[event[4]][0] for event in entered]
            self.assertEqual(names, ["metaclasses_app.Page"])

    def test_it_is_in_the_tree_once(self):
        rows, _ = tree.find(metaclasses_app.application, ["/"])
        names = [row["name"].rpartition(".")[2] for row in rows]
        self.assertEqual(names, ["Outer", "Page"])


class AskedTest(unittest.TestCase):
    """A class whose metaclass answers for it, which may load what is lazy, or fail, is not asked:
    what is told of others is told all the same."""

    def test_it_is_not_asked(self):
        asked = []

        class Lazy(type):
            def __getattribute__(cls, name):
                asked.append(name)
                raise RuntimeError(f"{name} is not there yet")

        class Middleware(metaclass=Lazy):
            def __call__(self, environ, start_response):
                return inner(environ, start_response)

        class Body(metaclass=Lazy):
            def __iter__(self):
                return iter([b"lazy"])

        def inner(environ, start_response):
            start_response("200 OK", [])
            return object.__new__(Body)

        def application(environ, start_response):
            return [b"".join(middleware(environ, start_response))]

        middleware = object.__new__(Middleware)
        names = [row["name"].rpartition(".")[2] for row in tree.find(application, [])[0]]
        self.assertEqual(names, ["application"])  # what the other holds is not known
        with tracing.traced() as tracer:
            for _ in range(3):
                heads, blocks, error = tracing.ask(application)
                self.assertEqual((heads, blocks, error), ([("200 OK", [])], [b"lazy"], None))
        names = [name.rpartition(".")[2] for name in tracer.names()]
        self.assertEqual(names, ["application", "Middleware", "inner"] * 3)
        self.assertEqual(asked, [])


if __name__ == "__main__":
    unittest.main()
