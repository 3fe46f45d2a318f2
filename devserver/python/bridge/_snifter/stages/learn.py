"""Noticing stages that no name gives away, while a request passes through them.

A trace function sees each call; it, and not a profile function, since a profiler among the stages
would displace that one.
"""

from __future__ import annotations

import inspect
import sys
import threading
from types import CodeType

from . import hide, shapes, swap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Learner:
    """A context manager; `found` holds the codes that were called with both arguments."""

    def __init__(self) -> None:
        self.found: set[CodeType] = set()
        self._known: set[int] = set()
        self._kept: list[CodeType] = []  # so that no id is used again
        self._before: Any = None
        self._over = False

    def __enter__(self) -> Learner:
        self._hooked = swap.hooked_codes()
        self._before = sys.gettrace()
        threading.settrace(self._trace)
        sys.settrace(self._trace)
        return self

    def __exit__(self, *exc: Any) -> None:
        self._over = True
        sys.settrace(self._before)
        threading.settrace(self._before)

    def _trace(self, frame: Any, event: str, arg: Any) -> None:
        if self._over:
            sys.settrace(self._before)  # in a thread that was started meanwhile
            return
        code = frame.f_code
        key = id(code)
        if key in self._known or event != "call":
            return
        if key in self._hooked or not _may_be(code) or hide.is_ours(code):
            self._known.add(key)
            self._kept.append(code)
            return
        if shapes.position(_arguments(code, frame.f_locals)) >= 0:
            self.found.add(code)
            self._known.add(key)


def forget() -> None:
    """Have this thread watched no more: one that is started during a request for others."""
    if type(getattr(sys.gettrace(), "__self__", None)) is Learner:
        sys.settrace(None)


def _may_be(code: CodeType) -> bool:
    if code.co_name in ("__init__", "__new__", "start_response"):
        return False
    if code.co_flags & (inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR):
        return False
    return code.co_argcount >= 2 or bool(code.co_flags & inspect.CO_VARARGS)


def _arguments(code: CodeType, variables: Any) -> tuple[Any, ...]:
    names = code.co_varnames
    count = code.co_argcount
    args = [variables.get(name) for name in names[: min(count, 4)]]
    if count < 4 and code.co_flags & inspect.CO_VARARGS:
        rest = variables.get(names[count + code.co_kwonlyargcount])
        if type(rest) is tuple:
            args += rest[:4]
    return tuple(args)
