"""Django REST framework: what its views ask before they run (authentications, permissions,
throttles), and what makes a response of an exception."""

from __future__ import annotations

import sys

from ..kinds import ByClass
from . import layers
from .layerhooks import LayerHook, ResultHook

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator

#: What is asked, by the module and the base class that it is of.
_ASKED = (
    ("authentication", "BaseAuthentication", ("authenticate",)),
    ("permissions", "BasePermission", ("has_permission", "has_object_permission")),
    ("throttling", "BaseThrottle", ("allow_request",)),
)


def watch() -> None:
    """Hook the classes that are loaded, if there are any."""
    views = sys.modules.get("rest_framework.views")
    if views is None:
        return
    layers.watch(views.APIView, "get_exception_handler", ResultHook(_handler))
    for module, base, names in _ASKED:
        # What a project asks nothing of need not be loaded.
        found = getattr(sys.modules.get("rest_framework." + module), base, None)
        for kind in _kinds(found) if found is not None else ():
            for name in names:
                layers.watch(kind, name, LayerHook("django", name, method=name))


def _handler(args: tuple[Any, ...], handler: Any) -> None:
    layers.callee(handler, "django", "exception_handler")


def _kinds(base: type) -> Iterator[type]:
    """A class and those that are derived from it."""
    todo, seen = [base], ByClass()
    while todo:
        kind = todo.pop()
        if id(kind) not in seen:
            seen.add(kind, True)
            todo += type.__subclasses__(kind)
            yield kind
