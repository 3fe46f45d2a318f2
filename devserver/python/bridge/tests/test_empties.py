"""Empty blocks that the server is given are told of, as those that stages within give."""

from __future__ import annotations

import os
import unittest
from unittest import mock

from _snifter.stages.events import AGAIN, CHUNK, MOST_UNSENT, WRITE
from _snifter.stages.recording.record import Record

from .stepping import Stepping

_BLOCKS = [b"", b"a", b"", b"", b"b", b""]


class EmptiesTest(unittest.TestCase):
    def answer(self, attr, path):
        plan = {"kind": "module", "module": "empties_app", "attr": attr}
        server = Stepping(dict(plan, sys_path=[os.path.dirname(os.path.abspath(__file__))]))
        self.addCleanup(server.close)
        server.ready()
        server.request(1, PATH_INFO=path)
        return server.end(1)

    def sizes(self, answer, stage, kind=CHUNK):
        return [event[3] for event in answer.of(kind) if event[1] == stage]

    def test_of_a_body_that_is_passed_on(self):
        answer = self.answer("passing", "/steps")
        self.assertEqual(answer.body, b"ab")
        self.assertEqual(self.sizes(answer, 2), [len(block) for block in _BLOCKS])
        self.assertEqual(self.sizes(answer, 1), [0] * 4)  # the server tells of the others
        places = [event[1] for event in answer.of(CHUNK)]
        self.assertEqual(places, [2, 1, 2, 2, 1, 2, 1, 2, 2, 1])

    def test_of_bodies_that_are_relayed(self):
        """What is told as the block that was told last is that of a stage within."""
        answer = self.answer("relaying", "/steps")
        self.assertEqual(self.sizes(answer, 1), [0] * 4)
        for stage in 2, 3:
            self.assertEqual(self.sizes(answer, stage), [len(block) for block in _BLOCKS])
        told = [event for event in answer.events if event[0] in (CHUNK, AGAIN)]
        self.assertEqual([event[1] for event in told[:3]], [3, 2, 1])

    def test_of_lists(self):
        self.assertEqual(self.sizes(self.answer("passing", "/list"), 1), [0] * 4)
        self.assertEqual(self.sizes(self.answer("passing", "/empty"), 1), [0])

    def test_what_is_written(self):
        answer = self.answer("passing", "/written")
        self.assertEqual(answer.body, b"x")
        self.assertEqual(self.sizes(answer, 1, WRITE), [0])

    def test_of_the_only_stage(self):
        """There is nothing else to be told of it, either."""
        self.assertEqual(self.answer("alone", "/list").events, [])

    def test_as_many_as_are_told(self):
        record = Record()
        record.events, record.full, record.untold = [], False, 0
        with mock.patch.object(Record, "send") as send:
            for _ in range(MOST_UNSENT + 1):
                record.gave_nothing()
        self.assertEqual(send.call_count, 1)
        record.full = True
        record.gave_nothing()
        self.assertEqual((len(record.events), record.untold), (MOST_UNSENT + 1, 1))


if __name__ == "__main__":
    unittest.main()
