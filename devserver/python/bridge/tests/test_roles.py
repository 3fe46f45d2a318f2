"""Functions that a framework has in several roles: each call is of the one that it is called in."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import threading
import unittest
from typing import Any
from unittest import mock

from _snifter.stages.frameworks import flask, layers, roles
from _snifter.stages.hooking import swap

from . import tracing


def decorator(function):
    @functools.wraps(function)
    def around(*args):
        return function(*args)

    return around


class Flask:
    """As far as it is looked at, and runs what it is given."""

    def __init__(self) -> None:
        self.config: dict[str, Any] = {}
        self.before_request_funcs: dict[Any, list[Any]] = {}
        self.after_request_funcs: dict[Any, list[Any]] = {}
        self.view_functions: dict[str, Any] = {}

    def preprocess_request(self, *blueprints):
        for name in (None, *blueprints):
            for function in self.before_request_funcs.get(name, ()):
                function()

    def process_response(self, response, *blueprints):
        for name in (*blueprints, None):
            for function in self.after_request_funcs.get(name, ()):
                response = function(response)
        return response

    def dispatch_request(self, name):
        return self.view_functions[name]()


class Asynchronous(Flask):
    """It runs coroutines, in a thread that has a loop."""

    def preprocess_request(self):
        for function in self.before_request_funcs[None]:
            self.ensure_sync(function)()

    def process_response(self, response):
        for function in self.after_request_funcs[None]:
            response = self.ensure_sync(function)(response)
        return response

    def ensure_sync(self, function):
        return flask._runs.direct(synchronous, self, function)


def synchronous(app, function):
    def run(*args):
        context = contextvars.copy_context()
        results = []

        def within():
            results.append(context.run(asyncio.run, function(*args)))

        thread = threading.Thread(target=within)
        thread.start()
        thread.join()
        return results[0]

    return run


def passed(*calls):
    """The roles of what is called in a request, by name."""
    return [
        (call.stage.name.rpartition("<locals>.")[2], call.stage.role)
        for call in tracing.within(*calls)
        if call.stage.role
    ]


class RolesTest(unittest.TestCase):
    def test_of_the_application_and_of_blueprints(self):
        def check(*args):
            return args[0] if args else "checked"

        app = Flask()
        app.before_request_funcs = {"a": [check], None: [check], "b": [check]}
        app.after_request_funcs = {None: [check]}
        for _ in range(2):  # it may be given more, and is looked at again
            found = [layer.stage.role for layer in flask.inside(app).layers]
            self.assertEqual(
                found, ["before_request", *["before_request of a and b"] * 2, found[3]]
            )
            self.assertEqual(found[3], "after_request")
        self.assertEqual({stage.role for stage in swap.hook_of(check).stages()}, set(found))
        app.view_functions["check"] = check
        flask.inside(app)
        self.assertEqual(
            passed(
                functools.partial(app.preprocess_request, "b"),
                functools.partial(app.dispatch_request, "check"),
                functools.partial(app.process_response, "response", "b"),
                check,
            ),
            [
                ("check", "before_request"),
                ("check", "before_request of a and b"),
                ("check", "view"),
                ("check", "after_request"),
                ("check", "before_request"),  # nobody can tell
            ],
        )

    def test_decorated_functions_and_methods(self):
        class Extension:
            def run(self, *args):
                return args[0] if args else None

        @decorator
        def check(*args):
            return args[0] if args else None

        app, extension = Flask(), Extension()
        app.before_request_funcs = {None: [check, extension.run]}
        app.after_request_funcs = {None: [extension.run, check]}
        flask.inside(app)
        self.assertEqual(
            passed(app.preprocess_request, functools.partial(app.process_response, "response")),
            [
                ("check", "before_request"),
                ("Extension.run", "before_request"),
                ("Extension.run", "after_request"),
                ("check", "after_request"),
            ],
        )

    def test_hooks_of_bottle(self):
        def trigger_hook(self, name):
            return [hook() for hook in [both]]

        def both():
            pass

        for role in "before_request", "after_request":
            self.assertEqual(layers.function(both, "bottle", role).stage.role, role)
        self.assertEqual(
            passed(
                functools.partial(trigger_hook, None, "before_request"),
                functools.partial(trigger_hook, None, "after_request"),
            ),
            [("both", "before_request"), ("both", "after_request")],
        )

    def test_hooks_of_falcon(self):
        def do_before():
            audit(1, 2, 3)

        def do_after():
            audit(1, 2)

        def audit(*args):
            pass

        for role in "before", "after":
            self.assertEqual(layers.function(audit, "falcon", role).stage.role, role)
        self.assertEqual(passed(do_before, do_after), [("audit", "before"), ("audit", "after")])

    def test_coroutine_functions(self):
        async def check(*args):
            return args[0] if args else None

        app = Asynchronous()
        app.before_request_funcs = {None: [check]}
        app.after_request_funcs = {None: [check]}
        flask.inside(app)
        self.assertEqual(
            passed(
                app.preprocess_request,
                functools.partial(app.process_response, "response"),
                app.preprocess_request,
            ),
            [("check", "before_request"), ("check", "after_request"), ("check", "before_request")],
        )

    def test_generators(self):
        """As callbacks of Bottle's may be."""

        def _cast():
            return list(pages())

        def pages():
            yield b"page"

        for role in "callback", "error":
            layers.function(pages, "bottle", role)
        self.assertEqual(
            passed(_cast, lambda: list(pages())), [("pages", "error"), ("pages", "callback")]
        )

    def test_roles_that_can_not_be_told_apart(self):
        def function():
            pass

        layer = layers.function(function, "pyramid", "view")
        for kind, role in ("pyramid", "subscriber"), ("flask", "view"), ("pyramid", "view"):
            self.assertIs(layers.function(function, kind, role).stage, layer.stage)
        self.assertNotIsInstance(swap.hook_of(function), roles.RolesHook)

    def test_a_function_whose_code_can_not_be_changed_again_keeps_its_hook(self):
        def function():
            pass

        layer = layers.function(function, "flask", "view")
        hook = swap.hook_of(function)
        install = swap.install
        with mock.patch.object(
            swap, "install", lambda f, h: type(h) is not roles.RolesHook and install(f, h)
        ):
            self.assertIs(layers.function(function, "flask", "before_request").stage, layer.stage)
        self.assertIs(swap.hook_of(function), hook)


if __name__ == "__main__":
    unittest.main()
