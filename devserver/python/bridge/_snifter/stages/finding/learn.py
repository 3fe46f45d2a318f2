"""Noticing stages that no name gives away, while a request passes through them.

A trace function sees each call; it, and not a profile function, since a profiler among the stages
would displace that one. That it was called with an environ and something to call makes no function
a stage: it must also have given what is a body, or still be about it once enough was looked at; and
what it was given to call must lead to the request's start_response, or have been called as one.
"""

from __future__ import annotations

import inspect
import sys
import threading
from collections import deque
from types import CodeType, FunctionType, MethodType

from .. import ours
from ..checking import checks
from ..guard import guarded
from ..hooking import swap
from ..kinds import is_plain
from ..reading import methods, readings, shapes
from ..running import keywords
from . import owned, suspects

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable


_ANY = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS
#: A call of what may be a stage is as much to look at as several of what is none.
_A_LOOK = 10
#: So many parameters has an application that is a method.
_METHOD = 3
#: The trace functions that were set last. CPython 3.11 may collect garbage when it is about to call
#: one, and does not hold it meanwhile: where what a collection calls is the call too many, it would
#: go on with a function that was given back, and the process die.
_set_last: deque[Any] = deque(maxlen=20)


class Learner:
    """A context manager; `found` holds the codes that were called as applications are. It looks at
    so many calls at most: what is a lot of work would take many times as long. What is known of a
    code, by its id, is so to the next learner that is given it."""

    def __init__(
        self,
        most: int = sys.maxsize,
        known: dict[int, CodeType] | None = None,
        ends: Callable[[Any, str], bool] | None = None,
    ) -> None:
        self.found: set[CodeType] = set()
        #: Tells by an object, and the name of its method that is called, that no stage is within.
        self._ends = ends
        self._undecided: set[int] | None = None
        #: Codes that need no look, which are kept so that no id is used again.
        self._known: dict[int, CodeType] = {} if known is None else known
        #: Codes of what was given in the place of a start_response, by their id, and the ids of
        #: those that were called as one.
        self._given: dict[int, CodeType] = {}
        self._begun: set[int] = set()
        #: Which of them running functions were given, by the ids of their frames.
        self._waiting: dict[int, int] = {}
        self._before: Any = None
        self._left = most

    def __enter__(self) -> Learner:
        self._before = sys.gettrace()
        trace = self._trace
        _set_last.append(trace)
        threading.settrace(trace)
        sys.settrace(trace)
        return self

    def __exit__(self, *exc: Any) -> None:
        self._left = 0
        threading.settrace(self._before)
        self.leave()

    @property
    def is_over(self) -> bool:
        return self._left <= 0

    def leave(self) -> None:
        """Watch this thread no more."""
        if sys.gettrace() == self._trace:  # and no debugger's, which was called meanwhile
            sys.settrace(self._before)

    def _trace(self, frame: Any, event: str, arg: Any) -> Any:
        self._left -= 1
        if self._left < 0:  # or it is over, in a thread that was started meanwhile
            sys.settrace(self._before)
            return self._end(frame)
        if id(frame.f_code) in self._known or event != "call":
            return None
        return self._look(frame)

    @guarded
    def _look(self, frame: Any) -> Any:
        """Look at a call of what may be a stage."""
        code = frame.f_code
        key = id(code)
        if key in self._given:
            if owned.is_begun(_arguments(code, frame.f_locals)):
                self._begun.add(key)
            return None
        if not _may_be(code) or ours.is_ours(code) or swap.adopt(code):
            self._known[key] = code
            return None
        if self._is_hooked(code):
            self._meet(frame)
            return None
        self._left -= _A_LOOK
        at, begin = _position(code, frame.f_locals)
        if at < 0 or _runs_others(frame, at) or not self._may_begin(frame, begin):
            return None
        frame.f_trace_lines = False
        return self._returned

    def _meet(self, frame: Any) -> None:
        """Look at a call of what is hooked."""
        code = frame.f_code
        if code.co_argcount != _METHOD:
            self._known[id(code)] = code
            return
        owner = frame.f_locals[code.co_varnames[0]]
        if self._ends is not None and self._ends(owner, code.co_name):
            self._left = 0

    def _is_hooked(self, code: CodeType) -> bool:
        if not swap.is_behind(code):
            return False
        if self._undecided is None:
            self._undecided = suspects.undecided()
        return id(code) not in self._undecided

    def _may_begin(self, frame: Any, begin: Any) -> bool:
        """Whether a function was given a start_response, or may have been."""
        self._waiting.pop(id(frame), None)
        if begin is None or owned.may_be(begin):
            return True
        code = owned.code_of(begin)
        if code is None:
            return False
        self._given[id(code)] = code
        self._known.pop(id(code), None)
        self._waiting[id(frame)] = id(code)
        return True

    def _has_begun(self, frame: Any) -> bool:
        """Whether what a function was given was a start_response."""
        given = self._waiting.pop(id(frame), None)
        return given is None or given in self._begun

    @guarded
    def _end(self, frame: Any) -> None:
        """Look no longer. What a stage that still runs will return is not seen any more: it is
        taken for a body."""
        while frame is not None:
            if self._returned == frame.f_trace and self._has_begun(frame):
                self.found.add(frame.f_code)
            frame = frame.f_back

    @guarded
    def _returned(self, frame: Any, event: str, arg: Any) -> Any:
        """Look at what a function returns, or, being a generator, at its first block."""
        if event != "return":
            return self._returned
        code = frame.f_code
        yields = code.co_flags & inspect.CO_GENERATOR
        if self._has_begun(frame) and (type(arg) is bytes if yields else _is_body(arg)):
            self.found.add(code)
            self._known[id(code)] = code
        return None


