"""What is found of the headers in stages that relay the body of a generator."""

from __future__ import annotations

import sys
import unittest

from _snifter import frames
from _snifter.stages.checking import right
from _snifter.stages.running import calls

from .linked import run, told
from .relaying import PLAIN, Middleware, RelayingCase, Returns, Rightly, application, lists


class States(Middleware):
    length = "11"

    def __call__(self, environ, start_response):
        def begin(status, headers, exc_info=None):
            return start_response(status, [*headers, ("Content-Length", self.length)], exc_info)

        body = self.app(environ, begin)
        yield from body
        body.close()


class StatesMore(States):
    length = "12"


class StatesLess(States):
    length = "10"


class ChangesLate(Middleware):
    def __call__(self, environ, start_response):
        kept = []

        def begin(status, headers, exc_info=None):
            kept.append(headers)
            return start_response(status, headers, exc_info)

        body = self.app(environ, begin)
        yield from body
        kept[0].append(("X-Late", "1"))
        body.close()


class HandsOn(Middleware):
    """The very list of headers, to a start_response of its own."""

    def __call__(self, environ, start_response):
        def begin(status, headers, exc_info=None):
            return start_response(status, headers, exc_info)

        body = self.app(environ, begin)
        yield from body
        body.close()


class ChangesItsOwn(Middleware):
    """While the stage within still runs."""

    def __call__(self, environ, start_response):
        def begin(status, headers, exc_info=None):
            own = [*headers, ("X-Own", "1")]
            write = start_response(status, own)
            own.append(("X-Late", "1"))
            return write

        return self.app(environ, begin)


class Untypes(Middleware):
    def __call__(self, environ, start_response):
        def begin(status, headers, exc_info=None):
            return start_response(status, [pair for pair in headers if pair != PLAIN])

        return self.app(environ, begin)


class Adds(Middleware):
    """The list of headers is copied."""

    def __call__(self, environ, start_response):
        def begin(status, headers, exc_info=None):
            return start_response(status, [*headers, ("X-Added", "1")], exc_info)

        return self.app(environ, begin)


