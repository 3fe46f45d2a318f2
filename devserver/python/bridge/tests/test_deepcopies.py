"""Stages that requests copy of what is held: each is no other one in the tree."""

from __future__ import annotations

import copy
import unittest

from _snifter.stages import tree
from _snifter.stages.hooking import swap


def leaf(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"a leaf"]


class Stage:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


class Within(Stage):
    pass


class Copies(Stage):
    """It is made of a copy, and copies that for each request."""

    def __init__(self, app):
        super().__init__(copy.deepcopy(app))

    def __call__(self, environ, start_response):
        return copy.deepcopy(self.app)(environ, start_response)


class Shallow(Stage):
    def __call__(self, environ, start_response):
        copied = copy.copy(self.app)
        copied.environ = environ
        return copied(environ, start_response)


class Twice(Stage):
    def __call__(self, environ, start_response):
        return copy.deepcopy(copy.copy(self.app))(environ, start_response)


class Keeps(Stage):
    def __call__(self, environ, start_response):
        self.copied = copy.deepcopy(self.app)
        return self.copied(environ, start_response)


class Replaces(Stage):
    def __call__(self, environ, start_response):
        self.app = copy.deepcopy(self.app)
        return self.app(environ, start_response)


class Bound(Stage):
    def __call__(self, environ, start_response):
        return copy.deepcopy(self.app.__call__)(environ, start_response)


class OfMany(Stage):
    def __init__(self, app):
        super().__init__(app)
        self.others = {"apps": (app, [app])}

    def __call__(self, environ, start_response):
        return copy.deepcopy(self.others)["apps"][1][0](environ, start_response)


class Makes(Stage):
    """It copies nothing: what it makes is another stage than what it holds."""

    def __call__(self, environ, start_response):
        return Stage(Within(leaf))(environ, start_response)


class Holds(Stage):
    """It holds a copy beside what that is of."""

    def __init__(self, app):
        super().__init__(app)
        self.other = copy.deepcopy(app)

    def __call__(self, environ, start_response):
        app = self.other if environ["PATH_INFO"] == "/other" else self.app
        return app(environ, start_response)


class DeepcopiesTest(unittest.TestCase):
    def names(self, application, *urls):
        rows, notes = tree.find(application, list(urls))
        self.assertEqual(notes, [f"GET {url}: 200 OK" for url in urls])
        self.assertIsNone(swap.hook_of(copy.deepcopy))
        self.assertIsNone(swap.hook_of(copy.copy))
        return [(row["name"].rpartition(".")[2], row["within"]) for row in rows]

    def test_each_stands_where_what_it_is_of_does(self):
        inner = [("Stage", 1), ("Within", 2), ("leaf", 3)]
        for kind in Copies, Shallow, Twice, Keeps, Replaces, Bound, OfMany:
            with self.subTest(kind.__name__):
                application = kind(Stage(Within(leaf)))
                for urls in ["/"], ["/", "/"], ["/", "/", "/a"]:
                    self.assertEqual(self.names(application, *urls), [(kind.__name__, 0), *inner])

    def test_copies_of_copies(self):
        found = self.names(Copies(Keeps(Copies(leaf))), "/", "/")
        self.assertEqual(found, [("Copies", 0), ("Keeps", 1), ("Copies", 2), ("leaf", 3)])

    def test_what_is_no_copy_is_another(self):
        names = [name for name, _ in self.names(Makes(Stage(Within(leaf))), "/")]
        self.assertEqual(sorted(names), ["Makes", "Stage", "Stage", "Within", "Within", "leaf"])

    def test_one_that_is_held_beside_what_it_is_of_is_another(self):
        names = [name for name, _ in self.names(Holds(Stage(leaf)), "/", "/other")]
        self.assertEqual(sorted(names), ["Holds", "Stage", "Stage", "leaf"])


if __name__ == "__main__":
    unittest.main()
