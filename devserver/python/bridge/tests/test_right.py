"""Headers, and whole heads, that are known to be right."""

from __future__ import annotations

import unittest
from unittest import mock

from _snifter.rules import check_headers, check_status
from _snifter.stages.checking import lint, right
from _snifter.stages.checking.lint import Checker
from _snifter.stages.checking.passes import Pass

_PLAIN = [("Content-Type", "text/plain")]


def begun():
    """The checker of another request."""
    checker = Checker()
    checker.begin(mock.Mock(told=None))
    return checker


class RightTest(unittest.TestCase):
    def setUp(self):
        """No header was found to be right yet, though such statuses and names were."""
        for status in "200 OK", "204 No Content":
            check_status(status, self.fail)
        check_headers([*_PLAIN, ("Content-Length", "3"), ("X-A", "1")], self.fail)
        for known in right.PAIRS, right.PLAIN, right._EQUAL, right.WHOLE:
            patch = mock.patch.dict(known, clear=True)
            patch.start()
            self.addCleanup(patch.stop)

    def test_a_head_that_is_known_as_a_whole(self):
        """It is told from others that are like it, at any request, and within one."""
        [typed], length, other = _PLAIN, ("Content-Length", "3"), ("Content-Length", "4")
        heads = (
            ("200 OK", [typed, length], (True, 3, True)),
            ("200 OK", [typed, length, ("X-A", "1")], (True, 3, True)),
            ("200 OK", [typed], (True, None, True)),
            ("200 OK", [other, typed], (True, 4, True)),
            ("200 OK", [length], (True, 3, False)),
            ("204 No Content", [typed, length], (True, 3, False)),
            ("200 OK", [typed, length, other], (False,)),
            (type("Text", (str,), {})("200 OK"), [typed, length], (False,)),
            ("200 OK", [], (True, None, False)),
        )
        within = begun()
        for n in range(4):
            for status, headers, (is_right, *found) in heads if n % 2 else heads[::-1]:
                with self.subTest(n=n, status=status, headers=headers):
                    for checker in begun(), within:
                        given = headers[:] if n < 2 else None
                        self.assertIs(checker.is_right(status, headers[:], given), is_right)
                        if is_right:
                            self.assertEqual([checker.length, checker.usual], found)
                            self.assertEqual([*checker.good], headers)
                            self.assertEqual(checker.code, status[:3])
                            # A further look at the same is no news to whoever had given a copy.
                            good = checker.good
                            self.assertTrue(checker.is_right(status, headers[:]))
                            self.assertIs(checker.good, good)

    def test_what_is_wrong_is_not_known_as_a_whole(self):
        """The same is told at each request, where the request before had the very same head."""
        other = [*_PLAIN, ("Content-Length", "3"), ("Content-Length", "4")]
        outer = [*other, ("X-A", "1")]
        for status, headers, rule in (
            ("200 ", _PLAIN, "status-no-reason"),
            ("200 OK", other, "header-invalid"),
            ("200 OK", outer, "header-invalid"),
        ):
            for n in range(4):
                with self.subTest(status=status, headers=headers, n=n):
                    checker = begun()
                    Pass(checker, 2, None).start_response((status, headers[:]), {})
                    self.assertEqual(
                        [told[0][1] for told in checker.exchange.report.call_args_list], [rule]
                    )
                    # As the server looks at it then, and at what is added.
                    checker.is_right(status, headers[:])
                    checker.is_right(status, outer[:])

    def test_a_head_is_known_whose_headers_are_made_anew(self):
        """As frameworks make them; but not what only looks like it."""
        given = [*_PLAIN, ("Content-Length", "3")]
        text, pair = type("Text", (str,), {}), type("Pair", (tuple,), {})

        def like():
            return [(name, "".join([*value])) for name, value in given]

        for _ in range(2):
            self.assertTrue(begun().is_right("200 OK", like(), like()))
        with mock.patch.object(lint, "of_pairs", return_value=None):
            self.assertTrue(begun().is_right("200 OK", like(), like()))
            for odd in (
                [(text("Content-Type"), "text/plain"), given[1]],
                [("Content-Type", text("text/plain")), given[1]],
                [pair(_PLAIN[0]), given[1]],
                [[*_PLAIN[0]], given[1]],
            ):
                self.assertFalse(begun().is_right("200 OK", odd, odd))

    def test_a_head_that_no_other_is_like_is_not_kept(self):
        for n in range(9):
            headers = [*_PLAIN, ("X-A", str(n))]
            self.assertTrue(begun().is_right("200 OK", headers, headers))
        self.assertFalse(right.WHOLE)

    def test_only_so_many_heads_are_known_as_a_whole(self):
        most = 0
        for n in range(1000):
            headers = [*_PLAIN, ("X-A", str(n))]
            for _ in range(2):
                self.assertTrue(begun().is_right("200 OK", headers))
            most = max(most, len(right.WHOLE))
        self.assertGreater(most, 1)
        self.assertLessEqual(most, 200)


if __name__ == "__main__":
    unittest.main()
