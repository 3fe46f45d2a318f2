"""Bodies that stages hand on: as a rule nothing is to be said of that, and nobody is looked at."""

from __future__ import annotations

import unittest
from unittest import mock

from _snifter import frames
from _snifter.stages.events import ENVIRON_CHANGED, LEFT
from _snifter.stages.recording.usual import Usual

from .linked import LinkedTest, run, told

_PLAIN = ("Content-Type", "text/plain")


class Body:
    """One that is no generator."""

    def __init__(self, blocks):
        self.left = [*blocks]

    def __iter__(self):
        return self

    def __next__(self):
        if not self.left:
            raise StopIteration
        return self.left.pop(0)

    def close(self):
        pass


def iterates(*blocks, headers=(_PLAIN,)):
    def application(environ, start_response):
        start_response("200 OK", [*headers])
        return Body(blocks)

    return application


def generates(*blocks, headers=(_PLAIN,)):
    def application(environ, start_response):
        start_response("200 OK", [*headers])
        return (block for block in blocks)

    return application


def hands_on(app):
    def middleware(environ, start_response):
        return app(environ, start_response)

    return middleware


def takes_one(app):
    """It hands on what is left."""

    def middleware(environ, start_response):
        body = app(environ, start_response)
        next(body)
        return body

    return middleware


def drains(app):
    """It closes what it hands on."""

    def middleware(environ, start_response):
        body = app(environ, start_response)
        for _ in body:
            pass
        body.close()
        return body

    return middleware


def adds_late(app):
    """It adds a header where it is too late."""

    def middleware(environ, start_response):
        def begin(status, headers, exc_info=None):
            given.append(headers)
            return start_response(status, headers)

        given = []
        body = app(environ, begin)
        given[0].append(("X-Late", "1"))
        return body

    return middleware


def starts_again(app):
    def middleware(environ, start_response):
        body = app(environ, start_response)
        start_response("200 OK", [_PLAIN])
        return body

    return middleware


def starts_once(app):
    def middleware(environ, start_response):
        def begin(status, headers, exc_info=None):
            if not started:
                started.append(start_response(status, headers))
            return started[0]

        started = []
        return app(environ, begin)

    return middleware


def sets_at_last(app):
    def middleware(environ, start_response):
        body = app(environ, start_response)
        environ["x.last"] = 1
        return body

    return middleware


def joins(app):
    """It takes all before it gives anything."""

    def middleware(environ, start_response):
        body = app(environ, start_response)
        yield b"".join(body)
        body.close()

    return middleware


def resizes(length):
    """It hands the body on, and says that it has another length."""

    def make(app):
        def middleware(environ, start_response):
            def begin(status, headers, exc_info=None):
                headers = [pair for pair in headers if pair[0] != "Content-Length"]
                if length is not None:
                    headers.append(("Content-Length", str(length)))
                return start_response(status, headers)

            return app(environ, begin)

        return middleware

    return make


def relays(early=(), at_once=1, closes=1):
    """It gives some blocks first, and takes so many before it gives them on."""

    def make(app):
        def middleware(environ, start_response):
            body = app(environ, start_response)
            yield from early
            while True:
                blocks = [block for _, block in zip(range(at_once), body)]
                if not blocks:
                    break
                yield from blocks
            for _ in range(closes):
                body.close()

        return middleware

    return make


def stack(app, *makes):
    """The innermost first."""
    for make in makes:
        app = make(app)
    return app


