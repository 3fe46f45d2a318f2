"""Who has changed an environ that a stage has copied for the next one."""

from __future__ import annotations

import os
import unittest
from types import SimpleNamespace

from _snifter.stages.events import ENVIRON_CHANGED
from _snifter.stages.recording import copied

from . import copied_app
from .stepping import Stepping

PLAN = {
    "kind": "module",
    "module": "copied_app",
    "attr": "application",
    "sys_path": [os.path.dirname(os.path.abspath(__file__))],
}
#: The stage that copies it, the one that is given the copy, and the innermost.
MAKES, GIVEN, LEAF = 3, 4, 5
#: Nobody runs any more that could see what is changed.
UNSEEN = ("/Behind/listed", "/Whole/listed")


class CopiedTest(unittest.TestCase):
    def test_what_its_maker_changes_later(self):
        with Stepping(PLAN) as server:
            server.ready()
            for number, path in enumerate(copied_app.STACKS, 1):
                server.request(number, PATH_INFO=path)
                answer = server.end(number)
                found = {
                    (key, *event[1:2], *event[7:])
                    for event in answer.of(ENVIRON_CHANGED)
                    for key in event[3]
                }
                wanted = {("leaf", LEAF)}
                if path not in UNSEEN:
                    wanted.add(("mine", MAKES, GIVEN))
                if path.endswith("generator"):
                    wanted.add(("leaf.late", LEAF))
                with self.subTest(path):
                    self.assertEqual((answer.body, answer.exceptions), (b"x", []))
                    self.assertEqual(found, wanted)

    def test_so_many(self):
        outer = SimpleNamespace(index=2, record=SimpleNamespace(copied=()))
        for index in range(100):
            copied.note(outer, None, index)
        self.assertEqual([*outer.record.copied], [2])
        self.assertEqual(len(outer.record.copied[2]), copied._MOST)


if __name__ == "__main__":
    unittest.main()
