"""Falcon: the methods of middlewares, responders with their hooks, sinks, handlers of errors."""

from __future__ import annotations

import functools
import operator
import sys
from types import FunctionType, MethodType

from ...sources import held
from .. import names
from ..hooking import compiled, swap
from . import layers
from .layerhooks import ArgumentsHook, ResultHook
from .layers import Inside, Layer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator

_METHODS = ("process_request", "process_resource", "process_response")
_PROPERTIES = (property, functools.cached_property)
_LATER = (
    "add_sink",
    "add_static_route",
    "add_middleware",
    "add_error_handler",
    "set_error_serializer",
)


def kinds() -> tuple[type, ...]:
    # Not of the package itself: there an agent may have put a class of its own.
    kind = held(sys.modules.get("falcon.app"), "App") or held(sys.modules.get("falcon.api"), "API")
    return (kind,) if isinstance(kind, type) else ()


def watch() -> None:
    """What is given to an application later is hooked as it is given."""
    kind = kinds()[0]
    layers.watch(kind, "add_route", ArgumentsHook(lambda args: _hook_responders(args[2])))
    again = ResultHook(lambda args, _: layers.look_again(sys.modules[__name__], args[0]))
    for name in _LATER:
        layers.watch(kind, name, again)


def inside(app: Any) -> Inside:
    components = _components(app)
    found: list[Layer] = []
    for name in _METHODS:
        # Responses pass them backwards.
        ordered = reversed(components) if name == "process_response" else components
        for component in ordered:
            layer = layers.taken(component, name, "falcon", name)
            if layer is not None:
                found.append(layer)
    _bind_again(app)
    for resource in _resources(getattr(app, "_router", None)):
        _hook_responders(resource)
    for sink in getattr(app, "_sinks", None) or ():
        layers.callee(sink[1], "falcon", "sink")
    for route in getattr(app, "_static_routes", None) or ():
        # Before Falcon 3 it stands alone.
        layers.callee(route[0] if type(route) is tuple else route, "falcon", "static_route")
    handlers = getattr(app, "_error_handlers", None) or ()
    for handler in handlers.values() if isinstance(handlers, dict) else (h for _, h in handlers):
        _hook_own(app, handler, "error_handler")
    _hook_own(app, getattr(app, "_serialize_error", None), "error_serializer")
    return Inside(found)


def _hook_responders(resource: Any) -> None:
    names_of = {*dir(type(resource)), *getattr(resource, "__dict__", ())}
    responders = [
        (name, getattr(type(resource), name, None))
        for name in sorted(names_of)
        if name.startswith("on_")
    ]
    # One that has several names goes by that of its def.
    for name, found in sorted(responders, key=lambda each: each[0] != _name_of(each[1])):
        _hook_around(found)
        if layers.method(resource, name, "falcon", "responder") is None:
            # On PyPy, what a named tuple has is a property.
            is_field = type(getattr(found, "fget", None)) is operator.itemgetter
            if isinstance(found, _PROPERTIES) and not is_field:
                continue  # it may be no responder, and would run
            # Falcon asks for it in the same way, whatever it is: hug has named tuples of objects.
            value = getattr(resource, name, None)
            if callable(value):
                layers.callee(value, "falcon", "responder")


def _name_of(responder: Any) -> str:
    return getattr(getattr(responder, "__wrapped__", responder), "__name__", "")


def _components(app: Any) -> list[Any]:
    """The middlewares of an application, the outermost first."""
    components = getattr(app, "_unprepared_middleware", None)
    if components is not None:
        return list(components)
    # Before Falcon 3, their methods are kept alone.
    found: dict[int, Any] = {}
    todo = [getattr(app, "_middleware", None)]
    while todo:
        value = todo.pop(0)
        if isinstance(value, (tuple, list)):
            todo = [*value, *todo]
        elif type(value) is MethodType:
            found.setdefault(id(value.__self__), value.__self__)
    return list(found.values())


def _bind_again(app: Any) -> None:
    """Have the application call what stands in the place of the compiled methods of middlewares:
    it has bound them before."""
    kept = getattr(app, "_middleware", None)
    again = _bound(kept)
    if again is not kept:
        app._middleware = again


def _bound(value: Any) -> Any:
    if type(value) is tuple or type(value) is list:
        again = [_bound(each) for each in value]
        return value if all(map(operator.is_, again, value)) else type(value)(again)
    stands = compiled.standing_for(value.__func__) if type(value) is MethodType else None
    return value if stands is None else MethodType(stands, value.__self__)


def _hook_own(app: Any, value: Any, role: str) -> None:
    """Hook what the application was given, unless it is Falcon's."""
    if type(value) is MethodType and value.__self__ is app:
        return
    if value is not None and not (getattr(value, "__module__", None) or "").startswith("falcon."):
        layers.callee(value, "falcon", role)


def _hook_around(responder: Any) -> None:
    """Hook what falcon.before and falcon.after have put around a responder."""
    while type(responder) is FunctionType and names.module_of(responder) == "falcon.hooks":
        inner = responder.__dict__.get("__wrapped__")
        role = swap.original_code(responder).co_name.rpartition("_")[2]  # of do_before, do_after
        for value in layers.held(responder).values():
            if value is not inner and callable(value):
                layers.callee(value, "falcon", role)
        responder = inner


def _resources(router: Any) -> Iterator[Any]:
    todo = list(getattr(router, "_roots", ()))
    while todo:
        node = todo.pop()
        todo += getattr(node, "children", ())
        if getattr(node, "resource", None) is not None:
            yield node.resource
