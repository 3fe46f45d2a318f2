"""Which frames are ours, and taking them out of a traceback."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, TracebackType
    from typing import Any

_HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep
_BRIDGE = os.path.dirname(os.path.dirname(_HERE)) + os.sep

# BaseException's own: a class may allow nothing to be set, as a frozen dataclass does.
_set: Any = BaseException.with_traceback
_traceback_of: Any = BaseException.__dict__["__traceback__"].__get__

#: Codes of ours that bear another file's name, by their id: they are kept.
_also: dict[int, CodeType] = {}


def add(code: CodeType) -> None:
    """Take a code that bears another file's name for ours."""
    _also[id(code)] = code


def is_ours(code: CodeType) -> bool:
    return id(code) in _also or code.co_filename.startswith(_HERE)


def is_bridge(code: CodeType) -> bool:
    """Whether a code is ours, or of what else the bridge is made of."""
    return id(code) in _also or code.co_filename.startswith(_BRIDGE)


def strip(error: BaseException) -> None:
    """Take our frames out of what an exception has gathered so far."""
    first = last = None
    tb: TracebackType | None = _traceback_of(error)
    while tb is not None:
        if not is_ours(tb.tb_frame.f_code):
            if last is None:
                first = tb
            elif last.tb_next is not tb:
                last.tb_next = tb
            last = tb
        tb = tb.tb_next
    if last is not None and last.tb_next is not None:
        last.tb_next = None
    _set(error, first)


def unwind() -> None:
    """Take the frames of ours that the exception which is being handled has passed last out of its
    traceback: from Python 3.11 on, it goes on without them when it is raised again."""
    error = sys.exc_info()[1]
    tb = _traceback_of(error)
    while tb is not None and is_ours(tb.tb_frame.f_code):
        tb = tb.tb_next
    _set(error, tb)
