"""Plugins of Bottle: what decorates callbacks, of whatever shape that, and what it makes, is."""

from __future__ import annotations

import functools
import unittest
from unittest import mock

from _snifter.stages.frameworks import bottle, copies
from _snifter.stages.hooking import swap

from . import tracing


class Method:
    def apply(self, callback, route):
        return functools.partial(self.run, callback)

    def run(self, callback):
        return callback()


class Inheriting(Method):
    pass


class Static:
    @staticmethod
    def apply(callback, route):
        def around():
            return callback()

        return around


class OfItsClass:
    @classmethod
    def apply(cls, callback, route):
        def around():
            return callback()

        return around


class Around:
    def __init__(self, callback):
        self.callback = callback

    def __call__(self):
        return self.callback()


class Objects:
    def apply(self, callback, route):
        return Around(callback)


class Declining:
    def apply(self, callback, route):
        return functools.partial(callback)


class Decorators:
    def decorate(self, callback):
        return lambda: [callback()]


def given(more, callback):
    return lambda: [more, callback()]


def name_of(stage):
    return stage.name.rpartition(f"{__name__}.")[2]


class PluginsTest(unittest.TestCase):
    def test_plugins_of_every_shape(self):
        expected = {
            "Static": Static(),
            "OfItsClass": OfItsClass(),
            "Objects": Objects(),
            "Decorators.decorate": Decorators().decorate,
            "given": functools.partial(given, 1),
            "Declining": Declining(),
        }
        plugins = [*expected.values(), Inheriting(), Method(), Inheriting()]
        with mock.patch.object(copies, "names", lambda: ("bottle",)):
            layers = [bottle._plugin(plugin, []) for plugin in plugins]
        self.assertEqual(
            [name_of(layer.stage) for layer in layers if layer is not None],
            [*expected, "Inheriting", "Method", "Inheriting"],
        )
        keys = {layer.key for layer in layers if layer is not None}
        self.assertEqual(len(keys), len(plugins), "each is shown, though two may be of one class")

        def callback():
            pass

        made = {}
        with tracing.traced():
            for name, plugin in expected.items():
                apply = getattr(plugin, "apply", None)
                made[name] = plugin(callback) if apply is None else apply(callback, None)
            Inheriting().apply(callback, None)
        for name in "Static", "OfItsClass", "Decorators.decorate", "given":
            hook = swap.hook_of(made[name])
            self.assertEqual((name_of(hook.stage), hook.inner), (name, callback))
        self.assertIsNone(swap.hook_of(callback), "a plugin that declines has made nothing of it")
        for function in Around.__call__, Method.run:
            self.assertEqual(swap.hook_of(function).role, "plugin")

    def test_applications_whose_routes_are_those_of_another(self):
        """They hold each other, and neither passes a request on to the other, unless it is mounted
        as one of WSGI's, too."""
        other, outer, mounted = App(), App(), App()
        own = [Route(outer), Route(mounted), Route(outer, mounted)]
        outer.routes = [*own, Route(other), Route(other)]
        other.config["_mount.app"] = outer
        mounted.config["_mount.app"] = outer
        inside = bottle.inside(outer)
        self.assertEqual(inside.aside(), [other])
        self.assertEqual(bottle.inside(other).aside(), [outer])
        later = App()
        outer.routes.append(Route(later))  # as a request may do
        self.assertEqual(inside.aside(), [other, later])


class App:
    def __init__(self):
        self.config, self.routes, self.plugins = {}, [], []


class Route:
    def __init__(self, app, target=None):
        self.app, self.plugins, self.callback = app, [], None
        self.config = {} if target is None else {"mountpoint.target": target}


if __name__ == "__main__":
    unittest.main()
