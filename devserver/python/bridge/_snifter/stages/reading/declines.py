"""Telling functions that are given an environ and a start_response, and are no applications: they
are told of a request, or make another start_response."""

from __future__ import annotations

import dis
import inspect
import sys
from types import CodeType, FunctionType, ModuleType

from ..hooking.swap import original_code
from ..kinds import attributes_of
from . import acts, nobodies, readings
from .named import place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .readings import Expression

_JUMPS = frozenset((*dis.hasjrel, *dis.hasjabs))
#: Python 3.8 and 3.9 return None behind what raises.
_GOES_ON = sys.version_info < (3, 10)
#: What a function that never returns says that it does.
_NEVER = ("NoReturn", "Never")
_TYPING = ("typing", "typing_extensions")
_NONE = ("const", None)
#: What a body is made of.
_MAKES = frozenset(("BUILD_LIST", "BUILD_TUPLE"))
_LITERALS = frozenset((str, int, float, tuple))

_declining: dict[int, tuple[CodeType, bool]] = {}
_leaving: dict[int, tuple[CodeType, bool]] = {}
_giving: dict[int, CodeType] = {}


def declines(code: CodeType) -> bool:
    """Whether a function that has an environ and a start_response among its parameters never looks
    at the latter, and returns what is no body: it is only told of a request. Or it does nothing
    but give the two back, or is what a server has answer."""
    found = _declining.get(id(code))
    if found is None:
        found = _declining[id(code)] = (code, _declines(code))
    return found[1]


def is_none(function: FunctionType) -> bool:
    """The same of a function, with what it knows by the names in it."""
    code = original_code(function)
    return declines(code) or gives_none(code, nobodies.known_to(function))


def gives_none(code: CodeType, known: nobodies.Known) -> bool:
    """Whether a function of the user's that has an environ and a start_response among its
    parameters, and something by the names in it, gives back nothing but what is no body."""
    if id(code) not in _giving and _gives_none(code, known):
        _giving[id(code)] = code  # another may know less by the names
    return id(code) in _giving


def _gives_none(code: CodeType, known: nobodies.Known) -> bool:
    at = place(code)
    if at < 0 or code.co_name == "__call__" or not acts.is_own(code):
        return False
    if code.co_flags & inspect.CO_GENERATOR:
        return leaves_start(code) and nobodies.yields_none(code, code.co_varnames[at], known)
    return nobodies.gives_none(code, code.co_varnames[at + 1], known)


def gives_nothing(function: FunctionType) -> bool:
    """Whether a function of the user's that takes whatever it is given never returns anything: it
    makes a note of it, say, or refuses it at times. One that does nothing but fail may be an
    application."""
    code = original_code(function)
    if place(code) >= 0 or code.co_flags & inspect.CO_GENERATOR or not acts.is_own(code):
        return False
    reading, known = readings.read(code), nobodies.known_to(function)
    if not _returns_none(code):
        return False
    is_straight = _JUMPS.isdisjoint(code.co_code[::2])
    return not (is_straight and any(_fails(each, known) for each, _ in reading.calls))


def _returns_none(code: CodeType) -> bool:
    """Whether a code returns, and never anything but None."""
    returned = readings.read(code).returned
    if not returned or any(each != _NONE for each in returned):
        return False
    if not _GOES_ON or len(returned) > 1:
        return True
    *_, before, at, _ = [None, *dis.get_instructions(code)]
    return before is None or before.opname != "RAISE_VARARGS" or at.is_jump_target


def _fails(called: Expression, known: nobodies.Known) -> bool:
    """Whether what is called never returns, as far as that can be seen."""
    if called is not None and called[0] == "attribute" and called[1] is not None:
        of = known(called[1][1]) if called[1][0] == "name" else None
        value = vars(of).get(called[2]) if type(of) is ModuleType else None
    else:
        value = known(called[1]) if called is not None and called[0] == "name" else None
    if type(value) is not FunctionType:
        return False
    if _says_never(value):
        return True
    code = original_code(value)
    returned = readings.read(code).returned
    return not returned or _GOES_ON and returned == [_NONE] and not _returns_none(code)


def _says_never(function: FunctionType) -> bool:
    """Whether a function says that it never returns. No code of the user's is run for that: from
    3.14 on it makes the annotations once they are asked for, and may name what is not there."""
    annotate: Any = getattr(function, "__annotate__", None)
    if annotate is None:
        said = function.__annotations__.get("return")
    else:
        said = _last_annotation(annotate)
    is_named = type(said) is str or attributes_of(type(said)).get("__module__") in _TYPING
    return is_named and str(said).endswith(_NEVER)


def _last_annotation(annotate: Any) -> Any:
    """What a function is written to return, or its last name, by what makes its annotations: a dict
    of which that is the last, which is returned."""
    if type(annotate) is not FunctionType or "return" not in annotate.__code__.co_consts:
        return None
    *_, last, _, _ = dis.get_instructions(annotate.__code__)
    return last.argval


def learn(function: FunctionType) -> None:
    """Take note of a function that the standard library has made of another: what
    contextlib.contextmanager was given declines."""
    wrapped = function.__dict__.get("__wrapped__")
    if function.__code__.co_name == "helper" and type(wrapped) is FunctionType:
        code = original_code(wrapped)
        _declining[id(code)] = (code, True)


