"""Applications that are called by the names of their arguments, which no caller may rely on (PEP
3333, "Specification Details"): told at the call, of whoever makes it.

A function can't see how it was called. So it is known of the user's codes which of their calls give
the two by name, and of an application that has such a code the caller's instruction is looked at
whenever a stage is entered.
"""

from __future__ import annotations

import dis
import sys
from inspect import CO_VARKEYWORDS
from types import CodeType

from ...rules import BY_NAME
from .. import context, ours
from ..failures import tell
from ..reading import acts, readings
from ..reading.named import is_environ_name, is_start_name, place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Callable, Iterator

    from ..checking.lint import Checker
    from ..reading.readings import Expression
    from ..recording.record import Record
    from .calls import Call

_MOST = 1_000
_MOST_NESTED = 8
_MOST_GIVEN = 100
_SPREADS = dis.opmap["CALL_FUNCTION_EX"]
#: Such an instruction is always given a dict, if none.
_ALWAYS_NAMES = sys.version_info >= (3, 14)
#: Who calls in a thread of its own what it was given, with what it was given.
_LATER = frozenset(("threading", "concurrent.futures.thread", "multiprocessing.pool"))

#: The codes that were found to call by name, by their ids. Requests are watched if there is one.
callers: dict[int, CodeType] = {}
_sites: dict[int, tuple[CodeType, frozenset[int]]] = {}


class _Watched:
    """Makes the index of the next pass, and looks at who has called what gets it."""

    __slots__ = ("_following", "_checker", "__self__")

    def __init__(self, following: Callable[[], int], checker: Checker) -> None:
        self._following = following
        self._checker = checker
        #: As any method has it, of what knows how many it has.
        self.__self__ = following.__self__  # type: ignore[attr-defined]

    def __call__(self) -> int:
        tell(_look, self._checker, sys._getframe(1))
        return self._following()


def watch(record: Record) -> None:
    """Tell of the calls by name of a request."""
    record.index = _Watched(record.index, record.lint)


def look(code: CodeType) -> None:
    """Know a code that may call applications."""
    if len(callers) < _MOST and (sites(code) or _fills(code)):
        callers[id(code)] = code


def look_at(code: CodeType, depth: int = 0) -> None:
    """Know any code, with what is written in it, by a quick look: most give nobody a start_response
    by name."""
    if not acts.is_own(code):
        return
    if _names_start(code):
        look(code)
    for const in code.co_consts:
        if type(const) is CodeType and depth < _MOST_NESTED:
            look_at(const, depth + 1)


def sites(code: CodeType) -> frozenset[int]:
    """The places in a code of the user's where a frame stands that calls an application by name."""
    found = _sites.get(id(code))
    if found is None:
        if len(_sites) >= _MOST:
            _sites.clear()
        found = _sites[id(code)] = code, frozenset(_places(code) if acts.is_own(code) else ())
    return found[1]


def _places(code: CodeType) -> Iterator[int]:
    at = place(code)
    at = acts.of(code).place if at < 0 else at
    start = code.co_varnames[at + 1] if at >= 0 else ""
    reading = readings.read(code)
    in_dicts = _fills(code) and not code.co_flags & CO_VARKEYWORDS
    for (called, args), where in zip(reading.calls, reading.places):
        in_one = in_dicts and where in reading.spread and _lacks_one(called, args)
        if in_one or _is_by_name((*_filled_in(called), *args), start):
            yield from where


def _lacks_one(called: Expression, args: tuple[Expression, ...]) -> bool:
    """Whether what is called by its name is given no more than an environ by place: an application
    gets its start_response by name then."""
    by_place = [each for each in args if each is None or each[0] not in ("keyword", "all")]
    if called is None or called[0] == "call" or len(by_place) > 1:
        return False
    return not by_place or is_environ_name(_named(by_place[0]))


def _fills(code: CodeType) -> bool:
    """Whether a code may fill a dict that it gives by keyword."""
    return _names_start(code) and acts.is_own(code) and _SPREADS in code.co_code[::2]


def _names_start(code: CodeType) -> bool:
    """Whether the name of a start_response is written in a code, as a text or to give it by."""
    for const in code.co_consts:
        names = const if type(const) is tuple else (const,)
        if any(type(name) is str and is_start_name(name) for name in names):
            return True
    return False


def _filled_in(called: Expression) -> tuple[Expression, ...]:
    """What functools.partial has for what is called."""
    if called is None or called[0] != "call" or called[1] is None:
        return ()
    return called[2][1:] if called[1][-1] == "partial" else ()


def _is_by_name(args: tuple[Expression, ...], start: str) -> bool:
    """Whether a start_response is given by name, as it is wherever the environ is: which it is told
    by that, or by the value's own."""
    by_name = by_place = False
    for each in args:
        named = each is not None and each[0] == "keyword"
        names = (each[2], _named(each[1])) if named else (_named(each),)
        if any(name == start or is_start_name(name) for name in names if name):
            by_name, by_place = by_name or named, by_place or not named
    return by_name and not by_place


def _named(value: Expression) -> str:
    """The name by which a value is had."""
    return value[-1] if value is not None and value[0] in ("name", "attribute") else ""


def _look(checker: Checker, entering: FrameType) -> None:
    frame: FrameType | None = entering
    while frame is not None and ours.is_ours(frame.f_code):
        frame = frame.f_back
    # What passes on all that it is called with, as decorators do, has not named it.
    while frame is not None and _passes_on(frame):
        frame = frame.f_back
    if frame is None or ours.is_ours(frame.f_code):
        return
    if frame.f_lasti in sites(frame.f_code) or _is_spread(frame) and _has_named(frame):
        call = _around(entering)
        checker.tell_of(call, "application-keywords", BY_NAME)


def _passes_on(frame: FrameType) -> bool:
    code = frame.f_code
    if not code.co_flags & CO_VARKEYWORDS or ours.is_ours(code):
        return False
    return _is_spread(frame) and frame.f_lasti not in sites(code)


def _around(entering: FrameType) -> Call | None:
    """The call within which a stage is entered, as what enters it has it: threads have none."""
    known = entering.f_locals
    return known.get("parent") or known.get("outer") or context.current()


def _is_spread(frame: FrameType) -> bool:
    """Whether a frame calls with what is in a dict, as far as its instruction tells."""
    code, at = frame.f_code.co_code, frame.f_lasti
    return code[at] == _SPREADS and (_ALWAYS_NAMES or code[at + 1] & 1 > 0)


def _has_named(frame: FrameType) -> bool:
    """Whether what a thread or a pool calls is given a start_response by name. Of no other frame
    the variables are looked at: that would keep what they hold."""
    if frame.f_globals.get("__name__") not in _LATER:
        return False
    found = frame.f_locals
    held = [*found.values(), *getattr(found.get("self"), "__dict__", {}).values()]
    dicts = [each for each in held if type(each) is dict and len(each) < _MOST_GIVEN]
    return any(type(key) is str and is_start_name(key) for each in dicts for key in (*each,))
