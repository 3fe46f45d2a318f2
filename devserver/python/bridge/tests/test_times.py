"""Whose time it is that a function of a stage takes within another stage."""

from __future__ import annotations

import threading
import unittest
from marshal import loads
from unittest import mock

from _snifter import frames
from _snifter.exchange import Exchange
from _snifter.stages import failures
from _snifter.stages.events import SPENT
from _snifter.stages.frameworks import layers
from _snifter.stages.hooking import swap

from . import cost, ordering_app
from .ordering import faults, passes
from .timing import Timed

#: What is not given the server piece by piece, which would wait for room.
PATHS = [path for path in ordering_app.PATHS if not path.startswith("/large")]


class TimesTest(Timed):
    def test_a_layer_of_which_is_not_known_when_it_was_entered(self):
        """It takes no time of its own, and none of who is around it."""

        def hook(response):
            self.now += 100
            return response

        def app(environ, start_response):
            self.now += 1
            hook(None)
            return self.leaf(environ, start_response)

        layers.function(hook, "flask", "after_request")
        self.now = 10**9
        self.assertEqual(self.own(app), {1: 1, 2: 100, 3: 2})
        fails = mock.patch.object(swap.hook_of(hook), "given", side_effect=ValueError)
        with fails, mock.patch.object(failures, "report"):
            self.assertEqual(self.own(app), {1: 101, 3: 2})

    def leaf(self, environ, start_response):
        self.now += 1
        start_response("200 OK", [("Content-Type", "text/plain")])
        self.now += 1
        return [b"leaf"]

    def lazy(self, environ, start_response):
        self.now += 1
        start_response("200 OK", [("Content-Type", "text/plain")])
        self.now += 1
        yield b"lazy"

    def passing(self, app):
        def passes(environ, start_response):
            self.now += 10
            return app(environ, start_response)

        return passes

    def starting(self, app, takes):
        def starts(environ, start_response):
            def begin(status, headers, exc_info=None):
                self.now += takes
                return start_response(status, headers, exc_info)

            self.now += 1
            return app(environ, begin)

        return starts

    def relaying(self, app, takes, starting=0):
        def relays(environ, start_response):
            def begin(status, headers, exc_info=None):
                self.now += starting
                return start_response(status, headers, exc_info)

            for block in app(environ, begin if starting else start_response):
                self.now += takes
                yield block

        return relays

    def joining(self, app, run):
        def joins(environ, start_response):
            body, found = app(environ, start_response), []
            run(lambda: found.extend(body))
            self.now += 10
            return found

        return joins

    def test_of_bodies_that_go_on_in_another_thread(self):
        """As if whoever has got them had them go on."""

        def elsewhere(target):
            thread = threading.Thread(target=target)
            thread.start()
            thread.join()

        def slow(environ, start_response):
            start_response("200 OK", [("Content-Type", "text/plain")])
            for _ in range(2):
                self.now += 1000
                yield b"slow"

        for run in (lambda target: target()), elsewhere:
            for leaf, own in (self.lazy, 2), (slow, 2000):
                joined = self.joining(self.passing(leaf), run)
                further = self.passing(self.joining(self.passing(self.passing(leaf)), run))
                with self.subTest(leaf.__name__, run=run):
                    self.assertEqual(self.own(joined), {1: 10, 2: 10, 3: own})
                    self.assertEqual(self.own(further), {1: 10, 2: 10, 3: 10, 4: 10, 5: own})

    def application(self, leaf):
        app = self.starting(self.passing(self.starting(self.passing(leaf), 100)), 1000)
        return self.passing(app)

    def test_of_start_responses(self):
        own = self.own(self.application(self.leaf))
        self.assertEqual(own, {1: 10, 2: 1001, 3: 10, 4: 101, 5: 10, 6: 2})

    def test_of_those_that_have_returned(self):
        """It is that of who has made them still, whose time was told by then."""
        own = self.own(self.application(self.lazy))
        self.assertEqual(own, {1: 10, 2: 1001, 3: 10, 4: 101, 5: 10, 6: 2})
        self.assertEqual((self.total(2), self.total(4)), (1001 + 10 + 1 + 10, 101 + 10))

    def test_of_bodies_that_go_on(self):
        """Of what relays a body of its own, and of the outermost stage, the time is told later."""
        app = self.starting(self.relaying(self.starting(self.lazy, 100), 1), 1000)
        self.assertEqual(self.own(app), {1: 1001, 2: 1, 3: 101, 4: 2})
        app = self.passing(self.relaying(self.starting(self.lazy, 100), 1, 1000))
        self.assertEqual(self.own(app), {1: 10, 2: 1001, 3: 101, 4: 2})
        self.assertEqual(self.total(3), 101)

    def test_of_one_that_is_called_by_what_has_returned(self):
        app = self.relaying(self.starting(self.starting(self.lazy, 10), 100), 1, 1000)
        self.assertEqual(self.own(self.passing(app)), {1: 10, 2: 1001, 3: 101, 4: 11, 5: 2})
        self.assertEqual((self.total(2), self.total(3), self.total(4)), (1115, 102, 11))


