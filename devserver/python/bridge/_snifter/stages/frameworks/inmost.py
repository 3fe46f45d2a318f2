"""The views that decorators are around which are no functions, or do not say what they are around,
as functools.wraps does: Flask and Bottle know the decorator alone. What it holds under the name
that it has taken itself is the view."""

from __future__ import annotations

from types import FunctionType

from ..hooking import swap
from ..reading import acts, shapes
from . import layers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_MOST_DECORATORS = 20


def look(view: Any, kind: str, role: str) -> None:
    """Hook what a view is around, and so on, as views of the framework, too."""
    for _ in range(_MOST_DECORATORS):
        view = _within(layers.called(view))
        if view is None:
            return
        layers.callee(view, kind, role)


def _within(view: Any) -> Any:
    """What a decorator of the user's has made this of, as far as it shows."""
    if not _is_own(view):
        return None
    held = layers.held(view)
    if type(view) is FunctionType:
        if "__wrapped__" in view.__dict__:
            return None  # it is one layer with that, and bears its name
        name: Any = view.__name__
    else:
        name = held.pop("__name__", None)
        wrapped = layers.called(held.get("__wrapped__"))
        if _is_own(wrapped):
            return wrapped
    if type(name) is not str:
        return None
    found = [each for each in map(layers.called, held.values()) if _is_own(each)]
    return next((each for each in found if _name(each) == name and each is not view), None)


def _is_own(value: Any) -> bool:
    """Whether a function is the user's, or the class of an object that can be called."""
    if isinstance(value, type):
        return False
    function = value if type(value) is FunctionType else shapes.call_method(type(value))
    return type(function) is FunctionType and acts.is_own(swap.original_code(function))


def _name(value: Any) -> Any:
    return value.__name__ if type(value) is FunctionType else layers.held(value).get("__name__")
