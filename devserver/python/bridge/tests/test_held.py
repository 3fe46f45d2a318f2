"""What stages hold in odd ways, as it is seen without a request as well as by one."""

from __future__ import annotations

import enum
import unittest
import weakref
from unittest import mock

from _snifter.stages import tree
from _snifter.stages.finding import held
from _snifter.stages.finding.scan import Scanner
from _snifter.stages.reading import shapes

from .settling import settle
from .tracing import row_names


def leaf(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"leaf"]


class Passes:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


class Member(enum.Enum):
    ONE = "one"
    TWO = "two"

    def __call__(self, environ, start_response):
        return leaf(environ, start_response)


class Wrapping(enum.Enum):
    ONE = Passes(leaf)
    TWO = Passes(Member.TWO)

    def __call__(self, environ, start_response):
        return self.value(environ, start_response)


class Unhashable(Passes):
    __hash__ = None


class Listed(enum.Enum):
    """Of values of which no dict can be made."""

    ONE = Unhashable(leaf)
    TWO = Unhashable(Member.TWO)

    def __call__(self, environ, start_response):
        return self.value(environ, start_response)


class HeldTest(unittest.TestCase):
    def check(self, application, *expected):
        for urls in [], ["/"], ["/", "/"]:
            rows, _ = tree.find(application, urls)
            found = [name.rpartition(".")[2] for name in row_names(rows)]
            self.assertEqual(found, list(expected), urls)

    def test_a_member_of_an_enumeration_does_not_hold_the_others(self):
        self.check(Member.ONE, "Member", "leaf")
        self.check(Passes(Member.TWO), "Passes", "Member", "leaf")
        self.check(Wrapping.ONE, "Wrapping", "Passes", "leaf")
        self.check(Wrapping.TWO, "Wrapping", "Passes", "Member", "leaf")
        self.check(Listed.ONE, "Listed", "Unhashable", "leaf")
        self.check(Listed.TWO, "Listed", "Unhashable", "Member", "leaf")

    def test_what_a_weak_proxy_stands_for(self):
        kept = Passes(leaf)
        self.check(Passes(weakref.proxy(kept)), "Passes", "Passes", "leaf")
        bound = Passes(weakref.proxy(kept.__call__))
        settle()
        self.assertEqual([*held.held_by(bound.app, False)], [("", None)])

    def test_what_stands_behind_a_weak_proxy_is_asked_for_nothing(self):
        class Silent(Passes):
            def __eq__(self, other):
                raise AssertionError("it is asked")

            __hash__ = None
            __bool__ = __getattr__ = __eq__

        kept = Silent(leaf)
        ((_, found),) = held.held_by(weakref.proxy(kept), False)
        self.assertIs(found, kept)

    def test_a_mock_makes_nothing_of_itself_for_being_looked_at(self):
        stage = Passes(leaf)
        stage.counts = mock.MagicMock()
        before = set(vars(type(stage.counts)))
        Scanner().scan()
        self.assertFalse(shapes.is_class_application(type(stage.counts)))
        self.check(stage, "Passes", "leaf")
        self.assertEqual((stage.counts.mock_calls, set(vars(type(stage.counts)))), ([], before))
        self.assertEqual(vars(stage.counts)["_mock_children"], {})

    def test_what_a_name_says_of_a_mock_it_says_of_no_other(self):
        stage = Passes(leaf)
        stage.other_app, stage.counts, stage.log = (mock.MagicMock() for _ in range(3))
        for urls in [], ["/"], ["/"]:
            rows, _ = tree.find(stage, urls)
            expected = ["tests.test_held.Passes", "tests.test_held.leaf", "unittest.mock.MagicMock"]
            self.assertEqual(row_names(rows), expected, urls)


if __name__ == "__main__":
    unittest.main()
