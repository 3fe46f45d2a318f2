"""Where in the arguments of a call an environ and a start_response are."""

from __future__ import annotations

from types import CodeType, MethodType

from ..reading import shapes
from ..reading.named import MOST_BEFORE, is_environ_name, is_start_name
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


def odd(code: CodeType, args: tuple[Any, ...]) -> int:
    """Where in the arguments of a code's call what can't be told for an environ by itself is, right
    before a start_response that is a call's, or may be one where the code's names say so; or -1: it
    is no dict, or lacks what an environ is known by."""
    for at in range(min(len(args) - 1, MOST_BEFORE)):
        begin, is_named = args[at + 1], _is_named(code, at)
        if owner_of(begin, 2) is not None or is_named and shapes.is_start_response(begin):
            return at if shapes.is_mapping(args[at]) else -1
    return -1


def _is_named(code: CodeType, at: int) -> bool:
    names = code.co_varnames[: code.co_argcount][at : at + 2]
    return len(names) == 2 and is_environ_name(names[0]) and is_start_name(names[1])
