"""What an application passes its environ on to with a start_response of its own, by which it
collects what that starts: `body = within(environ, keep)`.

Much else is called with an environ and a function. So what is called has to give what the
application returns, and to be, by what it does itself, a suspect.
"""

from __future__ import annotations

from types import CodeType, FunctionType

from ..hooking.swap import original_code
from . import acts, readings
from .named import place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .readings import Expression

_NONE: frozenset[str] = frozenset()
_names: dict[int, tuple[CodeType, frozenset[str]]] = {}


def names_given(function: FunctionType) -> frozenset[str]:
    """The names by which a function has what it calls like that."""
    code = original_code(function)
    if not acts.is_own(code):
        return _NONE
    found = _names.get(id(code))
    if found is None:
        found = _names[id(code)] = code, frozenset(_named(code))
    return found[1]


def _named(code: CodeType) -> set[str]:
    at = place(code)
    if at < 0:
        at = acts.of(code).place
    if at < 0:
        return set()
    environ = ("name", code.co_varnames[at])
    reading = readings.read(code)
    return {
        called[1]
        for called, args in reading.calls
        if called is not None
        and called[0] == "name"
        and len(args) == 2
        and args[0] == environ
        and _may_begin(args[1])
        and ("call", called, args) in reading.returned
    }


def _may_begin(expression: Expression) -> bool:
    """Whether it is a function that is made there, a method, or an object."""
    return expression is not None and expression[0] in ("function", "attribute", "call")
