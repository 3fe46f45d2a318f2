"""Headers, and whole heads, that are known to be right."""

from __future__ import annotations

import itertools
import unittest
from unittest import mock

from _snifter import frames
from _snifter.rules import check_headers, check_status
from _snifter.stages.checking import lint, right
from _snifter.stages.checking.lint import Checker
from _snifter.stages.checking.passes import Pass
from _snifter.stages.events import ONE_MORE
from _snifter.stages.running import calls

from .linked import findings, run, told
from .relaying import RelayingCase, Returns, lists

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


class _Adds:
    """A middleware that adds a header which it makes anew at each request."""

    def __init__(self, app, made):
        self.app = app
        self.made = made

    def __call__(self, environ, start_response):
        def begin(status, headers, exc_info=None):
            return start_response(status, [*headers, self.made()], exc_info)

        return self.app(environ, begin)


class _Text(str):
    __slots__ = ()


class MadeAnewTest(RelayingCase):
    def test_what_is_right_needs_no_closer_look(self):
        numbers = itertools.count()
        app = Returns(_Adds(lists, lambda: ("X-Nth", str(next(numbers)))))
        self.assertEqual(self.findings(app), [])
        link = self.link(app)
        with mock.patch.object(right, "_look") as looked:
            for number in (1, 2):
                run(link, number)
        looked.assert_not_called()
        self.assertEqual(findings(link), [])
        more = [
            tuple(event[-2:])
            for _, events in told(link, frames.STAGE_EVENTS)
            for event in events
            if event[0] == ONE_MORE
        ]
        self.assertEqual(more, [("X-Nth", "1"), ("X-Nth", "2")])

    def test_what_is_wrong_is_found(self):
        """The same as a closer look does."""
        for expected, pair in (
            (["header-value-space"], lambda: ("X-Nth", " 1")),
            (["header-value-space"], lambda: ("X-Nth", "1 ")),
            (["header-invalid"], lambda: ("X-Nth", "a\n")),
            (["header-invalid"], lambda: ("X-Nth", "a\x01")),
            (["header-invalid"], lambda: ("X-Nth", "\u20ac")),
            (["header-invalid"], lambda: ("X-Nth", 1)),
            (["header-invalid"], lambda: ("X-Nth",)),
            (["header-invalid"], lambda: ("X-Nth", "1", "2")),
            (["header-invalid"], lambda: ["X-Nth", "1"]),
            (["header-subclass"], lambda: ("X-Nth", _Text("1"))),
            (["header-subclass"], lambda: (_Text("X-Nth"), "1")),
            (["header-invalid"], lambda: (["X-Nth"], "1")),
            (["header-invalid"], lambda: ("X Nth", "1")),
            (["hop-by-hop-header"], lambda: ("Upgrade", "1")),
            (["content-length-short"], lambda: ("Content-Length", "100")),
            ([], lambda: ("Content-Type", "text/html")),
        ):
            check_headers([("X-Nth", "1"), ("Content-Type", "text/html")], self.fail)
            app = Returns(_Adds(lists, pair))
            with self.subTest(pair=pair()):
                for _ in range(2):
                    found = self.findings(app)
                    with mock.patch.object(calls, "is_plain", return_value=False):
                        self.assertEqual(self.findings(app), found)
                    self.assertEqual([rule for stage, rule in found], expected)


if __name__ == "__main__":
    unittest.main()
