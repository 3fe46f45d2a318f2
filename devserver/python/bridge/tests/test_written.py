"""Which of the server's blocks are those of a list that it is given behind what was written."""

from __future__ import annotations

import os
import unittest

from _snifter.stages.events import CHUNK, WRITE

from .stepping import Stepping


class WrittenTest(unittest.TestCase):
    def answers(self, attr):
        plan = {
            "kind": "module",
            "module": "written_app",
            "attr": attr,
            "sys_path": [os.path.dirname(os.path.abspath(__file__))],
        }
        server = Stepping(plan)
        self.addCleanup(server.close)
        server.ready()
        for number in range(1, 4):
            server.request(number)
            yield server.end(number)

    def told(self, answer, kind, stage):
        return [event[3:] for event in answer.of(kind) if event[1] == stage]

    def test_a_list_that_was_passed_on(self):
        for answer in self.answers("application"):
            self.assertEqual(answer.body, b"what was writtenthe first blockthe second one")
            wanted = [(15, None, 0, 1), (0, b"", -1, 0), (14, None, 0, 2)]
            self.assertEqual(self.told(answer, CHUNK, 4), wanted)

    def test_one_of_a_stage_through_which_was_written(self):
        for answer in self.answers("adding"):
            self.assertEqual(answer.body, b"what was writtenaheadthe first blockthe second one")
            [(size, _, of, nth)] = self.told(answer, WRITE, 2)
            self.assertIn((size, of, nth), [(16, 0, 0), (16, 3, 0)])  # it is sent at any time
            wanted = [(5, None, 0, 1), (15, None, 0, 2), (0, b"", -1, 0), (14, None, 0, 3)]
            self.assertEqual(self.told(answer, CHUNK, 2), wanted)


if __name__ == "__main__":
    unittest.main()
