"""What whoever has called a stage drops of its body ends at once, as where nothing is told."""

from __future__ import annotations

import gc
import unittest

from .linked import LinkedTest, run
from .settling import settle
from .test_handed import hands_on

_PLAIN = ("Content-Type", "text/plain")
#: What happened, in the order of it.
happened: list[str] = []


def generates(environ, start_response):
    start_response("200 OK", [_PLAIN])
    try:
        yield b"one"
        yield b"two"
    finally:
        happened.append("it ends")


class Blocks:
    def __init__(self, blocks):
        self.blocks = iter(blocks)

    def __iter__(self):
        return self

    def __next__(self):
        return next(self.blocks)

    def close(self):
        pass

    def __del__(self):
        happened.append("it ends")


class Several(list):
    def __del__(self):
        happened.append("it ends")


def iterates(environ, start_response):
    start_response("200 OK", [_PLAIN])
    return Blocks([b"one", b"two"])


def lists(environ, start_response):
    start_response("200 OK", [_PLAIN])
    return Several([b"one", b"two"])


def peeks(app):
    """It takes a block of what it drops, and answers."""

    def middleware(environ, start_response):
        for _ in app(environ, lambda *args: None):
            break
        settle()
        happened.append("it answers")
        start_response("200 OK", [_PLAIN])
        return [b"there is something"]

    return middleware


def asks_again(app):
    def middleware(environ, start_response):
        body = app(environ, lambda *args: None)
        next(iter(body))
        del body
        settle()
        happened.append("it answers")
        return app(environ, start_response)

    return middleware


class DroppedTest(LinkedTest):
    def setUp(self):
        gc.disable()
        self.addCleanup(gc.enable)

    def test_it_ends_at_once(self):
        for app in generates, iterates, lists:
            for around in peeks, asks_again:
                for within in app, hands_on(app), hands_on(hands_on(app)):
                    with self.subTest(app=app.__name__, around=around.__name__):
                        for outer in around(within), hands_on(around(within)):
                            link = self.link(outer)
                            for number in range(1, 5):
                                settle()
                                happened.clear()
                                run(link, number)
                                self.assertEqual(happened[:2], ["it ends", "it answers"])


if __name__ == "__main__":
    unittest.main()
