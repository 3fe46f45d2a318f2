"""What is found in stages that relay the body of a generator, within one that relays it rightly."""

from __future__ import annotations

import io
import unittest

from _snifter import frames

from .linked import run
from .relaying import PLAIN, Middleware, RelayingCase, Rightly, application


def at_once(environ, start_response):
    """It runs when it is called, and so may whoever has called it give something before it does."""
    start_response("200 OK", [PLAIN])
    return (block for block in (b"one", b"two"))


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


class Drops(Middleware):
    """One block is taken, and the rest is never asked for."""

    def __call__(self, environ, start_response):
        yield next(self.app(environ, start_response))


class Indexed:
    """What is iterated by its indices alone."""

    def __getitem__(self, index):
        return (b"one", b"two")[index]


def indexed(environ, start_response):
    start_response("200 OK", [PLAIN])
    return Indexed()


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
        start_response("200 OK", [PLAIN])
        self.body = self.app
        return self


class Wraps(Middleware):
    """What is returned is another stage's body, which closes that of the application."""

    def __call__(self, environ, start_response):
        body = self.app(environ, lambda status, headers: None)
        return Response(body)(environ, start_response)


def file(environ, start_response):
    start_response("200 OK", [PLAIN])
    return environ["wsgi.file_wrapper"](io.BytesIO(b"file"))


def buffered(app):
    return HandsOn(Buffers(app))


def writes(environ, start_response):
    """Gives each other block through write()."""
    write = start_response("200 OK", [PLAIN])
    for _ in range(3):
        write(b"written")
        yield b"one"


class Collects(Middleware):
    """What is written goes with what is yielded."""

    def __call__(self, environ, start_response):
        written = []

        def begin(status, headers):
            start_response(status, headers)
            return written.append

        for block in self.app(environ, begin):
            yield b"".join(written) + block
            written.clear()


class Writes(Middleware):
    """What is yielded is written."""

    def __call__(self, environ, start_response):
        kept = []

        def begin(status, headers):
            kept.append(start_response(status, headers))
            return kept[0]

        for block in self.app(environ, begin):
            kept[0](block)
        return []


_WRITES = [(3, "write-used"), (3, "write-in-body")]

_FINDINGS = (
    (Rightly, writes, _WRITES),
    (Holds, writes, [_WRITES[0], (2, "blocks-held-back"), _WRITES[1]]),
    (Exhausts, writes, [_WRITES[0], (2, "close-not-called"), _WRITES[1]]),
    (Collects, writes, [_WRITES[0], (2, "close-not-called"), _WRITES[1]]),
    (Writes, writes, [(3, "write-used"), (2, "close-not-called"), (3, "write-in-body")]),
    (HandsOn, application(PLAIN), []),
    (Rightly, file, [(2, "file-wrapper-lost")]),
    (Exhausts, file, [(2, "file-wrapper-lost"), (2, "close-not-called")]),
    (Buffers, file, [(2, "file-wrapper-lost"), (2, "close-not-called")]),
    (Wraps, application(PLAIN), []),
    (buffered, Wraps(application(PLAIN)), [(3, "blocks-held-back"), (3, "close-not-called")]),
    (buffered, HandsOn(application(PLAIN)), [(3, "blocks-held-back"), (3, "close-not-called")]),
    (
        buffered,
        Exhausts(application(PLAIN)),
        [(3, "blocks-held-back"), (4, "close-not-called"), (3, "close-not-called")],
    ),
    (Drops, application(PLAIN), [(2, "close-not-called")]),
    (Exhausts, application(PLAIN), [(2, "close-not-called")]),
    (Rightly, application(PLAIN), []),
    (ClosesFirst, application(PLAIN), []),
    (Holds, application(PLAIN), [(2, "blocks-held-back")]),
    (Rightly, application(PLAIN, blocks=[b"x"] * 100), [(3, "blocks-tiny")]),
    (Rightly, application(PLAIN, blocks=[b"one", bytearray(b"x")]), [(3, "block-not-bytes")]),
    (Rightly, application(PLAIN, early=[b"x"]), [(3, "start-response-not-called")]),
    (Rightly, application(PLAIN, early=[b""]), [(3, "start-response-late")]),
    (Ahead, application(PLAIN, early=[b"x"]), [(3, "start-response-not-called")]),
    (Ahead, application(PLAIN, early=[b""]), [(3, "start-response-late")]),
    (Exhausts, indexed, []),
    (Buffers, indexed, [(2, "blocks-held-back")]),
)


class RelayingTest(RelayingCase):
    def test_a_block_goes_ahead_of_what_led_to_it_where_a_nudge_is_heard(self):
        for idle, first in ((1, frames.HEAD), (0, frames.STAGE_EVENTS)):
            with self.subTest(idle=idle):
                link = self.link(Rightly(Rightly(application(PLAIN))))
                link.idle, link.deadline = idle, 0
                run(link)
                kinds = [frames.HEADER.unpack_from(frame)[1] for frame in link.out]
                self.assertEqual([kind for kind in kinds if kind != frames.STAGE_NAMED][0], first)

    def test_findings(self):
        self.check(_FINDINGS)

    def test_blocks_held_back_by_who_has_given_one_before(self):
        held = "blocks-held-back"
        for app, expected in (
            (Begins(at_once), [(1, held)]),
            (Holds(writes), [(1, held)]),
            (Writes(writes), []),
            (Rightly(Begins(at_once)), [(2, held)]),
            (Rightly(Holds(Begins(at_once))), [(3, held), (2, held)]),
            (Rightly(Holds(BeginsEarly(at_once))), [(3, held), (2, held)]),
        ):
            with self.subTest(expected=expected):
                found = self.findings(app)
                self.assertEqual([each for each in found if each[1] == held], expected)


if __name__ == "__main__":
    unittest.main()
