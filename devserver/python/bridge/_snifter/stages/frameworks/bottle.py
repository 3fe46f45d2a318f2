"""Bottle: its plugins, hooks, route callbacks, and the handlers of errors."""

from __future__ import annotations

import functools
from types import FunctionType, MethodType

from .. import names
from ..finding import suspects
from ..hooking import swap
from ..names import Stage
from ..reading import shapes
from . import copies, inmost, layers
from .layerhooks import ArgumentsHook, ResultHook, layer_hook
from .layers import Inside, Layer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


_HOOKS = ("before_request", "after_request")


def kinds() -> tuple[type, ...]:
    return copies.classes("Bottle")


def watch() -> None:
    """What is given to an application later is hooked as it is given, a route and its plugins as
    these are applied, before its first request."""
    for kind in kinds():
        layers.watch(kind, "add_hook", ArgumentsHook(lambda args: _hook(args[2], args[1])))
        layers.watch(kind, "error", ResultHook(_error))
    for kind in copies.classes("Route"):
        layers.watch(kind, "_make_callback", ArgumentsHook(lambda args: _applied(args[0])))


def inside(app: Any) -> Inside:
    before, after = (_hooks(app, name) for name in _HOOKS)
    routes = vars(app).get("routes") or ()
    # Routes that were merged into it, as mounting does, stay those of the other.
    owners = {id(route.app): route.app for route in routes}
    plugins = [layer for each in owners.values() or [app] for layer in _plugins(each)]
    own: list[Layer] = []
    for route in routes:
        own += _route(route)
    for value in (vars(app).get("error_handler") or {}).values():
        layers.callee(value, "bottle", "error")
    if plugins or own or any("call" in vars(route) for route in app.routes):
        app.reset()  # the routes' plugins are applied anew, at the first request
    for each in _mounts(app):
        suspects.confirm_one(each)
    # Mounted applications are held by the routes: the search finds them.
    return Inside(before + plugins + after, closed=False, aside=functools.partial(_aside, app))


def _aside(app: Any) -> list[Any]:
    """The applications whose routes it has, and the one that has its own, of which none is called,
    unless it is mounted as one of WSGI's, too."""
    attributes = vars(app)
    owners = {id(route.app): route.app for route in attributes.get("routes") or ()}
    outer = (attributes.get("config") or {}).get("_mount.app")
    used = (None, app, *_mounts(app))
    return [each for each in (*owners.values(), outer) if not any(each is other for other in used)]


def _mounts(app: Any) -> list[Any]:
    """The applications that it passes requests on to."""
    routes = vars(app).get("routes") or ()
    return [each for each in map(_mounted, routes) if each is not None]


def _plugins(app: Any) -> list[Layer]:
    """Those that are around the routes of an application, whichever runs them."""
    plugins: list[Layer] = []
    # Each wraps what those installed later have made: the first is the outermost.
    for plugin in reversed(vars(app).get("plugins") or []):
        layer = _plugin(plugin, plugins)
        if layer is not None:
            plugins = [layer]
    return plugins


def _error(args: tuple[Any, ...], result: Any) -> None:
    if len(args) > 2 and args[2]:
        layers.callee(result, "bottle", "error")
    else:  # it is a decorator
        layers.install(result, _decorates)


_decorates = ResultHook(lambda args, callback: layers.callee(callback, "bottle", "error"))


def _route(route: Any) -> list[Layer]:
    if _mounted(route) is None:
        layers.callee(route.callback, "bottle", "callback")
        inmost.look(route.callback, "bottle", "callback")
    return [layer for layer in (_plugin(plugin, []) for plugin in route.plugins) if layer]


def _applied(route: Any) -> None:
    _route(route)
    for plugin in route.all_plugins():
        _plugin(plugin, [])


def _mounted(route: Any) -> Any:
    """The application that a route passes requests on to, if it is there for that."""
    config = route.config
    # Before Bottle 0.12 it is a dict in a dict.
    return config.get("mountpoint.target") or (config.get("mountpoint") or {}).get("target")


def _hooks(app: Any, name: str) -> list[Layer]:
    hooks = (getattr(app, "_hooks", None) or {}).get(name) or ()
    return [layer for layer in (_hook(value, name) for value in hooks) if layer]


def _hook(value: Any, name: str) -> Layer | None:
    # Bottle's own only reset its state.
    is_own = getattr(value, "__module__", "") in copies.names()
    return layers.callee(value, "bottle", name) if name in _HOOKS and not is_own else None


def _plugin(plugin: Any, inner: list[Layer]) -> Layer | None:
    """A plugin is a decorator, or has one as its method apply. What it returns is the layer."""
    kind = type(plugin)
    if kind.__module__ in copies.names():
        return None  # the JSON and template plugins that every application has
    stage = Stage(names.name_of(plugin), "bottle", names.place(plugin), "plugin")
    apply = _apply(plugin)
    if type(apply) is not FunctionType:
        return None
    hook = swap.hook_of(apply)
    if type(hook) is not ResultHook or type(hook.look) is not _Applied:
        hook = ResultHook(_Applied(stage))
        if not layers.install(apply, hook):
            return None
    stage = hook.look.stages.setdefault(id(kind), (kind, stage))[1]
    return Layer(stage, (id(stage), id(plugin)), inner)


def _apply(plugin: Any) -> Any:
    """The function that decorates callbacks."""
    for base in type(plugin).__mro__:
        found = base.__dict__.get("apply")
        if found is not None:
            return getattr(found, "__func__", found)  # of a static or class method
    plugin = layers.called(plugin)
    if type(plugin) is not FunctionType and type(plugin) is not MethodType:
        plugin = shapes.call_method(type(plugin))
    return getattr(plugin, "__func__", plugin)


class _Applied:
    """Hooks what a plugin has made of a callback."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        #: By the ids of their classes, which are kept, where several have the method.
        self.stages: dict[int, tuple[type, Stage]] = {}

    def __call__(self, args: tuple[Any, ...], result: Any) -> None:
        made = layers.called(result)
        if any(made is layers.called(value) for value in args):
            return  # it has nothing to add
        _, stage = self.stages.get(id(type(args[0]))) or (None, self.stage)
        if type(made) is FunctionType:
            inner = next((value for value in args if type(value) is FunctionType), None)
            layers.install(made, layer_hook(made, "bottle", "plugin", stage, inner))
        else:
            layers.callee(made, "bottle", "plugin")
