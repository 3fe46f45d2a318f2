"""Telling by what a function does, whatever its parameters are called, that it is an application:
it calls the one as start_response, or passes the two on together (PEP 3333, "Middleware").

Only the user's own code is judged so. Libraries call environ and start_response by their names, and
are too many.
"""

from __future__ import annotations

import builtins
import inspect
import os
import re
from collections import Counter
from types import CodeType, FunctionType

from ..hooking.swap import original_code
from . import expressions, patterns, readings
from .given import comes_from, passes
from .named import MOST_BEFORE, is_environ_name, is_start_name, place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterator

    from .readings import Expression

_STATUS = re.compile(r"[1-5][0-9][0-9]( |$)")
_KEY = re.compile(
    r"wsgi\.|HTTP_|REQUEST_METHOD$|PATH_INFO$|SCRIPT_NAME$|QUERY_STRING$|CONTENT_(TYPE|LENGTH)$"
    r"|SERVER_(NAME|PORT|PROTOCOL)$|REMOTE_(ADDR|USER)$"
)
#: What is next in a chain.
_NEXT = re.compile(r"next|nxt|^(following|proceed|rest|then)$")
#: Methods that put something somewhere.
_PUTS = frozenset(("append", "add", "put", "put_nowait", "set", "set_result", "extend"))
#: First parameters of what is no application: a start_response of a middleware's own, which may be
#: a method.
_STATUSES = frozenset(("status", "code", "status_code", "status_line"))
_NEVER = inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR | inspect.CO_ITERABLE_COROUTINE
_MOST_NESTED = 5


class Act:
    """What is known of a code."""

    __slots__ = ("code", "place", "firm", "has_next")

    def __init__(self, code: CodeType, place: int, firm: bool, has_next: bool = False) -> None:
        self.code = code
        #: Where in its parameters the two are, or -1.
        self.place = place
        #: Nothing but an application does so. Otherwise it is none before it is called as one.
        self.firm = firm
        #: It passes the two on to a further parameter, or has one that is called so: whoever calls
        #: it says what is next.
        self.has_next = has_next


_acts: dict[int, Act] = {}
#: Whether what is in a file is the user's own.
own_files: dict[str, bool] = {}
#: What no user writes, beyond what was installed: <builtin> is of PyPy.
_LIBRARIES = ("<frozen", "<builtin>", "<snifter", os.path.join(os.path.dirname(os.__file__), ""))
_INSTALLED = ("site-packages", "dist-packages")


def is_own(code: CodeType) -> bool:
    """Whether a code is the user's, and no library's."""
    if type(code) is not CodeType:
        return False  # of PyPy's own functions, which have no file
    file = code.co_filename
    found = own_files.get(file)
    if found is None:
        found = own_files[file] = not (
            file.startswith(_LIBRARIES) or any(folder in file for folder in _INSTALLED)
        )
    return found


def of(code: CodeType) -> Act:
    """What a code does with the two."""
    found = _acts.get(id(code))
    if found is None:
        found = _acts[id(code)] = _judged(code) if _may_be(code) else Act(code, -1, False)
    return found


def is_application(code: CodeType, defaults: int) -> bool:
    """Whether a function of so many defaults acts as an application. Neither of the two has one."""
    if code.co_argcount < 2 or not is_own(code):
        return False
    act = of(code)
    needed = code.co_argcount - defaults - act.place
    if act.place < 0 or needed != 2 and not (act.has_next and needed > 2):
        return False
    return act.firm or act.place < 2


def needs_more(code: CodeType, defaults: int) -> bool:
    """Whether a function must be given more than a server gives, and not what is next."""
    if code.co_argcount < 3:
        return False
    act = of(code)
    return act.place >= 0 and not act.has_next and code.co_argcount - defaults > act.place + 2


def is_firm(function: FunctionType) -> bool:
    """Whether nothing but an application is, or does, what a function does."""
    code = original_code(function)
    if place(code) >= 0:
        return True
    act = of(code)
    return act.place >= 0 and (act.firm or is_own(code))


