"""Stages that go on by a function which they are given, past their own start_response."""

from __future__ import annotations

import unittest
from unittest import mock

from .linked import LinkedTest
from .test_handed import hands_on, stack

_PLAIN = ("Content-Type", "text/plain")
_NOT_CALLED = "start-response-not-called"


def passes(environ, start_response, go_on=None):
    if go_on is None:
        start_response("404 Not Found", [_PLAIN])
        return []
    return go_on()


def yields(environ, start_response, go_on=None):
    body = go_on()
    try:
        yield from body
    finally:
        getattr(body, "close", bool)()


def answers(environ, start_response, go_on=None):
    start_response("403 Forbidden", [_PLAIN])
    return [b"no"]


def forgets(environ, start_response, go_on=None):
    if "x.answer" in environ:
        start_response("200 OK", [_PLAIN])
    return [b"no"]


def leaf(environ, start_response):
    start_response("200 OK", [_PLAIN])
    return [b"leaf"]


def empty(environ, start_response):
    start_response("204 No Content", [])
    return []


def lazy(environ, start_response):
    start_response("200 OK", [_PLAIN])
    yield b"leaf"


def through(*steps, last=leaf):
    """An application of steps that each are given a function to go on with."""

    def application(environ, start_response):
        def run(at):
            if at == len(steps):
                return last(environ, start_response)
            return steps[at](environ, start_response, lambda: run(at + 1))

        return run(0)

    return application


def by_itself(*steps):
    """The same, which answers by itself behind the last."""

    def application(environ, start_response):
        def run(at):
            if at == len(steps):
                start_response("200 OK", [_PLAIN])
                return [b"leaf"]
            return steps[at](environ, start_response, lambda: run(at + 1))

        return run(0)

    return application


def wraps(app):
    """Its start_response is a function of its own."""

    def middleware(environ, start_response):
        def begin(status, headers, exc_info=None):
            return start_response(status, [*headers, ("X-Added", "1")])

        return app(environ, begin)

    return middleware


def mends(app):
    """It calls start_response where what it calls has not."""

    def middleware(environ, start_response):
        body = app(environ, start_response, None)
        start_response("200 OK", [_PLAIN])
        return body

    return middleware


def begins(app):
    """It calls start_response before what it calls might."""

    def middleware(environ, start_response):
        start_response("200 OK", [_PLAIN])
        return app(environ, start_response, None)

    return middleware


class BesideTest(LinkedTest):
    def assertFound(self, app, *wanted):
        self.assertEqual(self.found(app)[0], [*wanted])

    def test_the_last_has_begun_the_response_of_all(self):
        for last in leaf, lazy, empty:
            for steps in [passes], [passes, passes], [yields], [yields, passes], [passes, yields]:
                with self.subTest(last=last.__name__, steps=[each.__name__ for each in steps]):
                    app = through(*steps, last=last)
                    self.assertFound(app)
                    self.assertFound(stack(app, hands_on))
                    self.assertFound(stack(app, wraps, hands_on))

    def test_so_has_the_application_itself_within_them(self):
        for steps in [passes], [passes, passes], [yields], [yields, passes]:
            with self.subTest(steps=[each.__name__ for each in steps]):
                self.assertFound(by_itself(*steps))
                self.assertFound(stack(by_itself(*steps), wraps))

    def test_what_was_sent_before_the_end_is_known(self):
        """As where a request takes long, and the server asks what there is."""
        links = []

        def is_nudged(environ, start_response, go_on=None):
            for each in links:
                each._send_records()
            body = go_on()
            for each in links:
                each._send_records()
            return body

        with mock.patch.object(self, "link", lambda app: self.opened(app, links)):
            for last in leaf, lazy, empty:
                with self.subTest(last=last.__name__):
                    self.assertFound(through(passes, is_nudged, last=last))
                    self.assertFound(stack(through(is_nudged, passes, last=last), wraps))
            self.assertFound(through(is_nudged, passes, forgets), (3, _NOT_CALLED))

    def opened(self, app, links):
        links[:] = [LinkedTest.link(self, app)]
        return links[0]

    def test_one_that_answers_by_itself(self):
        self.assertFound(through(passes, answers))

    def test_one_that_forgets_to(self):
        self.assertFound(through(passes, forgets), (3, _NOT_CALLED))
        self.assertFound(stack(through(forgets), wraps), (3, _NOT_CALLED))

    def test_it_was_begun_before_it_and_behind_it(self):
        self.assertFound(mends(forgets), (2, _NOT_CALLED))
        self.assertFound(begins(forgets), (2, _NOT_CALLED))


if __name__ == "__main__":
    unittest.main()
