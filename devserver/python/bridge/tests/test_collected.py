"""What is held as an application is a stage from the first request on, whatever the stage around it
gives it in the place of a start_response."""

from __future__ import annotations

import os
import unittest

from _snifter.stages.events import ENTER
from _snifter.stages.finding import holders
from _snifter.stages.reading import begins

from . import collected_app
from .stepping import Stepping


class CollectedTest(unittest.TestCase):
    def test_they_are_seen_at_once(self):
        plan = {"kind": "module", "module": "collected_app", "attr": "application"}
        server = Stepping(dict(plan, sys_path=[os.path.dirname(os.path.abspath(__file__))]))
        self.addCleanup(server.close)
        server.ready()
        names = ["Odd", "Keeps", "within", "collecting", "asks", "behind", "answers"]
        for number in (1, 2, 3):
            server.request(number)
            answer = server.end(number)
            self.assertEqual((answer.body, answer.exceptions), (b"1", []))
            entered = [server.stages[event[4]][0] for event in answer.each() if event[0] == ENTER]
            self.assertEqual([name.rpartition(".")[2] for name in entered], names)

    def test_what_is_given_a_function(self):
        self.assertEqual(begins.names_given(collected_app.asks), {"behind"})
        for function in collected_app.answers, collected_app.odd, collected_app.visits:
            self.assertEqual(begins.names_given(function), set(), function)
        # A name is not enough.
        self.assertFalse(holders.nearest(collected_app.redirects))


if __name__ == "__main__":
    unittest.main()
