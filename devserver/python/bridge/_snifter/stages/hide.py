"""Keeping our own frames out of the tracebacks that applications print.

Each swapped function leaves two frames where an exception passes it. The traceback module, by
which logging and nearly everything else prints, walks the frames by two generators, which are made
to pass over ours. Those who walk by themselves (the error pages of Django and werkzeug, pytest)
know the variable __traceback_hide__, which every such frame has.
"""

from __future__ import annotations

import os
import traceback
from types import CodeType, FunctionType

from . import swap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any, Callable, Iterator

_HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep
_WALKS = ("walk_tb", "_walk_tb_with_full_positions")


def install() -> None:
    """Have the traceback module pass over our frames. More than once does no harm."""
    for name in _WALKS:
        walk = getattr(traceback, name, None)
        if type(walk) is FunctionType:
            swap.install(walk, _walk, always=True)


def remove() -> None:
    for name in _WALKS:
        walk = getattr(traceback, name, None)
        if type(walk) is FunctionType:
            swap.remove(walk)


def _walk(
    original: Callable[..., Iterator[Any]], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Iterator[Any]:
    for entry in original(*args, **kwargs):
        if not is_ours(entry[0].f_code):
            yield entry


def is_ours(code: Any) -> bool:
    return swap.is_ours(code) or code.co_filename.startswith(_HERE) or id(code) in _also


#: Codes of ours that bear another file's name, by their id.
_also: dict[int, CodeType] = {}


def also(code: CodeType) -> None:
    """Pass over a code of ours that bears another file's name."""
    _also[id(code)] = code


def strip(error: BaseException) -> None:
    """Take our frames out of what an exception has gathered so far."""
    first = last = None
    tb: TracebackType | None = error.__traceback__
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
    error.__traceback__ = first
