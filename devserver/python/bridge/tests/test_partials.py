"""What is one function or class, and a stage with each application that a partial gives it."""

from __future__ import annotations

import unittest
from functools import partial

from _snifter.stages import tree


def leaf(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"leaf"]


def other(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"other"]


def gate(app, environ, start_response):
    return app(environ, start_response)


def named(environ, start_response, app):
    return app(environ, start_response)


def told(level, app, environ, start_response):
    return app(environ, start_response)


class Gate:
    def __init__(self, app, environ, start_response):
        self.body = app(environ, start_response)

    def __iter__(self):
        return iter(self.body)


class Through:
    def __call__(self, app, environ, start_response):
        return app(environ, start_response)


class Mounts:
    def __init__(self, **parts):
        self.parts = parts

    def __call__(self, environ, start_response):
        return self.parts[environ["PATH_INFO"].strip("/")](environ, start_response)


class PartialsTest(unittest.TestCase):
    def rows(self, application, urls):
        rows, _ = tree.find(application, urls)
        return [(row["within"], row["name"].rpartition(".")[2]) for row in rows]

    def test_each_within_the_next(self):
        one = {
            gate: partial(gate, partial(gate, leaf)),
            named: partial(named, app=partial(named, app=leaf)),
            told: partial(partial(told, 1), partial(told, 2, leaf)),
            Gate: partial(Gate, partial(Gate, leaf)),
            Through: partial(Through(), partial(Through(), leaf)),
        }
        for of, application in one.items():
            name = of.__name__
            for urls in [], ["/"], ["/", "/"]:
                with self.subTest(of=name, urls=urls):
                    self.assertEqual(
                        self.rows(application, urls), [(0, name), (1, name), (2, "leaf")]
                    )
                    self.assertEqual(
                        self.rows(Mounts(**{"": application}), urls),
                        [(0, "Mounts"), (1, name), (2, name), (3, "leaf")],
                    )

    def test_each_with_its_own(self):
        """Whichever of them a request goes through, the others stay where they are."""
        application = Mounts(one=partial(gate, leaf), two=partial(gate, partial(gate, other)))
        expected = [(0, "Mounts"), (1, "gate"), (2, "leaf"), (1, "gate"), (4, "gate"), (5, "other")]
        for urls in [], ["/one"], ["/two"], ["/two", "/one", "/two"]:
            self.assertEqual(self.rows(application, urls), expected, urls)

    def test_what_is_given_the_same_is_one(self):
        application = Mounts(one=partial(gate, leaf), two=partial(gate, leaf))
        for urls in [], ["/one", "/two"]:
            self.assertEqual(
                self.rows(application, urls), [(0, "Mounts"), (1, "gate"), (2, "leaf")]
            )

    def test_made_by_requests(self):
        """They are none of those that are held."""

        def lazy(environ, start_response):
            return partial(gate, app)(environ, start_response)

        app = partial(gate, leaf)
        for urls in ["/"], ["/", "/"]:
            self.assertEqual(
                self.rows(lazy, urls), [(0, "lazy"), (1, "gate"), (2, "gate"), (3, "leaf")]
            )


if __name__ == "__main__":
    unittest.main()
