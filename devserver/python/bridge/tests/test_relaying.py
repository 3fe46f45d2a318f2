"""What is found in stages that relay the body of a generator, within one that relays it rightly."""

from __future__ import annotations

import io
import sys
import unittest

from _snifter import frames
from _snifter.stages import right

from . import cost
from .linked import LinkedTest, findings, run

_PLAIN = ("Content-Type", "text/plain")


def application(*headers, blocks=(b"one", b"two", b"three"), status="200 OK", early=()):
    def generator(environ, start_response):
        yield from early
        start_response(status, [*headers])
        yield from blocks

    return generator


def lists(environ, start_response):
    start_response("200 OK", [_PLAIN])
    return [b"one", b"two"]


def at_once(environ, start_response):
    """It runs when it is called, and so may whoever has called it give something before it does."""
    start_response("200 OK", [_PLAIN])
    return (block for block in (b"one", b"two"))


class Middleware:
    def __init__(self, app):
        self.app = app


class Rightly(cost.relaying):
    pass


class ClosesFirst(Middleware):
    def __call__(self, environ, start_response):
        body = self.app(environ, start_response)
        yield next(body)
        body.close()
        body.close()


class Holds(Middleware):
    def __call__(self, environ, start_response):
        body = self.app(environ, start_response)
        yield b"".join(body)
        body.close()


class Begins(Middleware):
    """Gives a block of its own before those of the stage within, of which it makes one."""

    def __call__(self, environ, start_response):
        body = self.app(environ, start_response)
        yield b"zero"
        yield b"".join(body)
        body.close()


class BeginsEarly(Middleware):
    """The same before anybody has called start_response."""

    def __call__(self, environ, start_response):
        def begin(status, headers):
            return start_response(status, headers)

        yield b"zero"
        body = self.app(environ, begin)
        yield b"".join(body)
        body.close()


class Ahead(Middleware):
    """Is a block behind, and gives an empty one meanwhile."""

    def __call__(self, environ, start_response):
        body = self.app(environ, start_response)
        given = b""
        for block in body:
            yield given
            given = block
        yield given
        body.close()


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


class ChangesItsOwn(Middleware):
    """While the stage within still runs."""

    def __call__(self, environ, start_response):
        def begin(status, headers, exc_info=None):
            own = [*headers, ("X-Own", "1")]
            write = start_response(status, own)
            own.append(("X-Late", "1"))
            return write

        return self.app(environ, begin)


class Drops(Middleware):
    """One block is taken, and the rest is never asked for."""

    def __call__(self, environ, start_response):
        yield next(self.app(environ, start_response))


class Returns(Middleware):
    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


class Untypes(Middleware):
    def __call__(self, environ, start_response):
        def begin(status, headers, exc_info=None):
            return start_response(status, [pair for pair in headers if pair != _PLAIN])

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


def begin_and_change(start_response):
    headers = [_PLAIN]
    start_response("200 OK", headers)
    headers.append(("X-Late", "1"))


def late(environ, start_response):
    begin_and_change(start_response)
    return [b"late"]


def listed(environ, start_response):
    start_response("200 OK", [_PLAIN])
    return [b"one"]


class Indexed:
    """What is iterated by its indices alone."""

    def __getitem__(self, index):
        return (b"one", b"two")[index]


def indexed(environ, start_response):
    start_response("200 OK", [_PLAIN])
    return Indexed()


def late_generator(environ, start_response):
    begin_and_change(start_response)
    yield b"late"


def late_iterator(environ, start_response):
    begin_and_change(start_response)
    return iter([b"late"])


class Exhausts(Middleware):
    """All blocks are taken, and nothing is closed."""

    def __call__(self, environ, start_response):
        for block in self.app(environ, start_response):
            yield block.upper()


class Buffers(Middleware):
    """All blocks are taken in the call, and nothing is closed."""

    def __call__(self, environ, start_response):
        return [b"".join(self.app(environ, start_response))]


class HandsOn(Middleware):
    """The body within is closed by the close() of its own."""

    def __call__(self, environ, start_response):
        self.body = self.app(environ, start_response)
        return self

    def __iter__(self):
        return iter(self.body)

    def close(self):
        self.body.close()


class Response(HandsOn):
    def __call__(self, environ, start_response):
        start_response("200 OK", [_PLAIN])
        self.body = self.app
        return self


class Wraps(Middleware):
    """What is returned is another stage's body, which closes that of the application."""

    def __call__(self, environ, start_response):
        body = self.app(environ, lambda status, headers: None)
        return Response(body)(environ, start_response)


def file(environ, start_response):
    start_response("200 OK", [_PLAIN])
    return environ["wsgi.file_wrapper"](io.BytesIO(b"file"))


def buffered(app):
    return HandsOn(Buffers(app))


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
        start_response("200 OK", [_PLAIN, ("Content-Length", "100")])
        try:
            raise ValueError
        except ValueError:
            start_response(status, [*headers], sys.exc_info())
        return kind(block for block in (b"one", b"two", b"three"))

    return starts


