"""Whose time it is that a function of a stage takes within another stage."""

from __future__ import annotations

import unittest
from unittest import mock

from _snifter.stages import failures, layers, swap

from .timing import Timed


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


if __name__ == "__main__":
    unittest.main()
