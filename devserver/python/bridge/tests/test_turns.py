"""Requests that wait until what the one before has taught is known."""

from __future__ import annotations

import os
import threading
import types
import unittest

from _snifter.stages.events import ENTER
from _snifter.stages.finding.turns import Turns

from .stepping import Stepping

PLAN = {
    "kind": "module",
    "module": "turns_app",
    "attr": "application",
    "sys_path": [os.path.dirname(os.path.abspath(__file__))],
    "in_turn": True,
}


class ServedTest(unittest.TestCase):
    def test_what_a_request_has_shown_is_known_to_the_next(self):
        with Stepping(PLAN) as server:
            server.ready()
            for number in (1, 2, 3):
                server.request(number)
                server.nudge_until(lambda: number in server.ended)  # noqa: B023
            stages = [len(server.answers[number].of(ENTER)) for number in (1, 2, 3)]
            self.assertEqual(stages, [0, 0, 1])


class TurnsTest(unittest.TestCase):
    def setUp(self):
        self.turns = Turns()
        self.exchange = types.SimpleNamespace(over=False)
        self.assertTrue(self.turns.take(self.exchange))

    def test_one_after_the_other(self):
        self.turns.give_back()
        self.assertTrue(self.turns.take(self.exchange))

    def test_one_that_is_sent_by_another_need_not_wait_for_its_end(self):
        self.assertFalse(self.turns.take(self.exchange))

    def test_what_an_ended_one_teaches_is_waited_for(self):
        self.exchange.over = True
        took = []
        thread = threading.Thread(target=lambda: took.append(self.turns.take(self.exchange)))
        thread.start()
        self.turns.give_back()
        thread.join()
        self.assertEqual(took, [True])


if __name__ == "__main__":
    unittest.main()
