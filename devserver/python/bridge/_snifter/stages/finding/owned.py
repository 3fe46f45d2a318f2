"""Telling a request's start_response from whatever else a function may be given to call."""

from __future__ import annotations

import functools
import gc
import inspect
from types import CodeType, FunctionType, MethodType

from ...exchange import Exchange
from .. import context
from ..guard import guarded
from ..kinds import ids
from ..reading import shapes
from ..running.calls import Call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_MOST_STEPS = 4
_MOST_OBJECTS = 200
_OWNERS = ids(Call, Exchange)


@guarded
def may_be(begin: Any) -> bool:
    """Whether something to call is a request's start_response, or leads to one, or takes what one
    does, by the names; where no stage runs, it is whatever a server gives."""
    if context.running.get() is None:
        return True
    code = code_of(begin)
    if code is not None and (_is_named(code) or not _takes_two(code, begin)):
        return _is_named(code)
    seen: dict[int, Any] = {}
    todo = [(begin, 0)]
    while todo and len(seen) < _MOST_OBJECTS:
        value, steps = todo.pop()
        if id(value) in seen:
            continue
        seen[id(value)] = value
        if type(value) is MethodType and id(type(value.__self__)) in _OWNERS:
            return True
        if steps < _MOST_STEPS:
            todo += [(each, steps + 1) for each in _held(value)]
    return False


def _takes_two(code: CodeType, begin: Any) -> bool:
    given = 0 if type(begin) is FunctionType else 1
    return bool(code.co_flags & inspect.CO_VARARGS) or code.co_argcount - given >= 2


def _is_named(code: CodeType) -> bool:
    names = code.co_varnames[: code.co_argcount]
    return any(
        status.startswith("status") and headers.endswith("headers")
        for status, headers in zip(names, names[1:])
    )


def _held(value: Any) -> list[Any]:
    kind = type(value)
    if kind is FunctionType:
        return [*shapes.closed_over(value).values(), *(value.__defaults__ or ())]
    if kind is MethodType:
        return [value.__self__, value.__func__]
    if issubclass(kind, functools.partial):
        return [value.func, *value.args, *value.keywords.values()]
    if issubclass(kind, type):
        return []
    return gc.get_referents(value)[:_MOST_OBJECTS]


def is_begun(args: tuple[Any, ...]) -> bool:
    """Whether a function is called as a start_response is: with a status and headers."""
    return any(
        type(status) is str and status[:3].isdigit() and type(headers) is list
        for status, headers in zip(args, args[1:])
    )


def code_of(begin: Any) -> Any:
    """The code that runs when it is called, or None."""
    while issubclass(type(begin), functools.partial):
        begin = begin.func
    if type(begin) is MethodType:
        begin = begin.__func__
    if type(begin) is not FunctionType:
        begin = shapes.call_method(type(begin))
    code = begin.__code__ if type(begin) is FunctionType else None
    return code if type(code) is CodeType else None  # PyPy's own functions have other codes
