"""Places at which requests stop."""

from __future__ import annotations

import unittest

from _snifter.stages.stepping import stops


class MatchesTest(unittest.TestCase):
    def test_as_in_go(self):
        # The table of package stepping.
        for pattern, name, index, want in (
            ("Auth", "app.Auth", 1, True),
            ("app.Auth", "app.Auth", 1, True),
            ("app.Auth", "site.app.Auth", 1, True),
            ("uth", "app.Auth", 1, False),
            ("auth", "app.Auth", 1, False),
            ("*Auth*", "app.BasicAuthMiddleware", 1, True),
            ("Session*", "beaker.middleware.SessionMiddleware", 2, True),
            ("main.(*Auth).Wrap", "main.(*Auth).Wrap", 2, True),
            ("*", "anything", 3, True),
            ("2", "app.Auth", 2, True),
            ("2", "app.Auth", 1, False),
            ("?uth", "app.Auth", 1, True),
            ("<locals>.inner", "app.make.<locals>.inner", 1, True),
            ("make.inner", "app.make.<locals>.inner", 1, True),
            ("app.make.*", "app.make.<locals>.inner.<locals>.of", 1, True),
            ("app.inner", "app.make.<locals>.inner", 1, False),
        ):
            self.assertEqual(stops.matches(pattern, name, index), want, (pattern, name, index))

    def test_classes_of_letters(self):
        for pattern, name, want in (
            ("[A-C]uth", "app.Auth", True),
            ("[^A-C]uth", "app.Auth", False),
            ("[^B]uth", "app.Auth", True),
            ("[\\]A]uth", "Auth", True),
            ("[[A]uth", "[uth", True),
            ("[A", "app.[A", True),  # no pattern, so by the letter
            ("[]A]uth", "Auth", False),
            ("A\\*", "app.A*", True),
            ("A\\*", "app.AB", False),
            ("a*c", "a/c", False),
            ("a.b", "axb", False),
        ):
            self.assertEqual(stops.matches(pattern, name), want, (pattern, name))


if __name__ == "__main__":
    unittest.main()