def is_awaited(function: FunctionType) -> bool:
    """Whether a function is a coroutine of the user's, or is iterated by one: an application that
    has such runs them itself."""
    code = original_code(function)
    return is_own(code) and bool(code.co_flags & _NEVER)


def is_suspect(code: CodeType) -> bool:
    """Whether a code is taken for an application's for what it does alone, which others do too."""
    found = _acts.get(id(code))
    return found is not None and found.place >= 0 and not found.firm and place(code) < 0


def forget(code: CodeType) -> None:
    """Take a code for an application's no more."""
    found = _acts.get(id(code))
    if found is not None:
        found.place = -1


def is_doubtful(function: FunctionType) -> bool:
    """Whether a function was hooked for what it does alone, which others do as well."""
    found = _acts.get(id(original_code(function)))
    return found is not None and found.place >= 0 and not found.firm


def _may_be(code: CodeType) -> bool:
    """By a quick look: most are not, and none of PyPy's own, which has no bytecode."""
    if type(code) is not CodeType:
        return False
    count = code.co_argcount
    if count < 2 or count > MOST_BEFORE + 4 or code.co_flags & _NEVER:
        return False
    if not _STATUSES.isdisjoint(code.co_varnames[:2]):
        return False
    if code.co_name.endswith("__") and code.co_name not in ("__call__", "__new__"):
        return False
    cells = code.co_cellvars
    if cells and any(name in cells for name in code.co_varnames[1:count]):
        return True  # an inner function calls or passes it
    if any(type(const) is str and _STATUS.match(const) for const in code.co_consts):
        return True
    raw = code.co_code
    return any(patterns.passing(at).search(raw) for at in range(min(count - 1, MOST_BEFORE)))


def _judged(code: CodeType) -> Act:
    names = code.co_varnames[: code.co_argcount]
    best = Act(code, -1, False)
    for at in range(min(len(names) - 1, MOST_BEFORE)):
        firm = does(code, names[at], names[at + 1])
        if firm or firm is not None and best.place < 0:
            best = Act(code, at, firm, _has_next(code, names, at))
        if firm:
            break
    return best


def does(code: CodeType, environ: str, start: str) -> bool | None:
    """Whether a code treats two variables as the two: None if it does not, True if nothing else is
    treated so."""
    found = None
    if makes_start(code, start) or collects(code, environ, start):
        return None
    if gives_two(code, environ, start):
        return None
    # Who calls the one start_response would call the other environ: redirect(url, start_response).
    of_another = is_start_name(start) and not is_environ_name(environ)
    looked = _looks(code, environ)
    for each in _with_inner(code, start):
        for called, given in readings.read(each).calls:
            args = expressions.spread(called, given)
            if called == ("name", start):
                if args and args[0] == ("name", environ):
                    return None  # it is called with the environ: an application, or a view
                if args[2:] == (("name", "exc_info"),):
                    found = True
                elif len(args) in (2, 3):
                    found = found or looked or not of_another and _is_status(args[0])
                elif args and args[0] is not None and args[0][0] == "all":
                    found = found or looked
            elif passes(args, environ, start) and _is_held(called, each, args, environ):
                found = found or looked
    return found


def _looks(code: CodeType, environ: str) -> bool:
    """Whether a code names keys of an environ, and not to ask one that it closes over, or that its
    object has: that is the environ of the application around it."""
    keys = {const for const in code.co_consts if type(const) is str and _KEY.match(const)}
    if not keys:
        return False
    names = code.co_varnames[: code.co_argcount]
    before = names[: names.index(environ)] if environ in names else names
    others = {*code.co_freevars, *before}
    reading = readings.read(code)
    asked = [*reading.asked]
    for called, args in reading.calls:
        if called is not None and called[0] == "attribute" and args:
            asked.append((called[1], args[0]))  # get(), setdefault()
    for of, key in asked:
        if key is not None and key[0] == "const" and set(expressions.names_in(of)) & others:
            keys.discard(key[1])
    return bool(keys)


