"""Pyramid: the tweens, and the views."""

from __future__ import annotations

import sys
from types import FunctionType, MethodType

from . import layers, names, swap
from .layers import Inside, Layer, LayerHook, ResultHook
from .names import Stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def kinds() -> tuple[type, ...]:
    router = sys.modules.get("pyramid.router")
    return (router.Router,) if router is not None else ()


def inside(router: Any) -> Inside:
    from pyramid.interfaces import ITweens

    registry = router.registry
    _hook_views(registry)
    # What the innermost tween calls.
    handle = type(router).__dict__.get("handle_request")
    if type(handle) is FunctionType:
        swap.install(handle, ResultHook(layers.handed))
    tweens = registry.queryUtility(ITweens)
    if tweens is None:
        declared = ["pyramid.tweens.excview_tween_factory"]
    else:
        declared = [_factory_name(name, f) for name, f in tweens.explicit or tweens.implicit()]
    handlers = _handlers(router.handle_request, len(declared))
    found: list[Layer] = []
    for name, handler in reversed(list(zip(declared, handlers))):
        layer = _tween(name, handler, found)
        if layer is not None:
            found = [layer]
    return Inside(found)


def _factory_name(name: str, factory: Any) -> str:
    """A tween may be added under a dotted name; what it stands for is named as Python has it."""
    named = isinstance(factory, (type, FunctionType))
    return names.name_of(factory) if named else name


def _handlers(handler: Any, count: int) -> list[Any]:
    """The tweens, the outermost first, as each holds the next."""
    found: list[Any] = []
    while handler is not None and type(handler) is not MethodType and len(found) < count:
        found.append(handler)
        handler = _next(handler)
    return found


def inner(handler: Any) -> Any:
    """What a tween calls."""
    return _next(handler)


def _next(handler: Any) -> Any:
    held = layers.held(handler)
    if "handler" in held:
        return held["handler"]
    held.pop("registry", None)
    for kinds in ((FunctionType, MethodType), object):
        for value in held.values():
            if isinstance(value, kinds) and callable(value) and not isinstance(value, type):
                return value
    return None


def _tween(name: str, handler: Any, inner: list[Layer]) -> Layer | None:
    stage = Stage(name, "pyramid", names.place(handler), "tween")
    if type(handler) is FunctionType:
        if layers.function(handler, "pyramid", "tween") is None:
            return None
        swap.hook_of(handler).stage = stage
        return Layer(stage, (id(stage), 0), inner)
    layer = layers.method(handler, "__call__", "pyramid", "tween")
    if layer is None:
        return None
    layer.stage.name, layer.inner = name, list(inner)
    layer.stage.file, layer.stage.line = names.place(handler)
    return layer


def _hook_views(registry: Any) -> None:
    """By what the configuration tells of itself."""
    introspector = getattr(registry, "introspector", None)
    for entry in introspector.get_category("views") or () if introspector is not None else ():
        view = entry["introspectable"].get("callable")
        method = entry["introspectable"].get("attr") or "__call__"
        if isinstance(view, type):
            found = view.__dict__.get(method)
            if type(found) is FunctionType and swap.hook_of(found) is None:
                swap.install(found, LayerHook("pyramid", "view", method=method))
        elif method == "__call__":
            layers.callee(view, "pyramid", "view")
        else:
            layers.method(view, method, "pyramid", "view")
