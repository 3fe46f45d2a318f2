"""The functions that a method is made of: decorators put one around another, and each passes on
the object that it is called on."""

from __future__ import annotations

import inspect
from types import FunctionType

from ..hooking.swap import original_code
from . import readings
from .shapes import closed_over

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator

_MOST = 50
#: The first of the arguments where they are gathered in a list on their way.
_UNKNOWN = (("all", None), ("all", ("new", None)))


def within(method: FunctionType) -> Iterator[FunctionType]:
    """A method, and the functions that it decorates, the outermost first."""
    todo, seen = [method], {id(method)}
    while todo and len(seen) <= _MOST:
        function = todo.pop()
        yield function
        for inner in _decorated(function):
            if id(inner) not in seen:
                seen.add(id(inner))
                todo.append(inner)


def stands_in(value: Any, kind: type) -> bool:
    """Whether an object stands in a class in the place of a method, as a decorator's does."""
    return any(value is each for base in kind.__mro__ for each in base.__dict__.values())


def _decorated(function: FunctionType) -> Iterator[FunctionType]:
    """The functions that a function closes over and calls with its own object, or with all that it
    is called with, or with what is not known, as f(self, *args) is read."""
    code = original_code(function)
    if not function.__closure__:
        return
    count = code.co_argcount
    first = None
    if count:
        first = ("name", code.co_varnames[0])
    elif code.co_flags & inspect.CO_VARARGS:
        first = ("all", ("name", code.co_varnames[code.co_kwonlyargcount]))
    passed = {
        called[1]
        for called, args in readings.read(code).calls
        if called is not None and called[0] == "name" and args and args[0] in (first, *_UNKNOWN)
    }
    wrapped = function.__dict__.get("__wrapped__")
    for name, value in closed_over(function).items():
        if type(value) is FunctionType and (name in passed or value is wrapped):
            yield value
