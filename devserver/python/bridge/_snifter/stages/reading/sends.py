"""By which methods of what it holds an application passes the two on:
`self.server.handle(environ, start_response)`. The object that has the method need be none itself.
"""

from __future__ import annotations

from types import CodeType, FunctionType

from ..hooking.swap import original_code
from . import acts, expressions
from .given import comes_from
from .named import MOST_BEFORE, place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterator

    from .readings import Expression

_NONE: frozenset[str] = frozenset()
_methods: dict[int, tuple[CodeType, frozenset[str]]] = {}


def methods_of(function: FunctionType) -> frozenset[str]:
    """The names of the methods that a function calls with the two, or has called, of whatever but
    its own object."""
    code = original_code(function)
    if type(code) is not CodeType:
        return _NONE  # PyPy's own
    found = _methods.get(id(code))
    if found is None:
        found = _methods[id(code)] = code, frozenset(_named(code))
    return found[1]


def _named(code: CodeType) -> Iterator[str]:
    own = ("name", code.co_varnames[0]) if place(code) != 0 and code.co_varnames else None
    for called, args, environ in acts.passing(code):
        before = []
        for each in args[:MOST_BEFORE]:
            if comes_from(each, environ):
                break
            before.append(each)  # that a pool's submit() calls, a profiler's runcall()
        for each in (called, *before):
            of, name = _method(each)
            if name and of != own:
                yield name


def _method(expression: Expression) -> tuple[Expression, str]:
    """What a value is a method of, and its name there; no name where it is none."""
    if expression is None:
        return None, ""
    if expression[0] == "attribute":
        return expression[1], expression[2]
    name = expressions.asked_for(expression)
    return (expression[2][0], name) if name else (None, "")
