"""Exceptions, told as plain values: type, message, frames with source lines, causes."""

from __future__ import annotations

import importlib
import linecache
import os
import traceback

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType, TracebackType
    from typing import Any

_HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep
_IMPORTLIB = os.path.dirname(os.path.abspath(importlib.__file__)) + os.sep
_AROUND = 5
_MOST_MESSAGE = 64 << 10
_MOST_TEXT = 256 << 10
_MOST_FRAMES = 200
_MOST_CAUSES = 20
_MOST_LINE = 1000


def describe(error: BaseException, where: str) -> dict[str, Any]:
    """Describe an exception, without the frames of snifter itself."""
    linecache.checkcache()
    return _describe(error, where, set())


def _describe(error: BaseException, where: str, seen: set[int]) -> dict[str, Any]:
    seen.add(id(error))
    frames = _frames(error.__traceback__)
    if isinstance(error, SyntaxError):
        frames += _syntax_frame(error)
    cause, explicit = error.__cause__, True
    if cause is None:
        explicit = False
        if not error.__suppress_context__:
            cause = error.__context__
    told = None
    if cause is not None and id(cause) not in seen and len(seen) < _MOST_CAUSES:
        told = _describe(cause, where, seen)
    return {
        "where": where,
        "type": type_name(type(error)),
        "message": _cut(message(error), _MOST_MESSAGE),
        "frames": frames,
        "cause": told,
        "explicit": explicit and told is not None,
        # The causes' texts lie within the outermost.
        "text": _cut(_text(error), _MOST_TEXT),
    }


def type_name(kind: type) -> str:
    """The name of a type as a traceback prints it."""
    module = kind.__module__
    if (
        type(module) is not str  # a class may have anything by the name
        or module in ("builtins", "__main__")
        or module == __package__
        or module.startswith(__package__ + ".")
    ):
        return kind.__qualname__
    return module + "." + kind.__qualname__


def message(error: BaseException) -> str:
    try:
        if isinstance(error, SyntaxError):
            return str(error.msg)
        return str.__str__(str(error))
    except (Exception, SystemExit):
        return f"(the message of this {type(error).__name__} could not be made: its __str__ failed)"


def _cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    return text[:most] + "\n... (%d more characters are left out)" % (len(text) - most)


def _hidden(filename: str) -> bool:
    # Python leaves the frames of its import system out, too, where it prints that an import failed.
    return filename.startswith((_HERE, "<frozen importlib", _IMPORTLIB))


def _frames(tb: TracebackType | None) -> list[dict[str, Any]]:
    entries = [(f, line) for f, line in traceback.walk_tb(tb) if not _hidden(f.f_code.co_filename)]
    left_out = len(entries) - 2 * _MOST_FRAMES
    if left_out > 0:
        first = [_frame(f, line) for f, line in entries[:_MOST_FRAMES]]
        last = [_frame(f, line) for f, line in entries[-_MOST_FRAMES:]]
        gap = {"file": "", "line": 0, "function": "(%d frames are left out)" % left_out}
        return first + [dict(gap, source="", context=[], **{"from": 0})] + last
    return [_frame(f, line) for f, line in entries]


def walk(tb: TracebackType | None) -> list[tuple[str, int, str, str]]:
    """Where an exception rose, outermost first: file, line, function and source of each frame."""
    from .stages.ours import is_ours

    found = []
    while tb is not None and len(found) < 2 * _MOST_FRAMES:
        code = tb.tb_frame.f_code
        if not is_ours(code) and not _hidden(code.co_filename):
            found.append(_place(tb.tb_frame, tb.tb_lineno))
        tb = tb.tb_next
    return found


def walk_from(tb: TracebackType | None) -> list[tuple[str, int, str, str]]:
    """The same of what was called from a function of ours, with the frames from which that was."""
    from .stages.ours import is_ours

    before: list[tuple[str, int, str, str]] = []
    frame = None if tb is None else tb.tb_frame
    while frame is not None and is_ours(frame.f_code):
        frame = frame.f_back
    while frame is not None and len(before) < _MOST_FRAMES and not is_ours(frame.f_code):
        if not _hidden(frame.f_code.co_filename):
            before.insert(0, _place(frame, frame.f_lineno))
        frame = frame.f_back
    return before + walk(tb)


def _place(frame: FrameType, line: int | None) -> tuple[str, int, str, str]:
    code = frame.f_code
    at = line or code.co_firstlineno
    # With its globals, as Python looks for it: what is kept shows in others' tracebacks.
    source = linecache.getline(code.co_filename, at, frame.f_globals).strip()[:_MOST_LINE]
    return code.co_filename, at, getattr(code, "co_qualname", code.co_name), source


def origin(tb: TracebackType | None) -> Any:
    """What tells the place at which an exception rose from others; None for one in no code of the
    application's, as of what is raised by hand where a stage is entered."""
    from .stages.ours import is_ours

    found = None
    while tb is not None:
        if not is_ours(tb.tb_frame.f_code):
            found = tb
        tb = tb.tb_next
    return None if found is None else (id(found.tb_frame.f_code), found.tb_lasti)


def was_caught(tb: TracebackType | None) -> bool:
    """Whether an exception had been caught further out than it is now, and was raised again: it has
    passed through what still runs."""
    running = set()
    frame = tb.tb_frame.f_back if tb is not None else None
    while frame is not None:
        running.add(frame)
        frame = frame.f_back
    return any(passed in running for passed, _ in traceback.walk_tb(tb))


def _frame(frame: Any, line: int | None) -> dict[str, Any]:
    code = frame.f_code
    # Some lines of generated code have no number.
    at = line or code.co_firstlineno
    linecache.lazycache(code.co_filename, frame.f_globals)
    return {
        "file": code.co_filename,
        "line": at,
        "function": getattr(code, "co_qualname", code.co_name),
        **_source(linecache.getlines(code.co_filename), at),
    }


def _source(lines: list[str], at: int) -> dict[str, Any]:
    if not 0 < at <= len(lines):
        return {"source": "", "context": [], "from": 0}
    first = max(at - _AROUND, 1)
    context = [line.rstrip("\r\n")[:_MOST_LINE] for line in lines[first - 1 : at + _AROUND]]
    return {"source": lines[at - 1].strip()[:_MOST_LINE], "context": context, "from": first}


def _syntax_frame(error: SyntaxError) -> list[dict[str, Any]]:
    """The place that a SyntaxError speaks of, which no frame stands for."""
    if not error.filename or not error.lineno:
        return []
    told = _source(linecache.getlines(error.filename), error.lineno)
    if not told["source"] and error.text:
        told["source"] = str(error.text).strip()[:_MOST_LINE]
    return [dict(told, file=str(error.filename), line=error.lineno, function="")]


def _text(error: BaseException) -> str:
    try:
        printed = traceback.TracebackException(type(error), error, error.__traceback__)
        _hide(printed, set())
        return "".join(printed.format())
    except Exception:
        # An exception that can't be printed, whose message can't be made for one.
        frames = "".join(traceback.format_tb(error.__traceback__))
        last = f"{type_name(type(error))}: {message(error)}"
        return f"Traceback (most recent call last):\n{frames}{last}\n"


def _hide(printed: Any, seen: set[int]) -> None:
    """Take the frames of snifter itself out of what is printed."""
    if printed is None or id(printed) in seen:
        return
    seen.add(id(printed))
    printed.stack[:] = [entry for entry in printed.stack if not _hidden(entry.filename)]
    _hide(printed.__cause__, seen)
    _hide(printed.__context__, seen)
    for member in getattr(printed, "exceptions", None) or ():
        _hide(member, seen)
