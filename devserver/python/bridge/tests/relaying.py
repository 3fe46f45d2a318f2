"""Stages that relay the body of a generator, and what is found of them."""

from __future__ import annotations

from . import cost
from .linked import LinkedTest, findings, run

PLAIN = ("Content-Type", "text/plain")


def application(*headers, blocks=(b"one", b"two", b"three"), status="200 OK", early=()):
    def generator(environ, start_response):
        yield from early
        start_response(status, [*headers])
        yield from blocks

    return generator


def lists(environ, start_response):
    start_response("200 OK", [PLAIN])
    return [b"one", b"two"]


class Middleware:
    def __init__(self, app):
        self.app = app


class Rightly(cost.relaying):
    pass


class Returns(Middleware):
    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


class RelayingCase(LinkedTest):
    def findings(self, app, requests=1):
        link = self.link(app)
        for number in range(requests):
            link.out.clear()
            run(link, number)
        return findings(link)

    def check(self, expectations):
        """Each stage, and what it has within it, is within one that relays what it gets rightly."""
        for make, app, expected in expectations:
            with self.subTest(make.__name__, expected=expected):
                self.assertEqual(self.findings(Rightly(make(app))), expected)
