"""Where in the arguments of a call an environ and a start_response are."""

from __future__ import annotations

from types import MethodType

from ..reading import shapes
from ..reading.named import MOST_BEFORE
from .parents import owner_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def of(outer: Any, args: tuple[Any, ...]) -> int:
    """Where in the arguments of a call an environ and a start_response are, or -1."""
    at = len(args) - 2
    if outer is not None and 0 <= at <= 1:
        environ, begin = args[at:]
        is_its_own = type(begin) is MethodType and begin.__self__ is outer
        if environ is outer.environ:
            # What the stage around was called with, whatever that stage has taken out of it.
            if is_its_own or shapes.is_start_response(begin):
                return at
        elif is_its_own and shapes.is_environ(environ):
            return at
    return shapes.position(args)


def odd(args: tuple[Any, ...]) -> int:
    """Where in the arguments of a call what can't be told for an environ by itself is, right before
    a start_response that is a call's, or -1: it is no dict, or lacks what an environ is known
    by."""
    for at in range(min(len(args) - 1, MOST_BEFORE)):
        if owner_of(args[at + 1], 2) is not None:
            return at if shapes.is_mapping(args[at]) else -1
    return -1
