"""What is known of a body as it is iterated and closed: as a rule nothing is to be said of it."""

from __future__ import annotations

import contextlib
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


class Opens:
    """A body that is no iterator."""

    def __iter__(self):
        yield b"World!"

    def close(self):
        pass


def of_opens(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "6")])
    return Opens()


def giving_steps(app):
    """A middleware that gives on what goes through a body, and not that."""

    def middleware(environ, start_response):
        return iter(app(environ, start_response))

    return middleware


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


def of_expression(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "6")])
    return (block for block in [b"World!"])


def passing(app):
    """A middleware that has no part in the body."""

    def middleware(environ, start_response):
        return app(environ, start_response)

    return middleware


def giving_closed(app, blocks):
    """A middleware that takes so many blocks, closes the body, and returns it."""

    def middleware(environ, start_response):
        body = app(environ, start_response)
        for _ in range(blocks):
            next(body, None)
        body.close()
        return body

    return middleware


def first_of(app):
    """A middleware that takes one block, and closes the body."""

    def middleware(environ, start_response):
        body = app(environ, start_response)
        blocks = [next(iter(body))]
        body.close()
        return blocks

    return middleware


def promising(app):
    """A middleware that has the one around close what it has returned."""

    def middleware(environ, start_response):
        body = app(environ, start_response)
        environ["x.later"].append(body.close)
        return body

    return middleware


def keeping(app):
    """A middleware that closes the body, and does whatever it was asked to do then."""

    def middleware(environ, start_response):
        environ["x.later"] = later = []
        body = app(environ, start_response)
        blocks = list(body)
        body.close()
        for each in later:
            each()
        return blocks

    return middleware


def finally_closing(app):
    def middleware(environ, start_response):
        body = app(environ, start_response)
        try:
            yield from body
        finally:
            body.close()

    return middleware


def within_closing(app):
    def middleware(environ, start_response):
        with contextlib.closing(app(environ, start_response)) as body:
            yield from body

    return middleware


def step_by_step(app):
    def middleware(environ, start_response):
        with contextlib.closing(app(environ, start_response)) as body:
            for block in body:
                yield bytes(block)

    return middleware


class Wrapped:
    """A body whose blocks are those of another, as long as there are any."""

    def __init__(self, body):
        self.body = body

    def __iter__(self):
        yield from self.body

    def close(self):
        self.body.close()


def wrapping(app):
    def middleware(environ, start_response):
        return Wrapped(app(environ, start_response))

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
        for app in of_generator, of_expression:
            for closes in 2, 3:
                self.assertEqual(self.rules(taking(app, closes)), ["close-twice"])

    def test_a_generator_was_returned_that_was_closed(self):
        """It is closed once more by whoever has it, and that is not who is to blame."""
        twice = (2, "close-twice")
        for app in of_generator, of_expression:
            for blocks in 0, 1, 2:
                for around in passing, taking, step_by_step, finally_closing, wrapping:
                    with self.subTest(app.__name__, blocks=blocks, around=around.__name__):
                        found, _ = self.found(around(giving_closed(app, blocks)))
                        self.assertEqual([each for each in found if each[1] == twice[1]], [twice])
                with self.subTest(app.__name__, blocks=blocks):
                    found, _ = self.found(giving_closed(app, blocks))
                    self.assertIn((1, "close-twice"), found)

    def test_a_generator_was_closed_by_two_stages(self):
        for app in of_generator, of_expression:
            for within in promising, lambda app: passing(promising(app)):
                self.assertEqual(self.found(keeping(within(app)))[0], [(1, "close-twice")])

    def test_what_goes_on_with_a_generator_has_closed_it_too(self):
        """By `yield from`, where that was closed itself, or nobody has it."""
        for app in of_generator, of_expression:
            for around in finally_closing, within_closing, step_by_step, wrapping:
                with self.subTest(app.__name__, around=around.__name__):
                    self.assertEqual(self.rules(around(app)), [])
                    self.assertEqual(self.rules(first_of(around(app))), [])
                    self.assertEqual(self.rules(first_of(around(around(app)))), [])

    def test_what_goes_through_its_blocks_was_let_go_of(self):
        """Python closes that, and it is not the body."""
        for closes, rules in enumerate((["close-not-called"], [], ["close-twice"])):
            self.assertEqual([self.rules(leaving(closes)) for _ in range(2)], [rules] * 2)

    def test_who_gives_its_iterator_on_has_left_it_open(self):
        for app in of_opens, Page:
            forgets = giving_steps(app)
            for around, index in ((forgets, 1), (passing(forgets), 2), (wrapping(forgets), 2)):
                with self.subTest(app.__name__, index=index):
                    self.assertEqual(self.found(around)[0], [(index, "close-not-called")])
        self.assertEqual(self.found(passing(giving_steps(of_class)))[0], [])
        self.assertEqual(self.found(passing(giving_steps(of_generator)))[0], [])

    def test_who_goes_on_with_a_generator_that_a_body_gave_has_closed_it_once(self):
        """Where it is left, `yield from` closes it too."""

        def closing(environ, start_response):
            body = giving_steps(of_opens)(environ, start_response)
            try:
                yield from body
            finally:
                body.close()

        def leaves(environ, start_response):
            body = closing(environ, start_response)
            yield next(body)
            body.close()

        found = self.found(leaves)[0]
        self.assertEqual([rule for _, rule in found], ["close-not-called"])

    def test_it_was_asked_for_more(self):
        self.assertEqual(self.rules(taking(of_class, more=1)), ["body-after-close"])
        self.assertEqual(self.rules(taking(of_class, closes=0, more=1)), ["close-not-called"])


if __name__ == "__main__":
    unittest.main()
