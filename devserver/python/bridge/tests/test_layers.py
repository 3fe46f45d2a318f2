"""The layers of a framework, beside the stages that they lie in."""

from __future__ import annotations

import asyncio
import functools
import gc
import inspect
import itertools
import operator
import sys
import types
import unittest
import weakref
from unittest import mock

from _snifter.stages.finding.suspects import SuspectHook
from _snifter.stages.frameworks import layerhooks, layers, rest
from _snifter.stages.hooking import swap
from _snifter.stages.names import Stage
from _snifter.stages.reading import proxies
from _snifter.stages.running import fresh

from . import tracing, wrapping


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
        known = [stage.name.rpartition(".")[2] for stage in layers.known()]
        for name in "asynchronous", "inner", "view", "process":
            self.assertIn(name, known)
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

    def test_applications_that_requests_make(self):
        """Each is looked at once, when it is entered, and not while it is made."""

        class Site:
            def __init__(self):
                self.views = []

            def __call__(self, environ, start_response):
                told.append("called")
                start_response("200 OK", [])
                return []

        class Shop(Site):
            pass

        def application(environ, start_response):
            site = Shop()
            makes.append(site)
            waiting.append(fresh.is_waiting(site))
            body = site(environ, start_response)
            waiting.append(fresh.waits(Shop))
            return body

        told, makes, waiting, looked = [], [], [], []

        def look(site):
            looked.append(site)
            told.append("looked")

        fresh.watch((Site,), look)
        Site()
        with tracing.traced() as tracer:
            Site()
            for _ in range(2):
                self.assertIsNone(tracing.ask(application)[2])
        self.assertEqual(told, ["looked", "called"] * 2)
        self.assertTrue(len(looked) == 2 and all(map(operator.is_, looked, makes)))
        self.assertEqual(waiting, [True, False] * 2)
        entered = [name.rpartition(".")[2] for name in tracer.names()]
        self.assertEqual(entered, ["application", "Shop"] * 2)
        with mock.patch.object(fresh, "_noted", fresh._MOST), tracing.traced():
            tracing.ask(application)
        self.assertEqual(len(looked), 2)

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

    def test_callables_of_every_kind(self):
        class Kind:
            def method(self):
                pass

            @classmethod
            def made(cls):
                pass

            def __call__(self):
                pass

        def function():
            pass

        expected = {
            "function": function,
            "Kind.method": functools.partial(Kind().method),
            "Kind.made": Kind.made,
            "Kind": Kind(),
        }
        for name, value in expected.items():
            stage = layers.callee(value, "test", "view").stage
            self.assertEqual(stage.name.rpartition("<locals>.")[2], name)
        for value in (Kind, len, None):
            self.assertIsNone(layers.callee(value, "test", "view"))

    def test_what_stands_for_a_function_is_that_functions_layer(self):
        """As an agent that watches an application leaves its views, hooks and middlewares."""
        wrapped = functools.partial(wrapping.Wrapper, wrapper=wrapping.passes)

        def view():
            pass

        @functools.lru_cache(maxsize=None)
        def cached():
            pass

        @functools.wraps(wrapped(view))
        def decorated():
            pass

        class Kind:
            @wrapped
            def method(self):
                pass

        expected = {
            "view": wrapped(functools.partial(wrapped(view))),
            "cached": cached,
            "Kind.method": Kind().method,
        }
        for name, value in expected.items():
            stage = layers.callee(value, "test", "view").stage
            self.assertEqual(stage.name.rpartition("<locals>.")[2], name)
            self.assertEqual(stage.file, __file__)
        stage = layers.method(Kind(), "method", "test", "method").stage
        self.assertEqual(stage.name.rpartition("<locals>.")[2], "Kind.method")
        self.assertEqual(stage.line, vars(Kind)["method"].__wrapped__.__code__.co_firstlineno)
        self.assertIs(layerhooks.written(decorated), view)

        class _Mangled:
            def __method(self):
                pass

            def bound(self):
                return self.__method

        class Further(_Mangled):
            pass

        stage = layers.callee(Further().bound(), "test", "hook").stage
        method = vars(_Mangled)["_Mangled__method"]
        self.assertEqual(stage.line, swap.original_code(method).co_firstlineno)

        class Kept:
            def __init__(self, wrapped):
                functools.update_wrapper(self, wrapped)

        @functools.wraps(Kept(view))
        def calls_what_is_kept():
            pass

        self.assertIs(layerhooks.written(calls_what_is_kept), view)
        looked = []
        kind = type("Framework", (), {"add": wrapped(lambda self: looked.append("run"))})
        layers.watch(kind, "add", layerhooks.ArgumentsHook(looked.append))
        with tracing.traced():
            kind().add()
        self.assertEqual(looked[1:], ["run"])
        # Nothing is asked of what does not know yet what it stands for, and a class of the user's
        # is a layer of its own.
        lazy = wrapping.Lazy()
        self.assertIs(proxies.behind(lazy), lazy)

        class Own:
            def __init__(self, wrapped):
                functools.update_wrapper(self, wrapped)

            def __call__(self):
                pass

        own = Own(lambda: None)
        self.assertIs(proxies.behind(own), own)
        self.assertIs(proxies.named_after(own), None)

    def test_a_layer_is_one_however_often_it_is_hooked(self):
        """A function is one within its decorator, and so is a method that calls its base's."""

        def decorator(function):
            @functools.wraps(function)
            def wrapper():
                return function()

            return wrapper

        def view():
            return "hello"

        class Base:
            def process(self):
                return view()

        class Derived(Base):
            def process(self):
                return super().process()

        decorated = decorator(view)
        for function in (view, decorated):
            layers.function(function, "test", "view")
        for value in (Base(), Derived()):
            layers.method(value, "process", "test", "process")

        def application(environ, start_response):
            start_response("200 OK", [])
            return [(decorated() + Derived().process()).encode()]

        with tracing.traced() as tracer:
            self.assertEqual(tracing.ask(application)[1], [b"hellohello"])
        self.assertEqual(
            [name.rpartition("<locals>.")[2] for name in tracer.names()],
            ["application", "view", "Derived.process", "view"],
        )

    def test_what_looks_like_an_application_is_a_layer_all_the_same(self):
        def inner(request, number):
            return f"{request} {number}"

        def view(request, number):
            return inner(request, number)

        def application(environ, start_response):
            start_response("200 OK", [])
            return [view("hello", 1).encode()]

        with tracing.traced() as tracer:
            self.assertIs(type(swap.hook_of(view)), SuspectHook)
            layers.function(view, "test", "view")
            self.assertEqual(tracing.ask(application)[1], [b"hello 1"])
        self.assertEqual([call.stage.kind for call in tracer.calls()], ["wsgi", "test"])

    def test_functions_that_requests_make_are_one_stage_and_not_kept(self):
        def make():
            def last(response):
                return response

            layers.made(last, "test", "after")
            return last

        def application(environ, start_response):
            start_response("200 OK", [])
            return [make()(b"hello")]

        with tracing.traced() as tracer:
            for _ in range(2):
                self.assertEqual(tracing.ask(application)[1], [b"hello"])
        self.assertEqual(len({call.stage for call in tracer.calls() if call.stage.role}), 1)
        kept = weakref.ref(make())
        gc.collect()
        self.assertIsNone(kept())

    def test_defs_that_requests_make_are_not_kept_without_end(self):
        def application(environ, start_response):
            start_response("200 OK", [])
            made = {}
            exec("def last(response):\n    return response", made)
            layers.made(made["last"], "test", "after")
            return [made["last"](b"hello")]

        with mock.patch.object(layers, "_MOST_LATE", 2), mock.patch.object(
            layers, "_late", itertools.count()
        ), tracing.traced() as tracer:
            for _ in range(4):
                self.assertEqual(tracing.ask(application)[1], [b"hello"])
        self.assertEqual(sum(call.stage.role == "after" for call in tracer.calls()), 2)

    def test_what_a_project_of_rest_framework_has_not_loaded(self):
        class Base:
            def has_permission(self, request, view):
                return True

        class Derived(Base):
            def has_permission(self, request, view):
                return False

        loaded = {
            "rest_framework.views": types.SimpleNamespace(APIView=type("APIView", (), {})),
            "rest_framework.permissions": types.SimpleNamespace(BasePermission=Base),
        }
        with mock.patch.dict(sys.modules, loaded):
            rest.watch()
        for kind in Base, Derived:
            self.assertEqual(type(swap.hook_of(kind.has_permission)), layerhooks.LayerHook)

    def test_what_is_called_in_one_request_is_a_layer_of_any_kind(self):
        class After:
            def method(self, response):
                return response

            def __call__(self, response):
                return response

        def application(environ, start_response):
            start_response("200 OK", [])
            for value in (After(), After().method, functools.partial(lambda response: response)):
                layers.once(value, "test", "after")
                value(b"")
            for value in (After, len, None):
                layers.once(value, "test", "after")
            return []

        with tracing.traced() as tracer:
            tracing.ask(application)
        self.assertEqual(
            [name.rpartition("<locals>.")[2] for name in tracer.names()],
            ["application", "After", "After.method", "<lambda>"],
        )

    def test_what_requests_make_is_not_hooked_without_end(self):
        def make():
            def view():
                return b"hello"

            return view

        def application(environ, start_response):
            start_response("200 OK", [])
            view = make()
            layers.callee(view, "test", "view")
            kept.append(weakref.ref(view))
            return [view()]

        kept = []
        with mock.patch.object(layers, "_MOST_LATE", 2), mock.patch.object(
            layers, "_late", itertools.count()
        ), tracing.traced() as tracer:
            for _ in range(4):
                self.assertEqual(tracing.ask(application)[1], [b"hello"])
        self.assertEqual(sum(call.stage.role == "view" for call in tracer.calls()), 2)
        gc.collect()
        self.assertEqual([view() is not None for view in kept], [True, True, False, False])

    def test_what_a_framework_is_given_later_is_looked_at(self):
        def register(view, role="view"):
            views.append(view)
            return role

        class Framework:
            register_all = None

        def application(environ, start_response):
            start_response("200 OK", [])
            role = register(lambda: b"hello", role="other")
            return [views[-1](), role.encode()]

        views, given = [], []
        module = types.SimpleNamespace(register=register)
        layers.watch(module, "register", layerhooks.ArgumentsHook(given.append))
        layers.watch(module, "unregister", None)
        layers.watch(Framework, "register_all", None)
        register("before any request is served")
        with tracing.traced():
            self.assertEqual(tracing.ask(application)[1], [b"hello", b"other"])
        self.assertEqual([args[1] for args in given], ["other"])

    def test_what_is_held(self):
        class Slots:
            __slots__ = ("filled", "empty")

        class More(Slots):
            @property
            def asked(self):
                raise AssertionError("it was asked for")

        more = More()
        more.filled, more.own = 1, 2
        self.assertEqual(layers.held(more), {"filled": 1, "own": 2})

        def outer(fill):
            def function():
                return more, never

            if fill:
                never = None
            return function

        self.assertEqual(layers.held(outer(False)), {"more": more})


if __name__ == "__main__":
    unittest.main()
