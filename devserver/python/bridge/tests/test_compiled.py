"""Stages that Cython has compiled, which have no code to swap."""

from __future__ import annotations

import functools
import os
import sys
import tempfile
import types
import unittest
from importlib.machinery import EXTENSION_SUFFIXES
from unittest import mock

from _snifter.stages import names, tree

from . import tracing


class cython_function_or_method:  # noqa: N801
    """What Cython makes of a method, as far as it is looked at."""

    def __init__(self, function):
        self.function = function
        self.__code__ = (lambda self, environ, start_response: None).__code__
        self.__name__, self.__qualname__ = "__call__", "App.__call__"

    def __call__(self, *args):
        return self.function(*args)

    def __get__(self, value, kind=None):
        return self if value is None else functools.partial(self.function, value)


class CompiledTest(unittest.TestCase):
    def test_by_its_class(self):
        class App:
            def __init__(self, app):
                self.app = app

            @cython_function_or_method
            def __call__(self, *two):
                return self.app(*two)

        def inner(environ, start_response):
            start_response("200 OK", [])
            return [b""]

        application = App(App(inner))
        rows, _ = tree.find(application, [])
        self.assertEqual([row["name"].rpartition(".")[2] for row in rows], ["App", "App", "inner"])
        with tracing.traced() as tracer:
            tracing.ask(application)
        self.assertEqual([n.rpartition(".")[2] for n in tracer.names()], ["App", "App", "inner"])
        # Where it was written, and not where its __call__ was wrapped.
        self.assertEqual({row["file"] for row in rows}, {__file__})

    def test_functions_are_named_as_they_are(self):
        """Compiled ones, which are never hooked, as the outermost stage."""
        row = tree.find(cython_function_or_method(None), [])[0][0]
        self.assertEqual((row["name"], row["file"]), (f"{__name__}.App.__call__", __file__))
        self.assertEqual(tree.find(print, [])[0][0]["name"], "builtins.print")

    def test_places_in_what_was_compiled(self):
        """The source lies beside the compiled file, or nowhere."""
        function = cython_function_or_method(None)
        with tempfile.TemporaryDirectory() as folder:
            source = os.path.join(folder, os.path.basename(__file__))
            module = types.ModuleType(__name__)
            module.__file__ = os.path.join(folder, "test_stages" + EXTENSION_SUFFIXES[0])
            with mock.patch.dict(sys.modules, {__name__: module}):
                self.assertEqual(names.place(function), (module.__file__, 0))
                with open(source, "w", encoding="utf-8"):
                    pass
                line = function.__code__.co_firstlineno
                self.assertEqual(names.place(function), (source, line))


if __name__ == "__main__":
    unittest.main()
