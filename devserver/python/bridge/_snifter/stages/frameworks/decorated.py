"""Middlewares of Django's that decorate single views, as cache_page() and gzip_page() do: what
decorator_from_middleware() has made holds them."""

from __future__ import annotations

from types import FunctionType

from .. import names
from . import layers
from .layerhooks import LayerHook

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator

_MODULE = "django.utils.decorators"
#: By which names the functions there hold a middleware, or its class.
_HELD = ("middleware", "middleware_class")
_MOST_FUNCTIONS = 200


def watch(view: FunctionType, kind: Any, methods: tuple[str, ...]) -> None:
    """Hook these methods of the middlewares around a view, or around the methods of the class that
    the view is of."""
    around = [view]
    for base in kind.__mro__ if isinstance(kind, type) else ():
        around += vars(base).values()
    for middleware in _middlewares(around):
        for base in middleware.__mro__:
            for name in methods:
                layers.watch(base, name, LayerHook("django", name, method=name))


def _middlewares(values: list[Any]) -> Iterator[type]:
    seen: dict[int, Any] = {}
    while values and len(seen) < _MOST_FUNCTIONS:
        value = values.pop()
        if id(value) in seen:
            continue
        if type(value) is list or type(value) is tuple:
            values += value
        if type(value) is not FunctionType:
            continue
        seen[id(value)] = value
        held = layers.held(value)
        values += held.values()
        for name in _HELD if names.module_of(value) == _MODULE else ():
            found = held.get(name)
            if found is not None:
                yield found if isinstance(found, type) else type(found)
