"""Pyramid: the tweens, the views with what is derived around them, the subscribers, and what a
request says is to be called after it."""

from __future__ import annotations

import functools
import sys
from importlib import import_module
from types import FunctionType, MethodType

from ...sources import held
from .. import names
from ..finding import suspects
from ..hooking import swap
from ..names import Stage
from ..reading import proxies
from . import layers, rendering
from .layerhooks import ArgumentsHook, LayerHook, ResultHook
from .layers import Inside, Layer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable, Iterator


_MOST_DERIVED = 30


def kinds() -> tuple[type, ...]:
    kind = held(sys.modules.get("pyramid.router"), "Router")
    return (kind,) if isinstance(kind, type) else ()


def watch() -> None:
    """What a request says is to be called after it is hooked as it is said: sessions set their
    cookie so. So is what a configuration is given later."""
    request = import_module("pyramid.request").CallbackMethodsMixin
    for role in ("response_callback", "finished_callback"):
        layers.watch(request, "add_" + role, _hook_once(role))
    registry = import_module("pyramid.registry")
    layers.watch(registry.Introspector, "add", ResultHook(lambda args, _: _told(args[1])))
    layers.watch(
        registry.Registry,
        "registerHandler",
        ResultHook(lambda args, _: _hook_subscribers(args[1:2])),
    )
    # What the innermost tween calls.
    layers.watch(kinds()[0], "handle_request", ResultHook(rendering.handed))
    renderers = import_module("pyramid.renderers")
    layers.watch(renderers.RendererHelper, "render_view", rendering.Renders(2))


def _hook_once(role: str) -> ArgumentsHook:
    return ArgumentsHook(lambda args: layers.once(args[1], "pyramid", role))


def inside(router: Any) -> Inside:
    from pyramid.interfaces import ITweens

    registry = router.registry
    applications = _hook_views(registry)
    # Those that the configuration was not told of.
    _hook_subscribers(each.handler for each in registry.registeredHandlers())
    tweens = registry.queryUtility(ITweens)
    if tweens is None:
        declared = [("", import_module("pyramid.tweens").excview_tween_factory)]
    else:
        declared = tweens.explicit or tweens.implicit()
    handlers = _handlers(router, len(declared))
    found: list[Layer] = []
    for name, handler in reversed(list(_named(declared, handlers))):
        layer = _tween(name, handler, found)
        if layer is not None:
            found = [layer]
    return Inside(found, applications)


def _factory_name(name: str, factory: Any) -> str:
    """A tween may be added under a dotted name; what it stands for is named as Python has it."""
    factory = proxies.behind(factory)
    named = isinstance(factory, (type, FunctionType))
    return names.name_of(factory) if named else name


def _named(declared: Iterable[tuple[str, Any]], handlers: list[Any]) -> Iterator[tuple[str, Any]]:
    """The tweens with the names of their factories: one that returns the handler that it is given
    has made none."""
    rest = [
        (_factory_name(name, factory), [_has_made(factory, each) for each in handlers])
        for name, factory in declared
    ]
    for number, handler in enumerate(handlers):
        at = next((at for at, (_, made) in enumerate(rest) if made[number]), None)
        if at is None:
            # It can't be seen of each what has made it.
            at = next((at for at, (_, made) in enumerate(rest) if not any(made)), None)
        yield names.name_of(handler) if at is None else rest[at][0], handler
        if at is not None:
            del rest[: at + 1]


def _has_made(factory: Any, handler: Any) -> bool:
    """Whether it shows that a factory has made a tween: it is of its class, it was written within
    it, or what it is made of is named there."""
    factory, handler = proxies.behind(factory), layers.called(handler)
    if type(handler) is MethodType:
        handler = handler.__self__
    if isinstance(factory, type):
        return isinstance(handler, factory)
    if type(factory) is not FunctionType:
        return False
    written = swap.original_code(factory)
    made = handler if type(handler) is FunctionType else type(handler)
    if any(factory.__globals__.get(name) is made for name in written.co_names):
        return True
    if made is not handler:
        return False
    code = swap.original_code(handler)
    return any(each is code for each in written.co_consts)


def _handlers(router: Any, count: int) -> list[Any]:
    """The tweens, the outermost first, as each holds the next: the innermost the router's own."""
    found: list[Any] = []
    handler = proxies.behind(router.handle_request)
    while handler is not None and len(found) < count:
        if type(handler) is MethodType and handler.__self__ is router:
            break
        found.append(handler)
        handler = _next(handler)
    return found


def inner(handler: Any) -> Any:
    """What a tween calls."""
    return _next(handler)


def _next(handler: Any) -> Any:
    held = {name: proxies.behind(value) for name, value in _held(handler).items()}
    if "handler" in held:
        return held["handler"]
    held.pop("registry", None)
    for kinds in ((FunctionType, MethodType), object):
        for value in held.values():
            if isinstance(value, kinds) and callable(value) and not isinstance(value, type):
                return value
    return None


