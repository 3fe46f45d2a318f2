"""What becomes of what was typed for a request that is stopped."""

from __future__ import annotations

import unittest

from _snifter.stages.stepping import typed


class AlikeTest(unittest.TestCase):
    def test_what_a_text_means(self):
        for old, text, value in (
            ("one", "2", "2"),
            (None, "1", "1"),
            (True, "False", False),
            (False, "true", True),
            (True, "perhaps", "perhaps"),
            (1, "-2", -2),
            (1, "two", "two"),
            (0.5, "1e3", 1000.0),
            ((1, 0), "(1, 1)", "(1, 1)"),
        ):
            with self.subTest(old=old, text=text):
                self.assertEqual(repr(typed.alike(old, text)), repr(value))


if __name__ == "__main__":
    unittest.main()
