"""How the end of a request is told, where one block is its answer."""

from __future__ import annotations

import unittest
from marshal import dumps, loads
from unittest import mock

from _snifter import frames
from _snifter.stages import context
from _snifter.stages.events import CHUNK
from _snifter.stages.recording import record

from . import cost
from .linked import LinkedTest, run

_TELLS = frames.STAGE_EVENTS


def untyped(environ, start_response):
    start_response("200 OK", [("Content-Length", "4")])
    return [b"text"]


def discarding(app):
    """A middleware that asks another, and answers itself."""

    def discards(environ, start_response):
        b"".join(app(environ, lambda status, headers, exc_info=None: None))
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"other"]

    return discards


def printing(app):
    def prints(environ, start_response):
        environ["wsgi.errors"].write("half a line")
        return app(environ, start_response)

    return prints


def passing_its_own(app):
    """A middleware within one that passes on, with a start_response of its own."""

    def passes(environ, start_response):
        return app(environ, lambda status, headers, exc_info=None: start_response(status, headers))

    return cost.told_by_names(passes)


def shouting(app):
    """A middleware that makes a block of its own of the one within."""

    def shouts(environ, start_response):
        return [block.upper() for block in app(environ, start_response)]

    return shouts


def shouting_as_it_comes(app):
    def shouts(environ, start_response):
        for block in app(environ, start_response):
            yield block.upper()

    return shouts


def repeating(app, times):
    """A middleware that gives blocks of its own, none of which need go out at once."""

    def repeats(environ, start_response):
        app(environ, lambda status, headers, exc_info=None: None)
        start_response("200 OK", [("Content-Type", "text/plain")])
        for _ in range(times):
            yield b"x" * 9000

    return repeats


class Text(str):
    pass


def odd(environ, start_response):
    start_response(Text("200 OK"), [("Content-Type", "text/plain")])
    return [b"text"]


class EndTest(LinkedTest):
    def told(self, app, pending=False):
        """The kinds and flags of the frames of a request that is not the first, and its events."""
        link = self.link(app)
        for number in (1, 2):
            link.out.clear()
            if pending and number == 2:
                link.pending.append(None)
            run(link, number)
        self.assertEqual(link.open, {})
        frame_kinds, events = [], []
        for frame in link.out:
            _, kind, flags, _, number, _ = frames.HEADER.unpack_from(frame)
            self.assertEqual(number, 2)
            frame_kinds.append((kind, flags & (frames.FLAG_END | frames.FLAG_AHEAD)))
            if kind == _TELLS:
                events += loads(frame[frames.HEADER_SIZE :])
        return frame_kinds, events

    def test_with_the_last_events(self):
        kinds, _ = self.told(cost.stack(cost.changing, 3))
        ahead = frames.FLAG_END | frames.FLAG_AHEAD
        self.assertEqual(kinds, [(frames.HEAD, ahead), (_TELLS, frames.FLAG_END)])

    def test_with_the_answer(self):
        kinds, _ = self.told(cost.stack(cost.changing, 3), pending=True)
        self.assertEqual(kinds, [(_TELLS, 0), (frames.HEAD, frames.FLAG_END)])

    def test_a_block_that_is_not_the_servers(self):
        """Though each is the only one of its own."""
        for make in shouting, shouting_as_it_comes:
            with self.subTest(make.__name__):
                _, events = self.told(make(cost.application))
                told = [event[3:] for event in events if event[0] == CHUNK]
                self.assertEqual(told, [(13, b"Hello, World!", -1, 0)])

    def test_much_that_is_given_takes_the_events_along(self):
        for times, early in (7, False), (8, True):
            with self.subTest(times):
                kinds = [kind for kind, _ in self.told(repeating(cost.application, times))[0]]
                self.assertEqual(kinds.count(frames.DATA), times - 1)
                last = len(kinds) - kinds[::-1].index(frames.DATA)
                self.assertEqual(_TELLS in kinds[:last], early)

    def test_a_thread_that_had_the_events_at_hand(self):
        """What it adds at the last moment is no more told."""
        held = []

        def holding(app):
            def middleware(environ, start_response):
                held.append(context.current().record.events)
                return app(environ, start_response)

            return middleware

        def late(events, version):
            for each in held:
                each.append((CHUNK, 2, 1, b"late"))
            return dumps(events, version)

        for make in cost.told_by_names, cost.relaying:
            with self.subTest(make.__name__), mock.patch.object(record, "dumps", late):
                _, events = self.told(make(holding(cost.application)))
                self.assertTrue(held)
                self.assertNotIn(b"late", [event[-1] for event in events])

    def test_behind_what_is_found_at_the_end(self):
        kinds, _ = self.told(cost.told_by_names(untyped))
        self.assertIn((frames.LINT, 0), kinds)
        self.assertEqual(kinds[-1], (frames.END, 0))
        self.assertNotIn((_TELLS, frames.FLAG_END), kinds)

    def test_behind_texts(self):
        kinds, _ = self.told(printing(printing(cost.application)))
        self.assertIn((frames.ERRORS, 0), kinds)
        self.assertEqual(kinds[-1], (frames.END, 0))

    def test_with_the_last_of_events_that_are_too_many_for_one_frame(self):
        app = cost.stack(cost.changing, 3)
        _, whole = self.told(app)
        longest = max(len(dumps([event], 2)) for event in whole)
        for most in (longest, longest - 1, 6):  # what is too long for any frame is not told
            with self.subTest(most=most), mock.patch.object(record, "_MOST_BYTES", most):
                kinds, events = self.told(app)
                last = (_TELLS, frames.FLAG_END)
                self.assertEqual(kinds[-1], last)
                self.assertEqual(kinds.count(last), 1)
                if most == longest:
                    self.assertGreater(kinds.count((_TELLS, 0)), 0)
                    self.assertEqual([e[:2] for e in events], [e[:2] for e in whole])

    def test_of_a_status_that_is_no_plain_str_and_was_told_of_before(self):
        kinds, _ = self.told(passing_its_own(odd))
        self.assertEqual(kinds[-1], (frames.END, 0))

    def test_blocks_of_a_body_that_is_not_passed_on(self):
        _, events = self.told(cost.told_by_names(discarding(cost.application)))
        blocks = [(index, *more) for kind, index, _, *more in events if kind == CHUNK]
        self.assertEqual(blocks, [(3, 13, b"Hello, World!", -1, 0), (2, 5, None, 0, 0)])


if __name__ == "__main__":
    unittest.main()
