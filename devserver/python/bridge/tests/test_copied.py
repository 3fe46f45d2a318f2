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
SHARING = "/Sharing"
#: The stage that copies it, the one that is given the copy, and the innermost.
MAKES, GIVEN, LEAF = 3, 4, 5
LATER = [path for path in copied_app.STACKS if path != SHARING]
#: Nobody runs any more that could see what is changed.
UNSEEN = ("/Behind/listed", "/Whole/listed")


class CopiedTest(unittest.TestCase):
    def test_what_its_maker_changes_later(self):
        with Stepping(PLAN) as server:
            server.ready()
            for number, path in enumerate(LATER, 1):
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

    def test_what_those_within_change_in_a_value_that_it_shares(self):
        with Stepping(PLAN) as server:
            server.ready()
            server.request(1, PATH_INFO=SHARING)
            found = [
                (*event[1:2], event[3], *event[7:])
                for event in server.end(1).of(ENVIRON_CHANGED)
            ]
            self.assertEqual(
                found,
                [
                    (MAKES, {"trail": ["sharing"]}),
                    (LEAF, {"trail": ["sharing", "leaf"]}),
                    (MAKES, {"end": 2}),
                    # How its own environ is by that is told as nobody's doing.
                    (MAKES, {"trail": ["sharing", "leaf"]}, MAKES),
                ],
            )

    def test_so_many(self):
        outer = SimpleNamespace(index=2, record=SimpleNamespace(copied=()))
        for index in range(100):
            copied.note(outer, None, index)
        self.assertEqual([*outer.record.copied], [2])
        self.assertEqual(len(outer.record.copied[2]), copied._MOST)


if __name__ == "__main__":
    unittest.main()
