"""Each stage has the time that it has spent, in stacks of all kinds of stages, made at random."""

from __future__ import annotations

import random
import unittest
from collections import Counter

from .timing import Timed


class SharesTest(Timed):
    def make(self, seed):
        self.spending = Counter()
        self.random = random.Random(seed)
        depth = self.random.randint(2, 5)
        app = self.random.choice([self.leaf, self.lazy_leaf])(depth + 1)
        for index in range(depth, 0, -1):
            made = (self.passing, self.relaying, self.collecting, self.iterating, self.eager)
            app = self.random.choice(made)(index, app)
        return app

    def spend(self, index):
        took = self.random.choice([1, 3, 10, 50])
        self.now += took
        self.spending[index] += took

    def leaf(self, index):
        def leaf(environ, start_response):
            self.spend(index)
            start_response("200 OK", [("Content-Type", "text/plain")])
            self.spend(index)
            return [b"a", b"b"]

        return leaf

    def lazy_leaf(self, index):
        def leaf(environ, start_response):
            self.spend(index)
            start_response("200 OK", [("Content-Type", "text/plain")])
            for block in b"a", b"b":
                self.spend(index)
                yield block

        return leaf

    def starting(self, index):
        """What makes the start_response that the stage within is given."""
        if self.random.random() < 0.4:
            return lambda start_response: start_response

        def starts(start_response):
            def begin(status, headers, exc_info=None):
                self.spend(index)
                write = start_response(status, headers)
                self.spend(index)
                return write

            return begin

        return starts

    def passing(self, index, app):
        starts = self.starting(index)

        def passes(environ, start_response):
            self.spend(index)
            body = app(environ, starts(start_response))
            self.spend(index)
            return body

        return passes

    def relaying(self, index, app):
        starts = self.starting(index)

        def relays(environ, start_response):
            self.spend(index)
            body = app(environ, starts(start_response))
            for block in body:
                self.spend(index)
                yield block
            getattr(body, "close", list)()

        return relays

    def collecting(self, index, app):
        starts = self.starting(index)

        def collects(environ, start_response):
            self.spend(index)
            body = app(environ, starts(start_response))
            blocks = list(body)
            getattr(body, "close", list)()
            self.spend(index)
            return blocks

        return collects

    def iterating(self, index, app):
        starts = self.starting(index)
        shares = self

        class Body:
            def __init__(self, body):
                self.body, self.blocks = body, iter(body)

            def __iter__(self):
                return self

            def __next__(self):
                shares.spend(index)
                return next(self.blocks)

            def close(self):
                shares.spend(index)
                getattr(self.body, "close", list)()

        def iterates(environ, start_response):
            self.spend(index)
            return Body(app(environ, starts(start_response)))

        return iterates

    def eager(self, index, app):
        """It takes the first block at once, and the others as they are asked for."""
        starts = self.starting(index)

        def takes(environ, start_response):
            self.spend(index)
            blocks = iter(app(environ, starts(start_response)))
            first = next(blocks, b"")
            self.spend(index)

            def rest():
                self.spend(index)
                yield first
                yield from blocks

            return rest()

        return takes

    def test_whose_it_is(self):
        for seed in range(12):
            with self.subTest(seed):
                own = self.own(self.make(seed))
                self.assertEqual(own, self.spending)


if __name__ == "__main__":
    unittest.main()
