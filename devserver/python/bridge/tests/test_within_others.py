"""What stands within another stage since it is given to that, as it is called with the two."""

from __future__ import annotations

import unittest

from _snifter.stages import tree
from _snifter.stages.finding.scan import Scanner

from .tracing import row_names


def leaf(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"leaf"]


def run(a, environ, start_response):
    return a(environ, start_response)


def respond(text, environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [text.encode()]


class Keeps:
    def __init__(self, app, environ, start_response):
        self.body = app(environ, start_response)

    def __iter__(self):
        return iter(self.body)


class ByPlace:
    def __init__(self, app, environ, start_response):
        self.blocks = list(app(environ, start_response))

    def __len__(self):
        return len(self.blocks)

    def __getitem__(self, at):
        return self.blocks[at]


class Context:
    """It remembers a request, and is no body."""

    def __init__(self, app, environ, start_response):
        self.app, self.two = app, (environ, start_response)

    def __len__(self):
        return len(self.two)

    def __getitem__(self, at):
        return self.two[at]

    def go_on(self):
        return self.app(*self.two)


def by_class(inmost):
    def with_class(environ, start_response):
        return Keeps(inmost, environ, start_response)

    return with_class


def by_function(inmost):
    def with_function(environ, start_response):
        return run(inmost, environ, start_response)

    return with_function


class ByAttribute:
    kind = ByPlace

    def __init__(self, within):
        self.within = within

    def __call__(self, environ, start_response):
        return self.kind(self.within, environ, start_response)


def by_text(environ, start_response):
    return respond("leaf", environ, start_response)


class Runs:
    """A function of its own is no other stage."""

    def __init__(self, app):
        self.app = app

    @staticmethod
    def run(app, environ, start_response):
        return app(environ, start_response)

    def __call__(self, environ, start_response):
        return self.run(self.app, environ, start_response)


def by_context(environ, start_response):
    return Context(leaf, environ, start_response).go_on()


def again(app, environ, start_response):
    if environ["PATH_INFO"] == "/again":
        environ["PATH_INFO"] = "/"
        return again(app, environ, start_response)
    return app(environ, start_response)


def by_recursion(environ, start_response):
    return again(leaf, environ, start_response)


#: Made before anything is hooked, as applications are.
APPLICATIONS = {
    by_class(leaf): ["with_class", "Keeps", "leaf"],
    by_function(leaf): ["with_function", "run", "leaf"],
    ByAttribute(leaf): ["ByAttribute", "ByPlace", "leaf"],
    by_text: ["by_text", "respond"],
    by_class(by_class(leaf)): ["with_class", "Keeps", "with_class", "Keeps", "leaf"],
    by_function(by_class(leaf)): ["with_function", "run", "with_class", "Keeps", "leaf"],
    Runs(by_function(leaf)): ["Runs", "with_function", "run", "leaf"],
    by_context: ["by_context", "leaf"],
    by_recursion: ["by_recursion", "again", "leaf"],
}


class WithinOthersTest(unittest.TestCase):
    def test_each(self):
        Scanner().scan()  # as it is before a request
        for application, expected in APPLICATIONS.items():
            for urls in [], ["/"], ["/", "/"]:
                rows, _ = tree.find(application, urls)
                found = [name.rpartition(".")[2] for name in row_names(rows)]
                self.assertEqual(found, expected, urls)
                self.assertEqual([row["within"] for row in rows], [*range(len(rows))], urls)


if __name__ == "__main__":
    unittest.main()
