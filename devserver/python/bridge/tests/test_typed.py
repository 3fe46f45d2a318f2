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


class HeadTest(unittest.TestCase):
    """What the server would not take from the application is not taken from a user."""

    def test_statuses(self):
        for status, words in (
            ("200 OK", ""),
            ("999 \xe9t\xe9", ""),
            ("103 Early Hints", "200 or above"),
            ("200", "three digits"),
            ("\u0662\u0660\u0660 OK", "three digits"),
            ("200 O\nK", "control character"),
            ("200 \u2603", "latin-1"),
        ):
            with self.subTest(status=status):
                self.told(typed.wrong_status(status), words)

    def test_headers(self):
        for name, value, words in (
            ("X-By", "\xc3\x80 la main", ""),
            ("X_Odd", " spaced", ""),
            ("Content-Length", "3", ""),
            ("Content-Length", "three", "Content-Length"),
            ("A B", "c", "header name"),
            ("X-'{", "c", "header name"),
            ("A", "b\tc", "control character"),
            ("A", "\u2603", "latin-1"),
            ("connection", "close", "hop-by-hop"),
            ("Transfer-Encoding", "chunked", "hop-by-hop"),
        ):
            with self.subTest(name=name, value=value):
                headers = [["Content-Type", "text/plain"], [name, value]]
                self.told(typed.wrong_headers(headers), words)
        self.told(
            typed.wrong_headers([("Content-Length", "3"), ("Content-Length", "4")]), "two different"
        )

    def told(self, trouble: str, words: str) -> None:
        if words:
            self.assertIn(words, trouble)
        else:
            self.assertEqual(trouble, "")


if __name__ == "__main__":
    unittest.main()
