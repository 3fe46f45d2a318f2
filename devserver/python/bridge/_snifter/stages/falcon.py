"""Falcon: the methods of its middlewares, and the responders of its resources."""

from __future__ import annotations

import sys

from . import layers
from .layers import Inside, Layer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator

_METHODS = ("process_request", "process_resource", "process_response")


def kinds() -> tuple[type, ...]:
    kind = getattr(sys.modules["falcon"], "App", None) or getattr(
        sys.modules["falcon"], "API", None
    )
    return (kind,) if isinstance(kind, type) else ()


def inside(app: Any) -> Inside:
    components = list(getattr(app, "_unprepared_middleware", None) or ())
    found: list[Layer] = []
    for name in _METHODS:
        # Responses pass them backwards.
        ordered = reversed(components) if name == "process_response" else components
        for component in ordered:
            layer = layers.method(component, name, "falcon", name)
            if layer is not None:
                found.append(layer)
    for resource in _resources(getattr(app, "_router", None)):
        for name in dir(type(resource)):
            if name.startswith("on_"):
                layers.method(resource, name, "falcon", "responder")
    return Inside(found)


def _resources(router: Any) -> Iterator[Any]:
    todo = list(getattr(router, "_roots", ()))
    while todo:
        node = todo.pop()
        todo += getattr(node, "children", ())
        if getattr(node, "resource", None) is not None:
            yield node.resource
