"""Requests stop at the blocks of what wsgi.file_wrapper made, whoever reads it."""

from __future__ import annotations

import unittest

from .stepping import AUTH, PLAN, SteppingTest


class PassedFileTest(SteppingTest):
    """The server reads it: it is the block of each stage that has passed it on."""

    plan = dict(PLAN, attr="passed_file")

    def test_it_stops_once_for_each_stage(self):
        self.server.stops("*:chunk")
        places, answer = self.server.walk(self.ask("/"), "continue")
        self.assertEqual(places, [(AUTH + 1, "chunk"), (AUTH, "chunk")])
        self.assertEqual(answer.body, b"of a file")

    def test_it_is_edited(self):
        for place in "at_file:chunk", "Auth:chunk":
            with self.subTest(place):
                stopped = self.stop("/", place)
                self.assertEqual(stopped.state["block"], b"of a file")
                stopped = self.do(stopped, "edit", block=b"by hand, and longer")
                self.assertEqual(self.go_on(stopped).body, b"by hand, and longer")

    def test_an_exception_is_raised_there(self):
        answer = self.go_on(self.stop("/", "at_file:chunk"), "raise", type="KeyError")
        self.assertEqual([each["type"] for each in answer.exceptions], ["KeyError"])
        self.assertIsNone(answer.status)


class ReadFileTest(SteppingTest):
    """A middleware reads it, and makes something of each block."""

    def test_it_is_edited(self):
        stopped = self.do(self.stop("/file", "at_file:chunk"), "edit", block=b"by hand")
        self.assertEqual(self.go_on(stopped).body, b"BY HAND")


if __name__ == "__main__":
    unittest.main()
