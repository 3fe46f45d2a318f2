"""What a stage does to its environ before it calls start_response is its own, and known by then."""

from __future__ import annotations

import unittest

from _snifter.stages.events import ENVIRON_CHANGED, START_RESPONSE

from .stepping import PLAN, SteppingTest

#: `setting`, within a stage that passes start_response on, and one with its own.
SETTING = 3


class EnvironAtStartTest(SteppingTest):
    plan = dict(PLAN, attr="set_before")

    def test_it_is_told_before(self):
        for places in [], ["nothing:enter"], ["*:*"]:
            with self.subTest(places):
                self.server.stops(*places)
                _, answer = self.server.walk(self.ask("/"), "continue")
                told = [
                    event[:2]
                    for event in answer.each()
                    if event[0] == START_RESPONSE
                    or event[0] == ENVIRON_CHANGED
                    and "x.set" in event[3]
                ]
                self.assertEqual(told[:2], [(ENVIRON_CHANGED, SETTING), (START_RESPONSE, SETTING)])
                self.assertNotIn(ENVIRON_CHANGED, [kind for kind, _ in told[2:]])


if __name__ == "__main__":
    unittest.main()
