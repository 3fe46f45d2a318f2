"""What is found of a response that is called as an application, as those of webob and werkzeug are:
what was wrong with what it is made of is not its doing, and the rest is its caller's."""

from __future__ import annotations

import os
import tempfile
import textwrap
import unittest
from itertools import product

from .stepping import Stepping

_APP = """
    TYPED = [("Content-Type", "text/plain")]

    def answers(status="200 OK", *headers, body=b"body"):
        def answer(environ, start_response):
            start_response(status, list(headers))
            return [body]
        return answer

    class Response:
        def __init__(self, status, headers, body):
            self.status, self.headers, self.body = status, headers, body

        def __call__(self, environ, start_response):
            start_response(self.status, self.headers)
            return self.body

    class Stage:
        def __init__(self, app):
            self.app = app

        def __call__(self, environ, start_response):
            return self.app(environ, start_response)

    class Remakes(Stage):
        def __init__(self, app, *more, without=()):
            self.app, self.more, self.without = app, [*more], without

        def __call__(self, environ, start_response):
            got = []
            body = self.app(environ, lambda *given: got.append(given))
            status, headers = got[0]
            kept = [pair for pair in headers if pair[0] not in self.without]
            response = Response(status, kept + self.more, [*body])
            return response(environ, start_response)

    class Relengthens(Stage):
        # Has a response with another length made of what it got, by the response or by itself; or
        # one of its own, where what is within it fails.
        def __init__(self, app, body, length, responds):
            self.app, self.body, self.responds = app, body, responds
            self.headers = [*TYPED, ("Content-Length", length)]

        def __call__(self, environ, start_response):
            try:
                got = self.app(environ, lambda *given: None)
            except ValueError:
                got = [b"body"]
            body = self.body(got)
            if self.responds:
                return Response("200 OK", self.headers, body)(environ, start_response)
            start_response("200 OK", self.headers)
            return body

    def fails(environ, start_response):
        raise ValueError

    def begins(environ, start_response):
        start_response("200 OK", TYPED)
        raise ValueError

    def generates(environ, start_response):
        start_response("200 OK", TYPED)
        yield b"body"

    def whole(got):
        blocks = [*got]
        getattr(got, "close", int)()
        return blocks

    def blocks(got):
        yield b"body"
        getattr(got, "close", int)()

    class Closing:
        def __init__(self, got):
            self.got = got

        def __iter__(self):
            return iter(self.got)

        def close(self):
            getattr(self.got, "close", int)()

    def same(got):
        return got

    def replaced(got):
        getattr(got, "close", int)()
        return [b"BODY"]

    APPS = {"list": answers("200 OK", *TYPED), "generator": generates}
    FAILING = {"before": fails, "after": begins}
    BODIES = {each.__name__: each for each in (same, whole, blocks, Closing, replaced)}
    LENGTHS = {"short": "9", "exceeded": "2"}

    class Relengthened:
        def __init__(self):
            self.made = {
                f"/{told}/{name}/{kind}/{responds}": Relengthens(app, body, length, responds)
                for told, length in LENGTHS.items()
                for name, body in BODIES.items()
                for kind, app in {**APPS, **FAILING}.items()
                for responds in (True, False)
            }

        def __call__(self, environ, start_response):
            return self.made[environ["PATH_INFO"]](environ, start_response)

    relengthened = Relengthened()

    class Late(Stage):
        # Calls a response once its request is over.
        last = None

        def __call__(self, environ, start_response):
            try:
                self.last and self.last()
            except AssertionError:
                pass
            body = self.app(environ, start_response)
            response = Response("200 OK", [], [b"body"])
            self.last = lambda: response(environ, start_response)
            return body

    late = Stage(Late(answers("200 OK", *TYPED)))

    class Makes(Stage):
        def __call__(self, environ, start_response):
            return Response("200 OK", [("X-A", "1")], [b"body"])(environ, start_response)

    def remade(*args, **named):
        return Stage(Remakes(Stage(answers(*args, **named)), ("X-A", "1")))

    untyped = remade()
    bodied = remade("204 No Content")
    short = remade("200 OK", *TYPED, ("Content-Length", "9"))
    exceeded = remade("200 OK", *TYPED, ("Content-Length", "2"))
    text = remade("200 OK", *TYPED, body="body")
    untypes = Stage(Remakes(answers("200 OK", *TYPED), without="Content-Type"))
    adds = Stage(Remakes(answers("200 OK", *TYPED), ("Connection", "close")))
    makes = Stage(Makes(None))
"""


class ResponsesTest(unittest.TestCase):
    def blamed(self, attr):
        """The findings of several requests, which are alike."""
        return self.asked(self.serve(attr))

    def asked(self, server, **changes):
        told = []
        for _ in range(3):
            number = len(server.answers) + 1
            server.request(number, **changes)
            told.append(server.end(number).blamed)
        self.assertEqual(server.printed, b"")
        self.assertEqual(told, [told[0]] * len(told))
        return told[0]

    def serve(self, attr):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        with open(os.path.join(folder.name, "responses.py"), "w") as f:
            f.write(textwrap.dedent(_APP))
        plan = {"kind": "module", "module": "responses", "attr": attr, "sys_path": [folder.name]}
        server = Stepping(plan)
        self.addCleanup(server.close)
        server.ready()
        return server

    def test_what_it_was_made_of(self):
        """By the stages: the outermost, who makes the response of what it gets, one more, which
        passes on, who has answered so, and the response."""
        for attr, rule in (
            ("untyped", "content-type-missing"),
            ("bodied", "body-not-allowed"),
            ("short", "content-length-short"),
            ("exceeded", "content-length-exceeded"),
            ("text", "block-not-bytes"),
        ):
            with self.subTest(attr):
                self.assertEqual([each for each in self.blamed(attr) if each[0] != 1], [(4, rule)])

    def test_what_was_made_of_it(self):
        for attr, rule in ("untypes", "content-type-missing"), ("adds", "hop-by-hop-header"):
            with self.subTest(attr):
                self.assertEqual(self.blamed(attr), [(2, rule)])

    def test_another_length(self):
        """By whomever the response is made, whatever it is made of: the stage has set that. Where
        it had got none, it is the response's. Where nothing is sent, it is nobody's."""
        server = self.serve("relengthened")
        for told, body, kind, responds in product(
            ("short", "exceeded"),
            ("same", "whole", "blocks", "Closing", "replaced"),
            ("list", "generator", "before", "after"),
            (True, False),
        ):
            path = f"/{told}/{body}/{kind}/{responds}"
            has_got = kind in {"list", "generator"}
            by = 2 if has_got or not responds else 4
            with self.subTest(path):
                found = self.asked(server, PATH_INFO=path)
                self.assertEqual(found, [(by, f"content-length-{told}")])
                found = self.asked(server, PATH_INFO=path, REQUEST_METHOD="HEAD")
                self.assertEqual(found, [])

    def test_one_that_is_called_when_all_is_over(self):
        server = self.serve("late")
        for number in 1, 2, 3:
            server.request(number)
            self.assertEqual(server.end(number).body, b"body")
        self.assertEqual(server.printed, b"")

    def test_one_that_was_made_of_nothing(self):
        self.assertEqual(self.blamed("makes"), [(3, "content-type-missing")])


if __name__ == "__main__":
    unittest.main()
