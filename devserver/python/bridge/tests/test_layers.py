"""The layers of a framework, beside the stages that they lie in."""

from __future__ import annotations

import asyncio
import functools
import inspect
import unittest

from _snifter.stages import layers, swap
from _snifter.stages.names import Stage

from . import tracing


class LayersTest(unittest.TestCase):
    def test_functions_of_a_framework(self):
        async def asynchronous(request):
            return await inner(request)

        async def inner(request):
            return request + "!"

        def view(request):
            return asyncio.run(asynchronous(request))

        class Middleware:
            def process(self, request):
                return view(request)

        def application(environ, start_response):
            start_response("200 OK", [])
            return [Middleware().process("hello").encode()]

        for function in (asynchronous, inner, view):
            layer = layers.function(function, "test", "view")
            self.assertEqual(layer.stage.role, "view")
        layers.method(Middleware(), "process", "test", "process")
        self.assertEqual(view("untraced"), "untraced!")
        self.assertTrue(inspect.iscoroutinefunction(asynchronous))
        with tracing.traced() as tracer:
            self.assertEqual(tracing.ask(application)[1], [b"hello!"])
            view("outside of any request")
        self.assertEqual(
            [
                (kind, call.stage.name.rpartition(".")[2], call.depth)
                for kind, call, _ in tracer.events
                if kind in ("enter", "exit") and call.environ is None
            ],
            [
                ("enter", "process", 1),
                ("enter", "view", 2),
                ("enter", "asynchronous", 3),
                ("enter", "inner", 4),
                ("exit", "inner", 4),
                ("exit", "asynchronous", 3),
                ("exit", "view", 2),
                ("exit", "process", 1),
            ],
        )

    def test_decorated_functions_bear_their_own_name(self):
        def decorator(function):
            @functools.wraps(function)
            def wrapper(*args):
                return function(*args)

            return wrapper

        @decorator
        def view():
            pass

        stage = layers.function(view, "test", "view").stage
        self.assertTrue(stage.name.endswith("<locals>.view"))
        self.assertEqual(stage.line, swap.original_code(view.__wrapped__).co_firstlineno)
        self.assertIsInstance(stage, Stage)


if __name__ == "__main__":
    unittest.main()
