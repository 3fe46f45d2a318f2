"""The modules that Bottle is in: it is one file, which a project may have under another name."""

from __future__ import annotations

import sys
from types import ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..running.calls import Call

#: What Bottle's own module has written, among others.
_CLASSES = ("Bottle", "BaseResponse", "HTTPError", "LocalRequest", "Route")

_found: list[ModuleType] = []
#: Their classes, by name.
_classes: dict[str, tuple[type, ...]] = {}


def look() -> list[ModuleType]:
    """Look for those that are loaded by now."""
    _found[:] = filter(_is_bottle, list(sys.modules.values()))
    _classes.clear()
    return _found


def _is_bottle(module: Any) -> bool:
    if type(module) is not ModuleType:
        return False  # a lazy one would be loaded
    own = vars(module)
    if not isinstance(own.get(_CLASSES[0]), type):
        return False
    found = [own.get(name) for name in _CLASSES]
    name = own.get("__name__")
    return name == "bottle" or all(isinstance(k, type) and k.__module__ == name for k in found)


def names() -> list[str]:
    return [module.__name__ for module in _found]


def classes(name: str) -> tuple[type, ...]:
    """The class of a name, of each."""
    found = _classes.get(name)
    if found is None:
        found = tuple(vars(module)[name] for module in _found if name in vars(module))
        _classes[name] = found
    return found


def of(call: Call) -> Any:
    """The one whose application a call is made within."""
    if len(_found) == 1:
        return _found[0]
    outer: Call | None = call
    while outer is not None:
        for module in _found:
            if isinstance(outer.receiver, module.Bottle):
                return module
        outer = outer.parent
    return _found[0]