_FINDINGS = (
    (HandsOn, application(_PLAIN), []),
    (Rightly, file, [(2, "file-wrapper-lost")]),
    (Exhausts, file, [(2, "file-wrapper-lost"), (2, "close-not-called")]),
    (Buffers, file, [(2, "file-wrapper-lost"), (2, "close-not-called")]),
    (Wraps, application(_PLAIN), []),
    (buffered, Wraps(application(_PLAIN)), [(3, "blocks-held-back"), (3, "close-not-called")]),
    (buffered, HandsOn(application(_PLAIN)), [(3, "blocks-held-back"), (3, "close-not-called")]),
    (
        buffered,
        Exhausts(application(_PLAIN)),
        [(3, "blocks-held-back"), (4, "close-not-called"), (3, "close-not-called")],
    ),
    (Drops, application(_PLAIN), [(2, "close-not-called")]),
    (Exhausts, application(_PLAIN), [(2, "close-not-called")]),
    (Rightly, application(_PLAIN), []),
    (ClosesFirst, application(_PLAIN), []),
    (Holds, application(_PLAIN), [(2, "blocks-held-back")]),
    (States, application(_PLAIN), []),
    (StatesMore, application(_PLAIN), [(2, "content-length-short")]),
    (StatesLess, application(_PLAIN), [(2, "content-length-exceeded")]),
    (ChangesLate, application(_PLAIN), [(3, "header-changed-late")]),
    (ChangesItsOwn, application(_PLAIN), [(2, "header-changed-late")]),
    (ChangesItsOwn, listed, [(2, "header-changed-late")]),
    (Rightly, late, [(3, "header-changed-late")]),
    (Adds, late, [(3, "header-changed-late")]),
    (Adds, late_generator, [(3, "header-changed-late")]),
    (Adds, late_iterator, [(3, "header-changed-late")]),
    (AddsInPlace, application(_PLAIN), []),
    (Rightly, application(), [(3, "content-type-missing")]),
    (Rightly, application(_PLAIN, blocks=[b"x"] * 100), [(3, "blocks-tiny")]),
    (Rightly, application(_PLAIN, blocks=[b"one", bytearray(b"x")]), [(3, "block-not-bytes")]),
    (Rightly, application(_PLAIN, early=[b"x"]), [(3, "start-response-not-called")]),
    (Rightly, application(_PLAIN, early=[b""]), [(3, "start-response-late")]),
    (Ahead, application(_PLAIN, early=[b"x"]), [(3, "start-response-not-called")]),
    (Ahead, application(_PLAIN, early=[b""]), [(3, "start-response-late")]),
    (Exhausts, indexed, []),
    (Buffers, indexed, [(2, "blocks-held-back")]),
    (Rightly, starts_again(iter, "500 Broken", _PLAIN, ("Content-Length", "11")), []),
    (
        Rightly,
        starts_again(iter, "500 Broken", _PLAIN, ("Content-Length", "12")),
        [(3, "content-length-short")],
    ),
    (Rightly, starts_again(iter, "204 No Content"), [(3, "body-not-allowed")]),
    (Rightly, starts_again(Closing, "500 Broken", _PLAIN, ("Content-Length", "11")), []),
    (
        Rightly,
        starts_again(Closing, "500 Broken", _PLAIN, ("Content-Length", "12")),
        [(3, "content-length-short")],
    ),
    (Rightly, starts_again(Closing, "204 No Content"), [(3, "body-not-allowed")]),
    (
        Rightly,
        application(_PLAIN, status="204 No Content"),
        [(3, "content-type-unexpected"), (3, "body-not-allowed")],
    ),
)


class RelayingTest(LinkedTest):
    def test_a_block_goes_ahead_of_what_led_to_it_where_a_nudge_is_heard(self):
        for idle, first in ((1, frames.HEAD), (0, frames.STAGE_EVENTS)):
            with self.subTest(idle=idle):
                link = self.link(Rightly(Rightly(application(_PLAIN))))
                link.idle, link.deadline = idle, 0
                run(link)
                kinds = [frames.HEADER.unpack_from(frame)[1] for frame in link.out]
                self.assertEqual([kind for kind in kinds if kind != frames.STAGE_NAMED][0], first)

    def findings(self, app, requests=1):
        link = self.link(app)
        for number in range(requests):
            link.out.clear()
            run(link, number)
        return findings(link)

    def test_findings(self):
        for make, app, expected in _FINDINGS:
            with self.subTest(make.__name__, expected=expected):
                self.assertEqual(self.findings(Rightly(make(app))), expected)

    def test_blocks_held_back_by_who_has_given_one_before(self):
        held = "blocks-held-back"
        for app, expected in (
            (Begins(at_once), [(1, held)]),
            (Rightly(Begins(at_once)), [(2, held)]),
            (Rightly(Holds(Begins(at_once))), [(3, held), (2, held)]),
            (Rightly(Holds(BeginsEarly(at_once))), [(3, held), (2, held)]),
        ):
            with self.subTest(expected=expected):
                found = self.findings(app)
                self.assertEqual([each for each in found if each[1] == held], expected)

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
