"""The stages of odd holders while they are served: each once, from the first request on."""

from __future__ import annotations

import unittest

from _snifter.stages.record import ENTER

from . import further_holders_app, holders_app
from .server import BRIDGE
from .stepping import Stepping


class ServedTest(unittest.TestCase):
    def test_every_holder(self):
        """By each of the requests: before, during, and after those that are learned from."""
        for module in (holders_app, further_holders_app):
            plan = {"kind": "module", "module": module.__name__, "attr": "application"}
            server = Stepping(dict(plan, sys_path=[BRIDGE]))
            self.addCleanup(server.close)
            root = server.ready()["root"]
            for number in range(1, 6):
                server.request(number)
                answer = server.end(number)
                entered = answer.of(ENTER)
                stages = [server.stages[n] for n in (root, *(event[4] for event in entered))]
                self.assertEqual([stage[0] for stage in stages], module.EXPECTED, number)
                self.assertEqual([event[3] for event in entered], [*range(1, len(stages))], number)
                self.assertEqual((answer.status, answer.exceptions), ("200 OK", []))
                self.assertEqual({(stage[1], stage[2]) for stage in stages}, {("wsgi", "")})
                for name, _, _, file, line in stages:
                    self.assertTrue(file in (module.__file__, "<string>") and line > 0, name)


if __name__ == "__main__":
    unittest.main()