class AloneTest(Timed):
    """Nothing is told of the times of an application that is one stage, but where it is at work and
    where not can't be seen by what comes of it."""

    def app(self, environ, start_response):
        self.now += 1
        start_response("200 OK", [("Content-Type", "text/plain")])
        for _ in range(3):
            self.now += 10
            yield b"x" * frames.DATA_WINDOW

    def test_it_waits_for_the_client(self):
        def wait(number, ready):
            self.now += 1000
            link.open[number].credit += frames.DATA_WINDOW

        link = self.link(self.app)
        link.wait = wait
        events = self.told(link, loads(cost._SENT))
        self.assertEqual([event[0] for event in events], [SPENT])
        self.assertEqual(events[0][1:4], (1, 1 + 3 * 10 + 2 * 1000 + 1, 1 + 3 * 10))

    def test_it_does_not(self):
        link = self.link(self.app)
        with mock.patch.object(Exchange, "credit", 4 * frames.DATA_WINDOW):
            self.assertEqual(self.told(link, loads(cost._SENT)), [])

    def test_when_it_was_closed(self):
        """Where that is long after the call, it is told by itself."""

        def slow(environ, start_response):
            start_response("200 OK", [("Content-Type", "text/plain")])
            yield b"slow"
            self.now += 2_000_000

        for app, expected in ((self.app, 0), (slow, 1)):
            link = self.link(app)
            with mock.patch.object(Exchange, "credit", 4 * frames.DATA_WINDOW):
                self.told(link, loads(cost._SENT))
            kinds = [frames.HEADER.unpack_from(frame)[1] for frame in link.out]
            self.assertEqual(kinds.count(frames.CLOSED), expected)


class WhereverItGoesTest(Timed):
    """However the time of a request is spread, none is more than what it is a part of."""

    def clock(self):
        self.readings += 1
        self.now += 5_000_000 if self.readings == self.slow else 100
        return self.now

    def run_once(self, link, path, slow=None):
        self.readings, self.slow = 0, slow
        events = self.told(link, dict(loads(cost._SENT), PATH_INFO=path))
        with self.subTest(path=path, slow=slow):
            self.assertEqual(faults(events), [])
        return events

    def test_between_any_two_readings(self):
        self.readings = self.slow = 0
        for stack in ordering_app.STACKS:
            link = self.link(getattr(ordering_app, stack))
            link.recorder.lessons = None
            for path in PATHS:
                with self.subTest(stack=stack):
                    self.run_once(link, path)
                    events = self.run_once(link, path)
                    self.assertGreater(self.readings, len(passes(events)))
                    for slow in range(1, self.readings + 1):
                        self.run_once(link, path, slow)


if __name__ == "__main__":
    unittest.main()