def take(code: CodeType) -> None:
    """Take note of a code that was seen to be no application's."""
    _declining[id(code)] = (code, True)


def _declines(code: CodeType) -> bool:
    at = place(code)
    if at < 0 or code.co_name == "__call__":
        return False
    start = code.co_varnames[at + 1]
    if _gives_back(code, start):
        return True
    if not acts.is_own(code):
        return _runs(code)
    environ = code.co_varnames[at]
    if acts.makes_start(code, start) or acts.collects(code, environ, start):
        return True
    if acts.gives_two(code, environ, start) or _only_keeps(code, environ, start):
        return True
    return _leaves(code, start) and not _may_answer(code)


def _only_keeps(code: CodeType, environ: str, start: str) -> bool:
    """Whether a method keeps a start_response, neither calls it nor passes the two on, and gives
    nothing back: it is another's that answers."""
    if code.co_name == "__init__" or start in code.co_cellvars or not _returns_none(code):
        return False
    if code.co_flags & inspect.CO_GENERATOR:
        return False
    return not any(
        called == ("name", start) or acts.passes(args, environ, start)
        for called, args in readings.read(code).calls
    )


def _runs(code: CodeType) -> bool:
    """Whether a library's function has an application answer and gives nothing back: it sends what
    comes of that itself, as those do that serve WSGI applications to ASGI."""
    return never_answers(code) and any(True for _ in acts.passing(code))


def _gives_back(code: CodeType, start: str) -> bool:
    """Whether a code looks at a start_response, and neither calls anything nor keeps it."""
    if code.co_flags & inspect.CO_GENERATOR or start in code.co_cellvars:
        return False
    reading = readings.read(code)
    return not reading.calls and not reading.kept and not _leaves(code, start)


def refuses(code: CodeType, at: int) -> bool:
    """Whether a function of the user's, that is given the two from a place on, does with them
    nothing that an application does, whatever it is held as."""
    if not acts.is_own(code):
        return False
    if code.co_argcount == at + 1 and code.co_flags & inspect.CO_VARARGS:
        # What it is given first may be what it calls with the others.
        first = ("name", code.co_varnames[at])
        return any(called == first for called, _ in readings.read(code).calls)
    if code.co_argcount < at + 2 or place(code) >= 0 or acts.of(code).place >= 0:
        return False
    start = code.co_varnames[at + 1]
    if _leaves(code, start):
        return not _may_answer(code)
    return not any(value == ("name", start) for _, _, value in readings.read(code).kept)


def never_answers(code: CodeType) -> bool:
    """Whether a code gives nothing back, but may raise: as what an interface says of a method."""
    if type(code) is not CodeType or code.co_flags & inspect.CO_GENERATOR:
        return False  # PyPy's own functions have other codes
    return all(each == ("const", None) for each in readings.read(code).returned)


def leaves_start(code: CodeType) -> bool:
    """Whether a function that has an environ and a start_response among its parameters never looks
    at the latter."""
    found = _leaving.get(id(code))
    if found is None:
        at = place(code)
        leaves = at >= 0 and _leaves(code, code.co_varnames[at + 1])
        found = _leaving[id(code)] = (code, leaves)
    return found[1]


def _leaves(code: CodeType, variable: str) -> bool:
    """Whether a code never looks at a variable."""
    return variable not in code.co_cellvars and not nobodies.times_loaded(code, variable)


def _may_answer(code: CodeType) -> bool:
    """Whether a code makes what may be a body, or raises an exception in its place."""
    if code.co_flags & inspect.CO_GENERATOR:
        # A context manager yields nothing, or what it was given; what has no yield left raises.
        none = [("const", None), *(("name", name) for name in code.co_varnames[: code.co_argcount])]
        yielded = readings.read(code).yielded
        return not yielded or not all(each in none for each in yielded)
    for instruction in dis.get_instructions(code):
        if instruction.opname == "RAISE_VARARGS":
            return True
        if instruction.opname in _MAKES and not _is_of_literals(code):
            return True
        value = instruction.argval
        if type(value) is bytes or type(value) is tuple and any(type(v) is bytes for v in value):
            return True
        if type(value) is CodeType and (value.co_name == "<listcomp>" or _makes_blocks(value)):
            return True  # a list is made by instructions of the code itself from 3.12 on
    return False


def _is_of_literals(code: CodeType) -> bool:
    """Whether all that a code makes is of what is written in it: numbers and texts, if it makes
    more than what is empty, as a body may be."""
    if code.co_names or code.co_freevars or code.co_cellvars or readings.read(code).calls:
        return False
    first, *others = code.co_consts or (None,)
    if type(first) is not str:  # else it may be what the function is documented with
        others.append(first)
    return any(type(each) in _LITERALS for each in others)


def _makes_blocks(code: CodeType) -> bool:
    """Whether a code within another is of a generator with a name, or of a class that is iterated:
    a body is, and what is only told of a request has no use for one."""
    if code.co_flags & inspect.CO_GENERATOR:
        return code.co_name != "<genexpr>"
    return not code.co_flags & inspect.CO_OPTIMIZED and "__iter__" in code.co_names
