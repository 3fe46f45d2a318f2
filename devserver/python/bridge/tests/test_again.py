"""Who is told to have called start_response once too often."""

from __future__ import annotations

import unittest

from .linked import LinkedTest
from .test_handed import hands_on, stack

_PLAIN = ("Content-Type", "text/plain")
_TWICE = "start-response-twice"


def lends(app):
    """Its own start_response can be had by whoever is within."""

    def middleware(environ, start_response):
        environ["x.start"] = start_response
        return app(environ, start_response)

    return middleware


def adds(app):
    def middleware(environ, start_response):
        def begin(status, headers, exc_info=None):
            return start_response(status, [*headers, ("X-Added", "1")])

        return app(environ, begin)

    return middleware


def doubles(app):
    """It makes two calls of one."""

    def middleware(environ, start_response):
        def begin(status, headers, exc_info=None):
            start_response(status, headers)
            return start_response(status, headers)

        return app(environ, begin)

    return middleware


class Begins:
    """Stands for start_response, with more than a call."""

    def __init__(self, start_response):
        self.start_response = start_response

    def __call__(self, status, headers, exc_info=None):
        self.status = status
        return self.start_response(status, headers)


def notes(app):
    def middleware(environ, start_response):
        return app(environ, Begins(start_response))

    return middleware


def starts_first(app):
    def middleware(environ, start_response):
        start_response("200 OK", [_PLAIN])
        return app(environ, start_response)

    return middleware


def plain(environ, start_response):
    start_response("200 OK", [_PLAIN])
    return [b"one"]


def borrows(environ, start_response):
    environ["x.start"]("200 OK", [_PLAIN])
    start_response("200 OK", [_PLAIN])
    return [b"one"]


def borrows_too(environ, start_response):
    start_response("200 OK", [_PLAIN])
    environ["x.start"]("200 OK", [_PLAIN])
    return [b"one"]


def borrows_later(environ, start_response):
    start_response("200 OK", [_PLAIN])
    yield b"one"
    environ["x.start"]("200 OK", [_PLAIN])


class AgainTest(LinkedTest):
    def assertTwice(self, stage, app, *makes):
        self.assertEqual(self.found(stack(app, *makes))[0], [(stage, _TWICE)])

    def test_who_has_called_that_of_another_beside_its_own(self):
        for app in borrows, borrows_too, borrows_later:
            with self.subTest(app.__name__):
                self.assertTwice(3, app, lends, hands_on)
                self.assertTwice(4, app, hands_on, lends, hands_on)
                self.assertTwice(4, app, adds, lends, hands_on)

    def test_it_is_that_of_the_outermost(self):
        for app in borrows, borrows_too, borrows_later:
            with self.subTest(app.__name__):
                self.assertTwice(2, app, lends)
                self.assertTwice(3, app, hands_on, lends)

    def test_a_function_of_the_stage_around_has(self):
        self.assertTwice(2, plain, doubles, hands_on)
        self.assertTwice(2, plain, hands_on, doubles, hands_on)
        self.assertTwice(1, plain, doubles)

    def test_the_stage_around_was_first(self):
        self.assertTwice(2, plain, starts_first, hands_on)
        self.assertTwice(2, plain, hands_on, starts_first, hands_on)
        self.assertTwice(1, plain, hands_on, starts_first)
        self.assertTwice(3, plain, starts_first, notes, hands_on)


if __name__ == "__main__":
    unittest.main()
