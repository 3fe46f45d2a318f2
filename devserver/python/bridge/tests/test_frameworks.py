"""What frameworks hold is looked at, of whatever shape it is, and nothing of it runs for that."""

from __future__ import annotations

import functools
import operator
import sys
import types
import unittest
from typing import Any, NamedTuple
from unittest import mock

from _snifter.stages import falcon, flask, layers, names, pyramid, swap

from . import wrapping


def nameless() -> Any:
    """A function of a module that has no name."""
    made: dict[str, Any] = {"__builtins__": {}}
    exec("def nameless(*args): pass", made)
    return made["nameless"]


def nameless_around(view: Any) -> Any:
    made: dict[str, Any] = {"__builtins__": {}}
    exec(
        "def around(view):\n"
        "    def nameless(*args):\n"
        "        return view(*args)\n"
        "    return nameless",
        made,
    )
    return made["around"](view)


class FrameworksTest(unittest.TestCase):
    def test_properties_of_falcons_resources_do_not_run(self):
        ran = []

        class Resource:
            def on_get(self, request, response):
                pass

            @property
            def on_duty(self):
                ran.append("on_duty")
                raise RuntimeError("nobody is")

            @functools.cached_property
            def on_call(self):
                ran.append("on_call")

        falcon._hook_responders(Resource())
        self.assertIsNotNone(swap.hook_of(Resource.on_get))
        self.assertEqual(ran, [])

    def test_responders_of_falcon_that_are_held(self):
        class Resource(NamedTuple):
            on_get: Any

        def get(request, response):
            pass

        falcon._hook_responders(Resource(get))
        self.assertIsNotNone(swap.hook_of(get))

    def test_functions_of_modules_without_a_name(self):
        responder, subscriber, view = nameless(), nameless(), nameless()

        class Resource:
            on_get = responder

        falcon._hook_responders(Resource())

        def derived(context, request):
            return between(context, request)

        between = nameless_around(view)
        pyramid._hook_subscribers([subscriber])
        pyramid._hook_between(derived, view)
        for function in responder, subscriber, between:
            self.assertIsNotNone(swap.hook_of(function))

    def test_classes_of_frameworks_that_an_agent_has_replaced(self):
        """In the package, where others look for them: those that were made before stay."""

        class Own:
            pass

        class Agents(Own):
            pass

        for framework, module, name in (flask, "flask.app", "Flask"), (falcon, "falcon.app", "App"):
            package = types.SimpleNamespace(**{name: Agents})
            written = types.SimpleNamespace(**{name: Own})
            loaded = {module.partition(".")[0]: package, module: written}
            with mock.patch.dict(sys.modules, loaded):
                self.assertEqual(framework.kinds(), (Own,))

    def test_tweens_of_pyramid_that_an_agent_has_wrapped(self):
        wrapped = functools.partial(wrapping.Wrapper, wrapper=wrapping.passes)

        def factory(handler, registry):
            def tween(request):
                return handler(request)

            return tween

        class Router:
            def handle_request(self, request):
                pass

        inner = factory(wrapped(Router().handle_request), None)
        outer = factory(wrapped(inner), None)
        self.assertEqual(pyramid._handlers(wrapped(outer), 3), [outer, inner])
        name = pyramid._factory_name("a.tween", wrapped(factory))
        self.assertEqual(name, names.name_of(factory))

    def test_subscribers_of_pyramid_that_are_no_functions(self):
        """Those of C have no module everywhere."""

        def subscriber(event):
            pass

        pyramid._hook_subscribers(
            [operator.methodcaller("lower"), functools.partial(subscriber), print]
        )
        self.assertIsNotNone(swap.hook_of(subscriber))

    def test_what_flask_runs_is_looked_for_once(self):
        """A function that is no layer even so, and an object of any other kind, again and again."""

        def hooked():
            pass

        looked = []
        application, runs = object(), flask._Runs()
        layers.function(hooked, "flask", "view")
        objects = [functools.partial(hooked) for _ in range(flask._MOST_SEEN + 10)]
        with mock.patch.object(layers, "look_again", lambda _, app: looked.append(app)):
            for value in (hooked, lambda: None, *objects, *objects):
                self.assertIs(runs(lambda app, given: given, (application, value), {}), value)
        self.assertEqual(looked, [application] * flask._MOST_SEEN)


if __name__ == "__main__":
    unittest.main()
