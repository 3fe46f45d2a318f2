"""warnings.warn(): frames of ours count for nothing in its stacklevel, nor are they what a warning
is about."""

from __future__ import annotations

import functools
import importlib
import sys
import warnings

from ..ours import add, is_ours

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

_warn: Any = warnings.warn


def install() -> None:
    """Have warnings pass over our frames. More than once does no harm."""
    if warnings.warn is _warn:
        warnings.warn = warn  # type: ignore[assignment]


def remove() -> None:
    if warnings.warn is warn:
        warnings.warn = _warn


@functools.wraps(_warn)
def warn(
    message: Any,
    category: Any = None,
    stacklevel: int = 1,
    source: Any = None,
    *,
    skip_file_prefixes: tuple[str, ...] = (),
) -> None:
    caller: FrameType | None = sys._getframe(1)
    wanted = _caller(caller, stacklevel, skip_file_prefixes)
    level, frame = 2, caller
    while frame is not None and frame is not wanted:
        level, frame = level + 1, frame.f_back
    _warn(message, category, level, source)


def _caller(frame: FrameType | None, level: int, prefixes: tuple[str, ...]) -> FrameType | None:
    """The frame that a function names by a level (as setup_context does in CPython's _warnings.c),
    past what is ours."""
    passes = frame is not None and not _is_internal(frame)
    for _ in range(1, max(level, 2) if prefixes else level):
        while frame is not None:
            frame = frame.f_back
            if frame is None or is_ours(frame.f_code):
                continue
            if not passes or not (
                _is_internal(frame) or frame.f_code.co_filename.startswith(prefixes)
            ):
                break
    return frame


def _is_internal(frame: FrameType) -> bool:
    file = frame.f_code.co_filename
    return "importlib" in file and "_bootstrap" in file


# As importlib's own, from which each frame counts for one, and whose frames others pass over.
warn.__code__ = warn.__code__.replace(
    co_filename=importlib._bootstrap._find_and_load.__code__.co_filename  # type: ignore[attr-defined]
)
add(warn.__code__)
