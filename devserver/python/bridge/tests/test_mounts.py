"""Applications of one name that are told from each other by the paths they are mounted at."""

from __future__ import annotations

import unittest

from .operating import Placed


class AlikeTest(Placed):
    attr = "alike"

    def test_by_what_is_around(self):
        for path, body in (("/1", b"afirst"), ("/2", b"bfirst"), ("/2/more", b"bfirst")):
            self.assertEqual(self.enter(["Mounts"], ["first"], path).body, body)
        for path in ("/", "/20", "/3"):
            [error] = self.enter(["Mounts"], ["first"], path).exceptions
            self.assertIn("Stage is 2 applications of one name", error["message"])


class ShiftingTest(Placed):
    """They are told from each other by what was added to SCRIPT_NAME."""

    attr, outer = "shifting", "Shifting"

    def test_by_what_is_around(self):
        for mount, path, body in (
            ("/1", "/2/x", b"afirst"),
            ("/1/2", "/x", b"bfirst"),
            ("", "/x", b"-first"),
            ("/1/", "/", b"afirst"),
        ):
            answer = self.enter([self.outer], ["first"], path, mount=mount)
            self.assertEqual((answer.body, answer.exceptions), (body, []))
        [error] = self.enter([self.outer], ["first"], mount="/gone").exceptions
        self.assertIn("Stage is 3 applications of one name", error["message"])

    def test_a_place_that_is_not_there_any_more(self):
        [error] = self.enter(["Gone"], mount="/1").exceptions
        self.assertIn("Stage is 3 applications of one name", error["message"])


class ByPairsTest(ShiftingTest):
    attr, outer = "by_pairs", "ByPairs"


class ByMethodTest(ShiftingTest):
    attr, outer = "by_method", "Shifting.passes"


class ByNumberTest(Placed):
    attr = "by_number"

    def test_by_what_is_around(self):
        [error] = self.enter(["Mounts"], ["first"], "1").exceptions
        self.assertIn("Stage is 3 applications of one name", error["message"])

    def test_a_place_that_is_not_there_any_more(self):
        self.test_by_what_is_around()


if __name__ == "__main__":
    unittest.main()