def _is_held(
    called: Expression, code: CodeType, args: tuple[Expression, ...], environ: str
) -> bool:
    """Whether what is called may be an application that is held, or be given one: it is no builtin,
    no function of a module, and no method of what may be the environ."""
    if called is None or called[0] in ("call", "function") or _names_environ(args):
        return True
    if called == ("name", "self") and code.co_name != "__call__":
        return False  # the object is what is called then
    if called[0] == "attribute" and _is_made_of(called[1]):
        return True
    # pool.submit(app, environ, start), or of (context.run, app, environ, start)
    behind = called[0] == "attribute" and (len(args) == 3 or len(args) == 4 and _is_method(args[0]))
    behind = behind or called[0] == "attribute" and called[2] == "run_in_executor"
    before = called[0] in ("name", "item") and len(args) == 3  # it is given what is next, too
    if not (comes_from(args[-2], environ) or behind or before):
        return False
    names = list(expressions.names_in(called))
    if not names or names[-1] == environ:
        return False
    if names[-1] in code.co_names and names[-1] not in code.co_freevars:
        return behind or called[0] != "attribute" and not hasattr(builtins, names[-1])
    return True


def _is_method(expression: Expression) -> bool:
    return expression is not None and expression[0] == "attribute"


def _is_made_of(expression: Expression) -> bool:
    """Whether it is made right there, of something that is held and no more: greenlet(self.app)."""
    if expression is None or expression[0] != "call" or len(expression[2]) != 1:
        return False
    (of,) = expression[2]
    return of is not None and (_is_method(of) or of[0] in ("name", "item"))


def _names_environ(args: tuple[Expression, ...]) -> bool:
    return any(
        each is not None and each[0] == "keyword" and is_environ_name(each[2]) for each in args
    )


def _is_status(expression: Expression) -> bool:
    return (
        expression is not None
        and expression[0] == "const"
        and type(expression[1]) is str
        and bool(_STATUS.match(expression[1]))
    )


def _has_next(code: CodeType, names: tuple[str, ...], at: int) -> bool:
    """Whether the two are passed on to a parameter behind them, or would be by its name: the last
    of a chain never does."""
    if len(names) == at + 3 and _NEXT.search(names[-1]):
        return True
    further = [("name", name) for name in names[at + 2 :]]
    return any(
        called in further and passes(args, names[at], names[at + 1])
        for each in _with_inner(code, names[at + 1])
        for called, args in readings.read(each).calls
    )


def starts(code: CodeType) -> bool:
    """Whether a function that has a start_response among its parameters calls it."""
    at = place(code)
    if at < 0:
        return False
    start = ("name", code.co_varnames[at + 1])
    return any(called == start for called, _ in readings.read(code).calls)


def answers(code: CodeType) -> bool:
    """The same, or that it passes the two on, and not to what its base class is made by."""
    passed = (called for called, _, _ in passing(code))
    return starts(code) or any(each is None or each[-1] != "__init__" for each in passed)


def makes_start(code: CodeType, start: str) -> bool:
    """Whether a function does nothing but make another start_response."""
    if start not in code.co_cellvars:
        return False
    returned = readings.read(code).returned
    return bool(returned) and all(
        each is not None and each[0] == "function" and start in each[1].co_freevars
        for each in returned
    )


def collects(code: CodeType, environ: str, start: str) -> bool:
    """Whether a function puts what it gets of an application somewhere for others, and returns
    nothing: lambda environ, start: found.append(app(environ, start))."""
    reading = readings.read(code)
    puts = [
        ("call", called, args)
        for called, args in reading.calls
        if called is not None and called[0] == "attribute" and called[2] in _PUTS
        for each in args
        if each is not None and each[0] == "call" and passes(each[2], environ, start)
    ]
    return bool(puts) and all(each in puts or each == ("const", None) for each in reading.returned)


