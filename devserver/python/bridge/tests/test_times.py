"""Whose time it is that a function of a stage takes within another stage."""

from __future__ import annotations

import unittest
from marshal import loads
from unittest import mock

from _snifter import exchange as exchanges
from _snifter import frames
from _snifter.body import EMPTY
from _snifter.exchange import Exchange
from _snifter.stages import (
    bodies,
    calls,
    failures,
    generated,
    hooks,
    layered,
    layerhooks,
    layers,
    record,
    recorder,
    swap,
    usual,
)
from _snifter.stages.record import SPENT

from . import cost
from .stepping import with_own

_TIMED = (exchanges, bodies, calls, generated, hooks, layered, layerhooks, record, recorder, usual)


class TimesTest(unittest.TestCase):
    def setUp(self):
        self.now = 1
        for module in _TIMED:
            patch = mock.patch.object(module, "monotonic_ns", lambda: self.now)
            patch.start()
            self.addCleanup(patch.stop)

    def own(self, app):
        """The time of each stage of a request that is its own."""
        link = cost.traced(app)
        self.addCleanup(link.close)
        self.addCleanup(calls.stop)
        link.open[1] = Exchange(link, 1, loads(cost._SENT), EMPTY)
        link.open[1].run()
        events = []
        for frame in link.out:
            if frames.HEADER.unpack_from(frame)[1] == frames.STAGE_EVENTS:
                events += loads(frame[frames.HEADER_SIZE :])
        return {event[1]: event[4] for event in with_own(events) if event[0] == SPENT}

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

            return app(environ, begin)

        return starts

    def application(self, leaf):
        app = self.starting(self.passing(self.starting(self.passing(leaf), 100)), 1000)
        return self.passing(app)

    def test_of_start_responses(self):
        own = self.own(self.application(self.leaf))
        self.assertEqual(own, {1: 10, 2: 1000, 3: 10, 4: 100, 5: 10, 6: 2})

    def test_of_those_that_have_returned(self):
        """It is told where it passed."""
        own = self.own(self.application(self.lazy))
        self.assertEqual(own, {1: 10, 2: 0, 3: 10, 4: 0, 5: 10, 6: 1102})


if __name__ == "__main__":
    unittest.main()
