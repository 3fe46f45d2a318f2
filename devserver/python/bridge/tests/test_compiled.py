"""Stages that Cython has compiled, which have no code to swap."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
import types
import unittest
from importlib.machinery import EXTENSION_SUFFIXES
from unittest import mock

from _snifter.stages import names, tree
from _snifter.stages.finding import holders
from _snifter.stages.finding.scan import Scanner
from _snifter.stages.frameworks import falcon, layerhooks, layers
from _snifter.stages.hooking import swap

from . import tracing


class cython_function_or_method:  # noqa: N801
    """What Cython makes of a method, as far as it is looked at."""

    def __init__(self, function):
        self.function = function
        self.__code__ = (lambda self, environ, start_response: None).__code__
        self.__name__, self.__qualname__ = "__call__", "App.__call__"

    def __call__(self, *args, **kwargs):
        return self.function(*args, **kwargs)

    def __get__(self, value, kind=None):
        return self if value is None else types.MethodType(self, value)


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

    def test_held_by_another_name(self):
        """It is one still once its class has got what stands in the place of its __call__."""

        class App:
            def __init__(self, held):
                self.held = held

            @cython_function_or_method
            def __call__(self, environ, start_response):
                pass

        class Table:
            def __init__(self, held):
                self.items = {"first": [held]}

            def __call__(self, environ, start_response):
                return self.items["first"][0](environ, start_response)

        rows, _ = tree.find(Table(App([App(None)])), [])
        names = [row["name"].rpartition(".")[2] for row in rows]
        self.assertEqual(names, ["Table", "App", "App"])

    def test_within_another(self):
        """Its hook is the one that its class got, and no other compiled method becomes a stage."""

        class App:
            @cython_function_or_method
            def __call__(self, environ, start_response):
                pass

        class Other:
            @cython_function_or_method
            def process(self, environ, start_response):
                pass

        def application(environ, start_response):
            return app(environ, start_response)

        app = App()
        layers.method(Other(), "process", "falcon", "process_request")
        scanner = Scanner()
        scanner.scan()
        self.assertIn(App.__call__, holders.functions(application))
        scanner.hook(holders.functions(application))
        for function in App.__call__, Other.process:
            self.assertIsNone(swap.hook_of(function))

    def test_what_a_framework_is_given_later(self):
        """A compiled method is looked at as any other, however it is called, and only once."""

        class Framework:
            @cython_function_or_method
            def add(*args, **kwargs):
                added.append((args[1:], kwargs))
                if "fails" in kwargs:
                    raise KeyError("it fails")
                return len(added)

        def application(environ, start_response):
            start_response("200 OK", [])
            made = Framework()
            returned.append(made.add("/", start_response=2, more=3))
            returned.append(Framework.add(made, "/two"))
            try:
                made.add(fails=True)
            except KeyError as error:
                files.extend(f.filename for f in traceback.extract_tb(error.__traceback__))
            return []

        added, given, returned, files = [], [], [], []
        for _ in range(2):
            layers.watch(Framework, "add", layerhooks.ArgumentsHook(given.append))
        Framework().add("before any request is served")
        with tracing.traced():
            self.assertIsNone(tracing.ask(application)[2])
        self.assertEqual(given[0][1:], ("/", 2))
        self.assertEqual([args[1:] for args in given[1:]], [("/two",), ()])
        self.assertEqual(added[1], (("/",), {"start_response": 2, "more": 3}))
        self.assertEqual((returned, set(files)), ([2, 3], {__file__}))

    def test_layers(self):
        """A compiled method is one as any other: it is hooked once, in the class that has it."""

        class Base:
            @cython_function_or_method
            def process(self, *args, **kwargs):
                return self, args, kwargs

        class Route(Base):
            __call__ = cython_function_or_method(lambda self, *args: args)

        def application(environ, start_response):
            start_response("200 OK", [])
            returned.append(route.process(1, two=2))
            returned.append(route(3))
            return []

        route, returned = Route(), []
        for _ in range(2):
            layer = layers.method(route, "process", "falcon", "process")
            called = layers.callee(route, "falcon", "static_route")
        self.assertNotIn("process", vars(Route))
        self.assertEqual(layer.stage.name.rpartition(".<locals>.")[2], "Route.process")
        self.assertEqual((layer.stage.file, called.stage.file), (__file__, __file__))
        self.assertEqual(layer.stage.line, cython_function_or_method(None).__code__.co_firstlineno)
        with tracing.traced() as tracer:
            self.assertIsNone(tracing.ask(application)[2])
        self.assertEqual(returned, [(route, (1,), {"two": 2}), (3,)])
        self.assertTrue({layer.stage, called.stage} <= set(layers.known()))
        self.assertEqual(
            [call.stage.role for call in tracer.calls()], ["", "process", "static_route"]
        )

    def test_middlewares_that_falcon_has_bound_before(self):
        class Middleware:
            @cython_function_or_method
            def process_request(self, request, response):
                seen.append(request)

            def process_response(self, *args):
                seen.append(args[0])

        def application(environ, start_response):
            start_response("200 OK", [])
            for method in app._middleware[0][0]:
                method("request", "response", *more)
            return []

        seen, more, middleware = [], (), Middleware()
        bound = (middleware.process_request,)
        app = types.SimpleNamespace(_unprepared_middleware=[middleware])
        app._middleware = ([bound, (middleware.process_response,)], ())
        found = falcon.inside(app).layers
        self.assertEqual(
            [each.stage.role for each in found], ["process_request", "process_response"]
        )
        self.assertIs(app._middleware[0][1][0].__func__, Middleware.process_response)
        with tracing.traced() as tracer:
            self.assertIsNone(tracing.ask(application)[2])
        self.assertEqual(seen, ["request"])
        self.assertEqual([call.stage.role for call in tracer.calls()], ["", "process_request"])
        kept = app._middleware
        falcon.inside(app)
        self.assertIs(app._middleware, kept)

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

    def test_classes_that_have_functions_of_other_modules(self):
        """As Falcon's application has its default responders."""
        other = cython_function_or_method(None)
        other.__module__ = "another"
        other.__code__ = names.place_of_code.__code__
        own = cython_function_or_method(None)
        own.__module__ = __name__
        with tempfile.TemporaryDirectory() as folder:
            for code in other.__code__, own.__code__:
                path = os.path.join(folder, os.path.basename(code.co_filename))
                with open(path, "w", encoding="utf-8") as file:
                    file.write("class Kind:\n")
            module = types.ModuleType(__name__)
            module.__file__ = os.path.join(folder, "test_compiled" + EXTENSION_SUFFIXES[0])
            kind = type("Kind", (), {"default": other, "__call__": own, "__module__": __name__})
            with mock.patch.dict(sys.modules, {__name__: module}):
                self.assertEqual(names.place(kind), (path, 1))


if __name__ == "__main__":
    unittest.main()