def _held(handler: Any) -> dict[str, Any]:
    """What a tween holds: one that is a method by its object, and a partial as what it gives."""
    found: dict[str, Any] = {}
    while isinstance(handler, functools.partial):
        found = {**dict(enumerate(handler.args)), **handler.keywords, **found}
        handler = handler.func
    return {**layers.held(handler.__self__ if type(handler) is MethodType else handler), **found}


def _tween(name: str, handler: Any, inner: list[Layer]) -> Layer | None:
    stage = Stage(name, "pyramid", names.place(handler), "tween")
    called = layers.called(handler)
    layer = layers.callee(called, "pyramid", "tween")
    if layer is None:
        return None
    if type(called) is FunctionType:
        swap.hook_of(called).stage = stage
        return Layer(stage, (id(stage), 0), inner)
    layer.stage.name, layer.inner = name, list(inner)
    layer.stage.file, layer.stage.line = names.place(handler)
    return layer


def _hook_views(registry: Any) -> list[Any]:
    """By what the configuration tells of itself. Return the applications that views stand for."""
    introspector = getattr(registry, "introspector", None)
    if introspector is None:
        return []
    applications = []
    for category in ("views", "subscribers"):
        for entry in introspector.get_category(category) or ():
            _told(entry["introspectable"])
            applications.append(_application(entry["introspectable"].get("callable")))
    return [each for each in applications if each is not None]


def _application(view: Any) -> Any:
    """The application that a view of wsgiapp() stands for."""
    is_one = type(view) is FunctionType and names.module_of(view) == "pyramid.wsgi"
    return layers.held(view).get("wrapped") if is_one else None


def _told(told: Any) -> None:
    """Hook what the configuration tells of."""
    if told.category_name == "subscribers":
        _hook_subscribers([told.get("subscriber")])
    if told.category_name != "views":
        return
    view = told.get("callable")
    _hook_view(view, told.get("attr") or "__call__", told.get("derived_callable"))
    # What looks whether there is a route with a slash calls another, if there is none.
    inner = getattr(view, "__dict__", {}).get("notfound_view")
    if inner is not None and _is_own(type(view)):
        original, method = _written(inner)
        if not _is_own(original):
            _hook_view(original, method, inner)


def _written(derived: Any) -> tuple[Any, str]:
    """The view that another was derived of, and what of it is called."""
    method = "__call__"
    for _ in range(_MOST_DERIVED):
        attributes = getattr(derived, "__dict__", {})
        if type(derived) is not FunctionType or "__wraps__" not in attributes:
            break
        # What calls the view itself has it, or what has made that.
        around = layers.held(derived)
        made = getattr(around.get("self"), "__dict__", {})
        method = around.get("attr") or made.get("attr") or method
        derived = attributes["__wraps__"]
    return derived, method


def _hook_view(view: Any, method: str, derived: Any) -> None:
    """Hook a view, and what was derived around it."""
    _hook_between(derived, view)
    application = _application(view)
    if application is not None:
        suspects.confirm_one(application)  # which is the stage
        return
    if isinstance(view, type):
        found = proxies.behind(view.__dict__.get(method))
        if type(found) is FunctionType:
            layers.install(found, LayerHook("pyramid", "view", method=method))
    elif method == "__call__":
        layers.callee(view, "pyramid", "view")
    else:
        layers.method(view, method, "pyramid", "view")


def _hook_subscribers(found: Iterable[Any]) -> None:
    for subscriber in found:
        if callable(subscriber) and not _is_own(subscriber):
            layers.callee(subscriber, "pyramid", "subscriber")


def _is_own(value: Any) -> bool:
    # A view deriver's functions are given the module of the view.
    plain = type(value) is FunctionType
    of = names.module_of(value) if plain else getattr(value, "__module__", None)
    return str(of).partition(".")[0] == "pyramid"


def _hook_between(derived: Any, view: Any) -> None:
    """Hook what decorators and view derivers have put around a view. Each is known by its maker."""
    for function in _between(derived, view, 0) or ():
        if not _is_own(function):
            maker = names.written_name(function)
            layers.made(function, "pyramid", "view_deriver", maker.partition(".<locals>.")[0])


def _between(value: Any, view: Any, depth: int) -> list[FunctionType] | None:
    """The functions by whose closures a view is held, the outermost first; None if there are
    none."""
    if value is view or type(value) is MethodType and value == view:
        return []
    if type(value) is not FunctionType or depth > _MOST_DERIVED:
        return None
    for each in layers.held(value).values():
        found = _between(each, view, depth + 1)
        if found is not None:
            return [value, *found]
    return None
