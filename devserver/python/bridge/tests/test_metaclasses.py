"""A class that is an application is entered once, whoever makes its instances."""

from __future__ import annotations

import os
import unittest

from _snifter.stages import tree
from _snifter.stages.events import ENTER

from . import metaclasses_app
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


if __name__ == "__main__":
    unittest.main()