def gives_two(code: CodeType, environ: str, start: str) -> bool:
    """Whether a function gives back what its caller is to call an application with: a tuple with
    one of the two, or with a function in the place of one."""
    two = ("name", environ), ("name", start)
    returned = readings.read(code).returned
    return bool(returned) and all(
        given is not None
        and given[0] == "tuple"
        and any(each in two or each is not None and each[0] == "function" for each in given[1])
        for given in returned
    )


def _with_inner(code: CodeType, start: str, depth: int = 0) -> Iterator[CodeType]:
    """A code, and those of the functions in it that use a variable of its."""
    yield code
    for const in code.co_consts if depth < _MOST_NESTED else ():
        if type(const) is CodeType and start in const.co_freevars:
            yield from _with_inner(const, start, depth + 1)


def called_names(function: FunctionType) -> frozenset[str]:
    """The names by which a function has what it passes its environ and start_response on to."""
    return _called_by(function)[1]


def makers(function: FunctionType) -> frozenset[str]:
    """Those of them by which it has nothing but what makes that, of whatever it is given."""
    return _called_by(function)[2]


_called_names: dict[int, tuple[CodeType, frozenset[str], frozenset[str]]] = {}
_NONE: frozenset[str] = frozenset()


def _called_by(function: FunctionType) -> tuple[CodeType, frozenset[str], frozenset[str]]:
    code = original_code(function)
    if type(code) is not CodeType:
        return code, _NONE, _NONE  # PyPy's own
    found = _called_names.get(id(code))
    if found is None:
        names, made = frozenset(_names_called(code)), frozenset(_makers_in(code))
        found = _called_names[id(code)] = (code, names, made)
    return found


def _makers_in(code: CodeType) -> set[str]:
    made: Counter[str] = Counter()
    named: Counter[str] = Counter()
    for called, _, _ in passing(code):
        made.update(expressions.makers_in(called))
        named.update(expressions.names_in(called))
    return {name for name, times in made.items() if times == named[name]}


def _names_called(code: CodeType) -> Iterator[str]:
    for called, args, environ in passing(code):
        yield from expressions.names_in(called)
        yield from names_taken_of(code, called)
        if called is not None and called[0] == "attribute" and _is_made_of(called[1]):
            yield from expressions.names_in(called[1][2][0])
        for before in args[:MOST_BEFORE]:
            if comes_from(before, environ):
                break
            # A pool's submit(), a profiler's runcall().
            yield from expressions.names_in(before)
    count = code.co_argcount
    if count <= 2 and code.co_flags & inspect.CO_VARARGS:
        rest = ("name", code.co_varnames[count + code.co_kwonlyargcount])
        for called, args in readings.read(code).calls:
            if args and args[0] == ("all", rest):
                yield from expressions.names_in(called)


def names_taken_of(code: CodeType, called: Expression) -> Iterator[str]:
    """The names of what has that which is called, where it was set to that, or to a part of it."""
    reading = readings.read(code)
    for _ in range(_MOST_NESTED):
        called = _set_to(reading, called)
        if called is None:
            return
        yield from expressions.names_in(called)


def _set_to(reading: readings.Reading, called: Expression) -> Expression:
    """What the attribute, or the variable, that is called was set to by the code itself: what is
    made of something else has other names."""
    if called is not None and called[0] == "attribute":
        for name, of, value in reading.kept:
            made = value is None or value[0] == "call" and value[2]
            if not made and (name, of) == (called[2], called[1]):
                return value
    *_, variable = [None, *expressions.names_in(called)]
    return reading.taken.get(variable)


def passing(code: CodeType) -> Iterator[tuple[Expression, tuple[Expression, ...], str]]:
    """What a code passes the two on to, with which arguments, and the name of the environ."""
    at = place(code)
    if at < 0:
        # No coroutine is an application, but one may run it.
        at = _judged(code).place if code.co_flags & _NEVER and is_own(code) else of(code).place
    if at < 0:
        return
    environ, start = code.co_varnames[at : at + 2]
    for each in _with_inner(code, start):
        for called, given in readings.read(each).calls:
            args = expressions.spread(called, given)
            if passes(args, environ, start):
                yield called, args, environ