def follow(work: Any) -> None:
    """Have what is given to a pool watched in the thread that does it, where the one that gives it
    is: threading.settrace() is nothing to those that began before."""
    trace = sys.gettrace()
    learner = _learner_of(trace)
    if learner is None:
        return
    future = work.future
    begin = future.set_running_or_notify_cancel

    def begins() -> bool:  # what the thread calls first; it calls the rest itself
        del future.set_running_or_notify_cancel
        is_wanted: bool = begin()
        if is_wanted and sys.gettrace() is None and not learner.is_over:
            future.add_done_callback(lambda _: learner.leave())
            sys.settrace(trace)
        return is_wanted

    future.set_running_or_notify_cancel = begins


def forget() -> None:
    """Have this thread watched no more: one that is started during a request for others."""
    if _learner_of(sys.gettrace()) is not None:
        sys.settrace(None)


def _learner_of(trace: Any) -> Learner | None:
    owner = trace.__self__ if type(trace) is MethodType else None
    return owner if type(owner) is Learner else None


def _may_be(code: CodeType) -> bool:
    if code.co_name in ("__init__", "__new__", "start_response"):
        return False
    if code.co_flags & (inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR):
        return False
    return code.co_argcount >= 2 or code.co_kwonlyargcount or bool(code.co_flags & _ANY)


def _position(code: CodeType, variables: Any) -> tuple[int, Any]:
    """Where in its arguments a function was given an environ and a start_response, or -1, and the
    latter where it has a place."""
    placed = _arguments(code, variables)
    at = shapes.position(placed)
    if at >= 0:
        return at, placed[at + 1]
    if not (code.co_kwonlyargcount or code.co_flags & inspect.CO_VARKEYWORDS):
        return -1, None
    names = code.co_varnames
    count = code.co_argcount + code.co_kwonlyargcount
    given = {name: variables.get(name) for name in names[code.co_argcount : count]}
    if code.co_flags & inspect.CO_VARKEYWORDS:
        given.update(variables.get(names[count + bool(code.co_flags & inspect.CO_VARARGS)]) or {})
    args = tuple(variables.get(name) for name in names[: code.co_argcount])
    return -1 if keywords.find(code, args, given) is None else code.co_argcount, None


def _runs_others(frame: Any, at: int) -> bool:
    """Whether a function with an environ at a place among its arguments passes on whatever it is
    given, to another function that it is given: a profiler's runcall(), a pool's submit(). Or, a
    metaclass's, to what makes the instance that is the body."""
    code = frame.f_code
    count = code.co_argcount
    if at > 1:
        given = _arguments(code, frame.f_locals)
        if methods.is_decorator(given[0], type(given[at - 1])):
            return True
    if not 0 < count <= at:
        return False
    first = ("name", code.co_varnames[0])
    if shapes.is_class_application(frame.f_locals[first[1]]):
        return True
    others = code.co_varnames[:count]
    if first[1] in ("self", "cls") or _is_code_of_method(code, frame.f_locals[first[1]]):
        # A proxy's lambda, which calls whatever the proxy stands for.
        if any(called == first for called, _ in readings.read(code).calls):
            return True
        others = others[1:]
    return any(callable(frame.f_locals[name]) for name in others)


def _is_code_of_method(code: CodeType, value: Any) -> bool:
    """Whether a code is that of a method of an object, or of what decorates one, whatever it calls
    the object."""
    kinds = [type(value), value] if issubclass(type(value), type) else [type(value)]
    owners = [owner for kind in kinds if is_plain(kind) for owner in kind.__mro__]
    for attribute in [each for owner in owners for each in owner.__dict__.values()]:
        method = attribute.__func__ if type(attribute) is classmethod else attribute
        within = methods.within(method) if type(method) is FunctionType else ()
        if any(swap.original_code(each) is code for each in within):
            return True
    return False


def _is_body(value: Any) -> bool:
    """Whether what a function returned may be the body of a response."""
    kind = type(value)
    if kind is list or kind is tuple:
        return all(type(block) is bytes for block in value)
    if issubclass(kind, (str, bytes, dict, set, frozenset, type)):
        return False
    if checks.is_record(value) or shapes.is_mapping_type(kind):
        return False
    # Any object that has __getitem__ can be iterated, too, but few bodies are meant to be.
    return any("__iter__" in base.__dict__ for base in kind.__mro__)


def _arguments(code: CodeType, variables: Any) -> tuple[Any, ...]:
    names = code.co_varnames
    count = code.co_argcount
    args = [variables.get(name) for name in names[: min(count, 4)]]
    if count < 4 and code.co_flags & inspect.CO_VARARGS:
        rest = variables.get(names[count + code.co_kwonlyargcount])
        if type(rest) is tuple:
            args += rest[:4]
    return tuple(args)
