"""What a function gives back, as its code tells, that can be no body; and what may be one."""

from __future__ import annotations

import collections
import unittest

from _snifter.stages.reading import declines

Head = collections.namedtuple("Head", "status headers")


class Blocks(Head):
    def __iter__(self):
        return iter([b"one"])


class Plain:
    body = [b"one"]


class Makes:
    def __new__(cls, *args):
        return [b"one"]


def render(*args):
    return b"one"


def of(made):
    """Applications whose body may be made so, though they never look at start_response."""

    def gives_blocks(environ, start_response):
        return Blocks("200 OK", [])

    def gives_what_is_made(environ, start_response):
        return Makes(environ, start_response)

    def gives_two_blocks(environ, start_response):
        return render(environ), b"two"

    def keeps(environ, start_response):
        environ["begin"] = start_response
        return Plain()

    def starts(environ, start_response):
        start_response("200 OK", [])
        return Head("200 OK", [])

    def within(environ, start_response):
        return Head("200 OK", lambda: start_response)

    def yields_what_it_has(environ, start_response):
        yield made

    def yields_an_attribute(made, environ, start_response):
        yield made.body

    def yields_what_is_made(environ, start_response):
        yield render(environ)

    def yields_encoded(environ, start_response):
        for key in environ:
            yield key.encode()

    def yields_what_was_read(environ, start_response):
        body = environ["wsgi.input"]
        block = body.read()
        while block:
            yield block
            block = body.read()

    def goes_on(environ, start_response):
        yield ""
        yield from made

    def yields_nothing(environ, start_response):
        return
        yield

    return [each for each in locals().values() if callable(each)]


class NobodiesTest(unittest.TestCase):
    def test_what_may_be_a_body(self):
        for function in of(b"one"):
            self.assertFalse(declines.is_none(function), function.__name__)

    def test_what_can_be_none(self):
        held = Head

        def of_the_closure(environ, start_response):
            return held("200 OK", [render(environ)])

        def of_a_module(environ, start_response):
            return collections.OrderedDict(headers=[render(environ)])

        def of_either(environ, start_response):
            if environ:
                return Plain(), render(environ)
            return None

        def texts(environ, start_response):
            for key in sorted(environ):
                yield key, render(environ)
                yield "%s: " % key + environ[key]

        for function in of_the_closure, of_a_module, of_either, texts:
            self.assertTrue(declines.is_none(function), function.__name__)


if __name__ == "__main__":
    unittest.main()
