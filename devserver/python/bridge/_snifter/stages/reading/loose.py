"""Applications that are given an environ and a start_response, or the latter alone, among whatever
else: `def __call__(self, environ, *start)`, `def app(*args)`. No place among the parameters tells
of them, but what they do with the two: they take them out by their names, call what is first among
the rest as start_response, or hand all on to what may be an application, by its name, or is one.

So does much else: each is a suspect, and no stage before it is called as one. Of the user's own
code alone, as with `acts`.
"""

from __future__ import annotations

import builtins
import inspect
from types import CodeType, FunctionType

from ..hooking import swap
from . import acts, expressions, readings, shapes
from .named import is_application_name, is_environ_name, is_start_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .readings import Expression

_NEVER = inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR | inspect.CO_ITERABLE_COROUTINE

#: So many functions in a row that each know the next as a global are looked at.
_MOST_LED = 5

_found: dict[int, tuple[CodeType, bool]] = {}
#: The names to which codes hand all on.
_handed_to: dict[int, tuple[CodeType, frozenset[str]]] = {}
#: Those that were taken for such a one's no more.
_forgotten: dict[int, CodeType] = {}


def is_one(code: CodeType) -> bool:
    """Whether a code may be that of such an application."""
    if not _may_be(code):
        return False
    found = _found.get(id(code))
    if found is None or found[0] is not code:
        found = _found[id(code)] = (code, _is_one(code))
    return found[1]


def leads_to_one(function: FunctionType, most: int = _MOST_LED) -> bool:
    """Whether a function is one of these, by its code, or since it hands all that it is given on to
    an application that it knows as a global; then its code is one of these from now on."""
    code = swap.original_code(function)
    if is_one(code):
        return True
    if not most or not _may_be(code) or not acts.is_own(code) or id(code) in _forgotten:
        return False
    if code.co_argcount > 1 or code.co_name.endswith("__") and code.co_name != "__call__":
        return False
    known = function.__globals__
    found = any(_leads(known[name], most - 1) for name in _globals_handed_to(code) & known.keys())
    if found:
        _found[id(code)] = (code, True)
    return found


def _leads(value: object, most: int) -> bool:
    # Of objects nothing is asked at each scan: they may make more of themselves, as mocks do.
    if type(value) is not FunctionType:
        return type(value) is type and shapes.is_application(value)
    return shapes.is_application(value) or leads_to_one(value, most)


def _globals_handed_to(code: CodeType) -> frozenset[str]:
    """The names to which a code hands all that it is given on, for what it returns."""
    known = _handed_to.get(id(code))
    if known is None or known[0] is not code:
        known = _handed_to[id(code)] = code, frozenset(_names_handed_to(code))
    return known[1]


def _names_handed_to(code: CodeType) -> set[str]:
    rest = ("name", code.co_varnames[code.co_argcount + code.co_kwonlyargcount])
    reading = readings.anew(code)  # they are large, and most are no such ones
    return {
        called[1]
        for called, args in reading.calls
        if called is not None
        and called[0] == "name"
        and called[1] in code.co_names
        and _is_spread(args)
        and args[0][1] == rest
        and ("call", called, args) in reading.returned
    }


def forget(code: CodeType) -> None:
    """Take a code for such a one's no more."""
    _found[id(code)] = (code, False)
    _forgotten[id(code)] = code


def _may_be(code: CodeType) -> bool:
    flags = code.co_flags
    return bool(flags & inspect.CO_VARARGS) and not flags & _NEVER and code.co_argcount <= 2


def _is_one(code: CodeType) -> bool:
    if not acts.is_own(code) or code.co_name.endswith("__") and code.co_name != "__call__":
        return False
    count = code.co_argcount
    rest = ("name", code.co_varnames[count + code.co_kwonlyargcount])
    if count and is_environ_name(code.co_varnames[count - 1]):
        environ = code.co_varnames[count - 1]
        return _takes_out(code, [environ]) or _starts(code, rest) or _hands_on(code, rest)
    if count > 1:
        return False  # it is given something else first
    return _takes_out(code, _variables(code)) or _hands_all_on(code, rest)


def _variables(code: CodeType) -> list[str]:
    """The variables of a code that are no parameters."""
    given = code.co_argcount + code.co_kwonlyargcount + 1
    return [*code.co_varnames[given:], *code.co_cellvars]


def _takes_out(code: CodeType, names: list[str]) -> bool:
    """Whether a code has a start_response by that name, and does with it what an application does,
    or with one of these."""
    starts = [name for name in _variables(code) if is_start_name(name)]
    environs = [name for name in names if is_environ_name(name)] if starts else []
    return any(
        acts.does(code, environ, start) is not None for environ in environs for start in starts
    )


def _starts(code: CodeType, rest: Expression) -> bool:
    """Whether a code calls one of the rest as start_response."""
    return any(
        called == ("item", rest) and len(args) in (2, 3)
        for called, args in readings.read(code).calls
    )


def _hands_on(code: CodeType, rest: Expression) -> bool:
    """Whether a code hands the rest on behind something else, to what it holds, or for what it
    returns."""
    reading = readings.read(code)
    for called, args in reading.calls:
        if not _is_spread(args) or args[0][1] == rest:
            continue
        names = list(expressions.names_in(called))
        if not names:
            continue
        if names[-1] not in code.co_names or names[-1] in code.co_varnames + code.co_freevars:
            return True
        if ("call", called, args) in reading.returned and not hasattr(builtins, names[-1]):
            return True
    return False


def _hands_all_on(code: CodeType, rest: Expression) -> bool:
    """Whether a code hands all that it is given on to what is an application by its name."""
    return any(
        _is_spread(args) and args[0][1] == rest and is_application_name(name)
        for called, args in readings.read(code).calls
        for name in list(expressions.names_in(called))[:1]
    )


def _is_spread(args: tuple[Expression, ...]) -> bool:
    return len(args) == 1 and args[0] is not None and args[0][0] == "all"
