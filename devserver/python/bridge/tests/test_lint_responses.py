"""What is found of a response that is called as an application, as those of webob and werkzeug are:
what was wrong with what it is made of is not its doing, and the rest is its caller's."""

from __future__ import annotations

import os
import tempfile
import textwrap
import unittest

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
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        with open(os.path.join(folder.name, "responses.py"), "w") as f:
            f.write(textwrap.dedent(_APP))
        plan = {"kind": "module", "module": "responses", "attr": attr, "sys_path": [folder.name]}
        server = Stepping(plan)
        self.addCleanup(server.close)
        server.ready()
        told = []
        for number in range(1, 4):
            server.request(number)
            told.append(server.end(number).blamed)
        self.assertEqual(server.printed, b"")
        self.assertEqual(told, [told[0]] * len(told))
        return told[0]

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

    def test_one_that_was_made_of_nothing(self):
        self.assertEqual(self.blamed("makes"), [(3, "content-type-missing")])


if __name__ == "__main__":
    unittest.main()