class Text(str):
    """Equal to a str, and none."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other):
        asked.append(other)
        return str.__eq__(self, other)


#: What headers were compared with.
asked = []
_ADDED = ("X-Rebuilt", "1")


class Rebuilds(Middleware):
    """Headers that are equal to those it got, of another class, and one more behind them, each time
    the same. Those that it got are right, and known to be."""

    text = Text

    def __call__(self, environ, start_response):
        def begin(status, headers, exc_info=None):
            own = [(self.text(name), value) for name, value in headers]
            return start_response(status, [*own, _ADDED])

        return self.app(environ, begin)


class RebuildsRightly(Rebuilds):
    text = str


class AddsInPlace(Middleware):
    """The list of headers is changed, as it may be by then."""

    def __call__(self, environ, start_response):
        def begin(status, headers, exc_info=None):
            headers.append(("X-Added", "1"))
            return start_response(status, headers[:], exc_info)

        return self.app(environ, begin)


class AddsInTime(Middleware):
    """The list of headers is changed once the stage within has returned, and given to
    start_response in copy."""

    def __call__(self, environ, start_response):
        def begin(status, headers, exc_info=None):
            kept[:] = [status, headers]

        kept = []
        body = self.app(environ, begin)
        status, headers = kept
        headers.append(("X-Added", "1"))
        start_response(status, [*headers])
        return body


def listed(environ, start_response):
    start_response("200 OK", [PLAIN])
    return [b"one"]


def begin_and_change(start_response):
    headers = [PLAIN]
    start_response("200 OK", headers)
    headers.append(("X-Late", "1"))


def late(environ, start_response):
    begin_and_change(start_response)
    return [b"late"]


def late_generator(environ, start_response):
    begin_and_change(start_response)
    yield b"late"


def late_iterator(environ, start_response):
    begin_and_change(start_response)
    return iter([b"late"])


def late_in_its_body(environ, start_response):
    def body():
        headers.append(("X-Late", "1"))
        yield b"late"

    headers = [PLAIN]
    start_response("200 OK", headers)
    return body()


def returns_generator(environ, start_response):
    start_response("200 OK", [PLAIN])
    return (block for block in (b"one", b"two", b"three"))


class Closing:
    """A body that is no generator, and has a close()."""

    def __init__(self, blocks):
        self.blocks = iter(blocks)

    def __iter__(self):
        return self

    def __next__(self):
        return next(self.blocks)

    def close(self):
        self.blocks = iter(())


def starts_again(kind, status, *headers):
    """An application that replaces what it has begun with, and returns a body of this kind."""

    def starts(environ, start_response):
        start_response("200 OK", [PLAIN, ("Content-Length", "100")])
        try:
            raise ValueError
        except ValueError:
            start_response(status, [*headers], sys.exc_info())
        return kind(block for block in (b"one", b"two", b"three"))

    return starts


_FINDINGS = (
    (States, application(PLAIN), []),
    (StatesMore, application(PLAIN), [(2, "content-length-short")]),
    (StatesLess, application(PLAIN), [(2, "content-length-exceeded")]),
    (ChangesLate, application(PLAIN), [(3, "header-changed-late")]),
    (ChangesItsOwn, application(PLAIN), [(2, "header-changed-late")]),
    (ChangesItsOwn, listed, [(2, "header-changed-late")]),
    (Rightly, late, [(3, "header-changed-late")]),
    (Adds, late, [(3, "header-changed-late")]),
    (Adds, late_generator, [(3, "header-changed-late")]),
    (Adds, late_iterator, [(3, "header-changed-late")]),
    (Adds, late_in_its_body, [(3, "header-changed-late")]),
    (AddsInPlace, application(PLAIN), []),
    (AddsInTime, returns_generator, []),
    (Rightly, application(), [(3, "content-type-missing")]),
    (Rightly, starts_again(iter, "500 Broken", PLAIN, ("Content-Length", "11")), []),
    (
        Rightly,
        starts_again(iter, "500 Broken", PLAIN, ("Content-Length", "12")),
        [(3, "content-length-short")],
    ),
    (Rightly, starts_again(iter, "204 No Content"), [(3, "body-not-allowed")]),
    (Rightly, starts_again(Closing, "500 Broken", PLAIN, ("Content-Length", "11")), []),
    (
        Rightly,
        starts_again(Closing, "500 Broken", PLAIN, ("Content-Length", "12")),
        [(3, "content-length-short")],
    ),
    (Rightly, starts_again(Closing, "204 No Content"), [(3, "body-not-allowed")]),
    (
        Rightly,
        application(PLAIN, status="204 No Content"),
        [(3, "content-type-unexpected"), (3, "body-not-allowed")],
    ),
)


class RelayedHeadsTest(RelayingCase):
    def test_findings(self):
        self.check(_FINDINGS)

    def test_a_list_that_one_changes_whose_stage_within_is_over(self):
        for app, stage in (
            (ChangesLate(listed), 1),
            (Returns(ChangesLate(listed)), 2),
            (ChangesLate(Returns(listed)), 1),
            (Rightly(ChangesLate(Returns(listed))), 2),
            (Returns(Returns(late)), 3),
        ):
            self.assertEqual(self.findings(app, requests=2), [(stage, "header-changed-late")])

    def test_a_list_that_all_hand_on_is_changed_by_the_first_step_of_a_body(self):
        for app, stage in (
            (HandsOn(late_in_its_body), 2),
            (HandsOn(HandsOn(late_in_its_body)), 3),
            (HandsOn(HandsOn(Returns(late_in_its_body))), 4),
            (HandsOn(Returns(HandsOn(late_in_its_body))), 4),
        ):
            for requests in 1, 2:
                with self.subTest(stage=stage, requests=requests):
                    found = self.findings(app, requests)
                    self.assertEqual(found, [(stage, "header-changed-late")])

    def test_a_long_name_is_cut(self):
        link = self.link(Rightly(application(PLAIN, ("X" * 1000 + "_", "1"))))
        run(link)
        [(_, found)] = told(link, frames.LINT)
        self.assertEqual((found["rule"], found["header"]), ("header-name-odd", "X" * 200))

    def test_what_the_server_finds_is_of_a_header(self):
        for headers, status, rule, name in (
            ([], "200 OK", "content-type-missing", "Content-Type"),
            ([PLAIN], "204 No Content", "content-type-unexpected", "Content-Type"),
            (
                [PLAIN, ("Content-Length", "10")],
                "200 OK",
                "content-length-exceeded",
                "Content-Length",
            ),
            ([PLAIN, ("Content-Length", "12")], "200 OK", "content-length-short", "Content-Length"),
            ([PLAIN, ("X-A", "1 ")], "200 OK", "header-value-space", "X-A"),
            ([PLAIN, ("X-A", "a\n")], "200 OK", "header-invalid", "X-A"),
        ):
            for told_apart in True, False:
                with self.subTest(rule, told_apart=told_apart):
                    link = self.link(application(*headers, status=status))
                    if not told_apart:
                        calls.stop()
                        link.recorder = None
                    run(link)
                    found = {each["rule"]: each for _, each in told(link, frames.LINT)}
                    self.assertEqual(found[rule]["header"], name)

    def test_headers_that_only_equal_right_ones(self):
        """They are no such ones, and are not asked whether they are."""
        # So that the one more is known to be right.
        self.assertEqual(self.findings(Returns(RebuildsRightly(Returns(lists))), requests=3), [])
        self.assertIn(id(_ADDED), right.PLAIN)
        found = self.findings(Returns(Rebuilds(Returns(lists))), requests=3)
        self.assertEqual({each[0] for each in found}, {2}, found)
        self.assertIn("header-subclass", {each[1] for each in found})
        self.assertEqual(asked, [])

    def test_a_list_that_many_have_handed_on(self):
        app = lists
        for _ in range(60):
            app = Returns(app)
        found = self.findings(Returns(Returns(Untypes(app))), requests=2)
        self.assertEqual(found, [(3, "content-type-missing")])


if __name__ == "__main__":
    unittest.main()
