"""A call of start_response that fails is none: the stage may call it once more."""

from __future__ import annotations

import unittest

from .linked import LinkedTest

_PLAIN = ("Content-Type", "text/plain")
#: What the server refuses.
_BAD = [_PLAIN, ("X-Bad", "a\nb")], (_PLAIN,)
_INVALID = (3, "header-invalid")


def tries(headers, times=2):
    """An application that starts with these headers, and with good ones as often as told."""

    def application(environ, start_response):
        for each in (headers, *[[_PLAIN]] * (times - 1)):
            try:
                start_response("200 OK", each)
            except Exception:
                pass
        return [b"x"]

    return application


def hands_on(app):
    def middleware(environ, start_response):
        return app(environ, start_response)

    return middleware


def refuses(app):
    """A middleware that wants a single header."""

    def middleware(environ, start_response):
        def begin(status, headers, exc_info=None):
            if len(headers) != 1:
                raise ValueError(headers)
            return start_response(status, headers, exc_info)

        return app(environ, begin)

    return middleware


class RefusedTest(LinkedTest):
    def rules(self, app):
        return self.found(app)[0]

    def test_by_the_server(self):
        for headers in _BAD:
            with self.subTest(headers):
                found = self.rules(hands_on(hands_on(tries(headers))))
                self.assertEqual(found, [_INVALID])

    def test_by_a_middleware(self):
        app = tries([_PLAIN, ("X-More", "1")])
        self.assertEqual(self.rules(hands_on(refuses(app))), [])
        self.assertEqual(self.rules(hands_on(refuses(hands_on(app)))), [])

    def test_one_more_is_one_too_many(self):
        for headers in _BAD:
            with self.subTest(headers):
                found = self.rules(hands_on(hands_on(tries(headers, times=3))))
                self.assertEqual(found, [_INVALID, (3, "start-response-twice")])
        app = tries([_PLAIN, ("X-More", "1")], times=3)
        self.assertEqual(self.rules(hands_on(refuses(app))), [(3, "start-response-twice")])


if __name__ == "__main__":
    unittest.main()