class HandedTest(LinkedTest):
    def events(self, app):
        link = self.link(app)
        run(link)
        return [event for _, events in told(link, frames.STAGE_EVENTS) for event in events]

    def test_who_has_handed_it_on(self):
        """Each stops at its blocks where it is to."""
        passed = Usual.passed
        with mock.patch.object(Usual, "passed", autospec=True, side_effect=passed) as on:
            self.found(stack(iterates(b"one"), hands_on, hands_on, relays()))
        (_, call, (_, inner, _), _), (_, around, (_, same, _), _) = (
            each.args for each in on.call_args_list[-2:]
        )
        self.assertIs(inner, same)
        self.assertEqual(inner.passing, (call, around))

    def test_what_who_hands_it_on_has_set(self):
        for make in iterates, generates:
            with self.subTest(make.__name__):
                events = self.events(stack(make(b"one"), hands_on, sets_at_last, hands_on))
                told = [event for event in events if event[0] in {ENVIRON_CHANGED, LEFT}]
                self.assertEqual(
                    [event[:2] for event in told],
                    [
                        (LEFT, 3),
                        (ENVIRON_CHANGED, 2),
                        (LEFT, 2),
                    ],
                )
                self.assertEqual(told[1][3], {"x.last": 1})
                self.assertEqual([told[0][4], told[2][4]], [4, 4])

    def test_nobody_is_looked_at(self):
        sized = (_PLAIN, ("Content-Length", "3"))
        for make in iterates, generates:
            for headers in (_PLAIN,), sized:
                with self.subTest(make.__name__, headers=headers):
                    app = make(b"one", headers=headers)
                    self.assertEqual(self.found(stack(app, *[hands_on] * 3)), ([], 0))

    def test_who_has_it_closed_it_twice(self):
        app = stack(iterates(b"one"), hands_on, hands_on, relays(closes=2))
        self.assertEqual(self.found(app)[0], [(1, "close-twice")])
        app = stack(iterates(), hands_on, hands_on, relays(closes=2))
        self.assertEqual(self.found(app)[0], [(1, "close-twice")])
        app = stack(iterates(), hands_on, hands_on, relays(closes=2), hands_on, relays())
        self.assertEqual(self.found(app)[0], [(3, "close-twice")])

    def test_who_has_it_did_not_close_it(self):
        app = stack(iterates(b"one"), hands_on, hands_on, relays(closes=0))
        self.assertEqual(self.found(app)[0], [(1, "close-not-called")])

    def test_who_has_it_holds_it_back(self):
        held = "blocks-held-back"
        for early in (), (b"first",):
            for around in (), (hands_on,):
                with self.subTest(early=early, around=around):
                    app = iterates(b"one", b"two")
                    makes = hands_on, hands_on, relays(early, 2), *around, joins, relays()
                    found, _ = self.found(stack(app, *makes))
                    self.assertEqual(found, [(3 + len(around), held), (2, held)])

    def test_it_has_another_length(self):
        short, long = "content-length-short", "content-length-exceeded"
        sized = iterates(b"onetwo", headers=(_PLAIN, ("Content-Length", "6")))
        for length, expected in ((6, []), (None, []), (7, [(2, short)]), (5, [(2, long)])):
            with self.subTest(length=length):
                found, _ = self.found(stack(sized, hands_on, resizes(length), hands_on))
                self.assertEqual([each for each in found if each[0] > 1], expected)

    def test_it_was_begun(self):
        sized = iterates(b"one", b"two", headers=(_PLAIN, ("Content-Length", "3")))
        found, _ = self.found(stack(sized, takes_one, hands_on))
        self.assertIn((3, "content-length-exceeded"), found)

    def test_it_was_closed(self):
        """Who hands it on then is to blame for what comes of that."""
        found, _ = self.found(stack(iterates(), drains, relays()))
        self.assertEqual(found, [(2, "body-after-close"), (2, "close-twice")])

    def test_the_headers_were_changed(self):
        found, _ = self.found(stack(iterates(b"one"), hands_on, adds_late, hands_on))
        self.assertEqual(found, [(2, "header-changed-late")])

    def test_who_hands_it_on_was_looked_at_before(self):
        app = stack(iterates(b"one", b"two"), hands_on, starts_again, starts_once, relays())
        self.assertEqual(self.found(app)[0], [(3, "start-response-twice")])

    def test_its_end_was_lost(self):
        sized = iterates(b"one", headers=(_PLAIN, ("Content-Length", "4")))
        self.assertEqual(
            self.found(stack(sized, hands_on, hands_on))[0], [(3, "content-length-short")]
        )


if __name__ == "__main__":
    unittest.main()
