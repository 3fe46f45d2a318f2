"""Layers of frameworks that are generator functions."""

from __future__ import annotations

import inspect
import traceback
import unittest

from _snifter.stages.frameworks import layers

from .tracing import Recording, ask, traced


class LazyTest(unittest.TestCase):
    def told(self, function, use):
        """What comes of it, and what was told of it, the WSGI stage around left out."""
        layers.function(function, "test", "view")
        found = []

        def app(environ, start_response):
            found.append(use(function))
            start_response("200 OK", [])
            return [b""]

        with traced(Recording()) as tracer:
            _, _, error = ask(app)
        if error is not None:
            raise error
        story = [told[1:] for told in tracer.story() if told[0] == function.__name__]
        return found[0], story

    def test_the_first_step_is_its_call(self):
        steps = []

        def view():
            steps.append("first")
            yield b"a"
            steps.append("second")
            yield b"b"

        def use(function):
            made = function()
            self.assertTrue(inspect.isgenerator(made))
            self.assertEqual(steps, [])
            return list(made)

        self.assertTrue(inspect.isgeneratorfunction(view))
        found, story = self.told(view, use)
        self.assertTrue(inspect.isgeneratorfunction(view))
        self.assertEqual(found, [b"a", b"b"])
        self.assertEqual(steps, ["first", "second"])
        self.assertEqual(story, [("enter",), ("exit",)])

    def test_what_fails_in_its_first_step(self):
        def view():
            raise KeyError("here")
            yield

        def use(function):
            try:
                next(function())
            except KeyError as error:
                return [frame.name for frame in traceback.extract_tb(error.__traceback__)]

        names, story = self.told(view, use)
        self.assertEqual(names, ["use", "view"])
        self.assertEqual(story, [("enter",), ("exception", "call", "KeyError")])

    def test_what_fails_later(self):
        def view():
            yield b"a"
            raise KeyError("here")

        def use(function):
            try:
                return list(function())
            except KeyError as error:
                return [frame.name for frame in traceback.extract_tb(error.__traceback__)]

        names, story = self.told(view, use)
        self.assertEqual(names, ["use", "view"])
        self.assertEqual(story, [("enter",), ("exit",)])

    def test_one_that_gives_nothing(self):
        def view():
            return "all"
            yield

        def use(function):
            try:
                return next(function())
            except StopIteration as end:
                return end.value

        found, story = self.told(view, use)
        self.assertEqual(found, "all")
        self.assertEqual(story, [("enter",), ("exit",)])

    def test_what_it_is_sent(self):
        def view():
            got = yield "first"
            try:
                yield got
            except KeyError as error:
                try:
                    yield error.args[0]
                finally:
                    closed.append(True)

        closed = []

        def use(function):
            made = function()
            found = [next(made), made.send("sent"), made.throw(KeyError("thrown"))]
            made.close()
            return found

        found, _ = self.told(view, use)
        self.assertEqual(found, ["first", "sent", "thrown"])
        self.assertEqual(closed, [True])


if __name__ == "__main__":
    unittest.main()
