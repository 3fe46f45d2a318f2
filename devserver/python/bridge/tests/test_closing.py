"""What is known of a body as it is iterated and closed: as a rule nothing is to be said of it."""

from __future__ import annotations

import unittest
from marshal import loads
from unittest import mock

from _snifter import frames
from _snifter.body import EMPTY
from _snifter.exchange import Exchange
from _snifter.stages import calls, lint

from . import cost

_MAKE = lint.Checker._make


class Body:
    """A body that is no generator."""

    def __init__(self):
        self.left = [b"World!"]

    def __iter__(self):
        return self

    def __next__(self):
        if not self.left:
            raise StopIteration
        return self.left.pop()

    def close(self):
        pass


def of_class(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "6")])
    return Body()


def of_generator(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "6")])
    yield b"World!"


def taking(app, closes=1, more=0):
    """A middleware that takes the whole body, closes it so often, and asks for more."""

    def middleware(environ, start_response):
        body = app(environ, start_response)
        blocks = [*body]
        for _ in range(closes):
            body.close()
        for _ in range(more):
            next(body, None)
        return blocks

    return middleware


class ClosingTest(unittest.TestCase):
    def found(self, app):
        """The rules that a request finds broken, and how many stages had to be looked at."""
        link = cost.traced(app)
        self.addCleanup(link.close)
        self.addCleanup(calls.stop)
        link.flush = lambda: None
        with mock.patch.object(lint.Checker, "_make", autospec=True) as made:
            made.side_effect = _MAKE
            for number in (1, 2):  # the first has the head become known
                link.out.clear()
                made.reset_mock()
                exchange = link.open[number] = Exchange(link, number, loads(cost._SENT), EMPTY)
                exchange.run()
        rules = [
            loads(frame[frames.HEADER_SIZE :])["rule"]
            for frame in link.out
            if frames.HEADER.unpack_from(frame)[1] == frames.LINT
        ]
        return rules, made.call_count

    def test_all_of_it_was_taken(self):
        """What is as it should be needs no look."""
        for app in of_class, of_generator:
            with self.subTest(app.__name__):
                self.assertEqual(self.found(taking(app)), ([], 0))

    def test_it_was_not_closed(self):
        self.assertEqual(self.found(taking(of_class, closes=0))[0], ["close-not-called"])
        # Nothing of a generator is left to run.
        self.assertEqual(self.found(taking(of_generator, closes=0))[0], ["close-not-called"])

    def test_it_was_closed_again(self):
        self.assertEqual(self.found(taking(of_class, closes=2))[0], ["close-twice"])
        self.assertEqual(self.found(taking(of_class, closes=3))[0], ["close-twice"])
        self.assertEqual(self.found(taking(of_generator, closes=2))[0], [])

    def test_it_was_asked_for_more(self):
        self.assertEqual(self.found(taking(of_class, more=1))[0], ["body-after-close"])
        self.assertEqual(self.found(taking(of_class, closes=0, more=1))[0], ["close-not-called"])


if __name__ == "__main__":
    unittest.main()
