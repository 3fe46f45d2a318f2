"""What is known of a body as it is iterated and closed: as a rule nothing is to be said of it."""

from __future__ import annotations

import unittest

from .linked import LinkedTest


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


class Page:
    """A class that is an application, whose instance is a body and its blocks a generator's."""

    def __init__(self, environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])

    def __iter__(self):
        yield b"Hello"
        yield b"World!"

    def close(self):
        pass


def leaving(closes):
    """A middleware that takes the first block, leaves the others, and closes the body so often."""

    def middleware(environ, start_response):
        body = Page(environ, start_response)
        blocks = []
        for block in body:
            blocks.append(block)
            break
        for _ in range(closes):
            body.close()
        return blocks

    return middleware


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


class ClosingTest(LinkedTest):
    def rules(self, app):
        """The rules that a request finds broken."""
        return [rule for _, rule in self.found(app)[0]]

    def test_all_of_it_was_taken(self):
        """What is as it should be needs no look."""
        for app in of_class, of_generator:
            with self.subTest(app.__name__):
                self.assertEqual(self.found(taking(app)), ([], 0))

    def test_it_was_not_closed(self):
        self.assertEqual(self.rules(taking(of_class, closes=0)), ["close-not-called"])
        # Nothing of a generator is left to run.
        self.assertEqual(self.rules(taking(of_generator, closes=0)), ["close-not-called"])

    def test_it_was_closed_again(self):
        self.assertEqual(self.rules(taking(of_class, closes=2)), ["close-twice"])
        self.assertEqual(self.rules(taking(of_class, closes=3)), ["close-twice"])
        self.assertEqual(self.rules(taking(of_generator, closes=2)), [])

    def test_what_goes_through_its_blocks_was_let_go_of(self):
        """Python closes that, and it is not the body."""
        for closes, rules in enumerate((["close-not-called"], [], ["close-twice"])):
            self.assertEqual([self.rules(leaving(closes)) for _ in range(2)], [rules] * 2)

    def test_it_was_asked_for_more(self):
        self.assertEqual(self.rules(taking(of_class, more=1)), ["body-after-close"])
        self.assertEqual(self.rules(taking(of_class, closes=0, more=1)), ["close-not-called"])


if __name__ == "__main__":
    unittest.main()
