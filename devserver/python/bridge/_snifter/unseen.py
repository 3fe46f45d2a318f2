"""Functions whose frames Python shows nobody: sys._getframe and f_back pass over them, and so do
tracebacks, warnings, debuggers and profilers.

From Python 3.11 on, a frame counts as one that is still being made until it comes to RESUME, which
a code has at its start. Here it stands behind all else, where the function is left:

    NOP                     in the place of RESUME
    ...                     what the function does
    RESUME, RERAISE         the way out of every exception
    RESUME, RETURN_VALUE    the way out of all that returns, before Python 3.13

What leaves a frame is told to profilers as an end, which has to have a beginning: hence RESUME.
From 3.13 on nobody is told of what returns before it. Nor does super() without arguments find such
a frame.
"""

from __future__ import annotations

import inspect
import opcode
import sys
from types import CodeType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator

#: What is marked so is not to be seen, neither by this nor by those who look for the mark.
MARK = "__traceback_hide__"
#: Python 3.15 crashes where it tells tracers of such frames; without a GIL, RESUME does more.
WORKS = (
    sys.implementation.name == "cpython"
    and (3, 11) <= sys.version_info < (3, 15)
    and not getattr(sys, "abiflags", "")
)
_RETURNS_TELL = sys.version_info < (3, 13)
_NEVER = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR

_OF = opcode.opmap
_NOP, _RESUME, _RERAISE, _RETURN = (
    _OF.get(name, -1) for name in ("NOP", "RESUME", "RERAISE", "RETURN_VALUE")
)
_RETURN_CONST, _LOAD_CONST = _OF.get("RETURN_CONST", -1), _OF["LOAD_CONST"]
_EXTENDED, _JUMP = _OF["EXTENDED_ARG"], _OF["JUMP_FORWARD"]
_BACKWARD = frozenset(op for name, op in _OF.items() if "BACKWARD" in name)


def of_all(code: CodeType) -> CodeType:
    """A module's code, in which the functions that are marked are not to be seen."""
    consts = tuple(of_all(each) if type(each) is CodeType else each for each in code.co_consts)
    code = code.replace(co_consts=consts)
    return of(code) if MARK in code.co_varnames else code


def of(code: CodeType) -> CodeType:
    """What does the same as a code, and is not to be seen, where there can be such."""
    if not WORKS or code.co_flags & _NEVER:
        return code
    body = _Body(code)
    begin = len(body.raw) // 2
    resume = bytes((_RESUME, 0)) + bytes(2 * _caches(_RESUME))
    ways_out = resume + bytes((_RERAISE, 0))
    entries = b"".join(_filled(body.handlers, body.start, begin))
    if _RETURNS_TELL:
        ways_out += resume + bytes((_RETURN, 0))
    return code.replace(
        co_code=bytes(body.raw) + ways_out,
        co_exceptiontable=entries,
        co_linetable=_lines(begin, len(ways_out) // 2),
        co_stacksize=max(code.co_stacksize, 1),
    )


class _Body:
    """What a function does, without RESUME; its offsets are those of pairs of bytes."""

    def __init__(self, code: CodeType) -> None:
        self.raw = bytearray(code.co_code)
        self.handlers = list(_parsed(code.co_exceptiontable))
        at = 0
        while self.raw[2 * at] != _RESUME:
            at += 1
        end = at + 1 + _caches(_RESUME)
        self.raw[2 * at : 2 * end] = bytes((_NOP, 0)) * (end - at)
        #: Where it begins, behind what makes its cells.
        self.start = end
        if _RETURNS_TELL:
            self._jump_to_return()

    def _jump_to_return(self) -> None:
        """Have all that returns jump to behind the way out of exceptions."""
        found = list(self._instructions())
        nth = {at: n for n, (at, *_) in reversed(list(enumerate(found)))}
        nth[len(self.raw) // 2] = len(found)
        goals = {
            n: nth[end - arg if op in _BACKWARD else end + arg]
            for n, (_, op, arg, end) in enumerate(found)
            if op in opcode.hasjrel
        }
        goals.update((n, len(found) + 1) for n, (_, op, *_) in enumerate(found) if op == _RETURN)
        args = [arg for _, _, arg, _ in found]
        # A longer jump takes more room, which makes others longer.
        wide = [0] * len(found)
        at: list[int] = []
        while True:
            wide = [max(room, (arg > 0xFF) + (arg > 0xFFFF)) for room, arg in zip(wide, args)]
            before, at = at, [0]
            for (_, op, *_), room in zip(found, wide):
                at.append(at[-1] + room + 1 + _caches(op))
            if at == before:
                break
            at.append(at[-1] + 2 + _caches(_RESUME))  # behind the way out of exceptions
            for n, goal in goals.items():
                args[n] = abs(at[goal] - at[n + 1])
            at.pop()
        self.raw = bytearray()
        for (_, op, *_), arg, room in zip(found, args, wide):
            for shift in (16, 8)[2 - room :]:
                self.raw += bytes((_EXTENDED, arg >> shift & 0xFF))
            self.raw += bytes((_JUMP if op == _RETURN else op, arg & 0xFF)) + bytes(2 * _caches(op))
        self.start = at[nth[self.start]]
        self.handlers = [
            (at[nth[start]], at[nth[end]], at[nth[target]], depth)
            for start, end, target, depth in self.handlers
        ]

    def _instructions(self) -> Iterator[tuple[int, int, int, int]]:
        """Each instruction: where it begins, what it is, its argument, and where it ends."""
        at = arg = 0
        begin = None
        while at < len(self.raw) // 2:
            op, low = self.raw[2 * at : 2 * at + 2]
            begin = at if begin is None else begin
            arg = arg << 8 | low
            at += 1 + _caches(op)
            if op == _EXTENDED:
                continue
            if op == _RETURN_CONST:
                yield begin, _LOAD_CONST, arg, at
                op = _RETURN
            yield begin, op, 0 if op == _RETURN else arg, at
            arg, begin = 0, None


def _caches(op: int) -> int:
    """How many entries of a cache follow an instruction."""
    counts: Any = getattr(opcode, "_inline_cache_entries", ())
    if hasattr(counts, "get"):  # from Python 3.13 on
        return int(counts.get(opcode.opname[op], 0))
    return int(counts[op]) if counts else 0


def _parsed(table: bytes) -> Iterator[tuple[int, int, int, int]]:
    """The entries of an exception table: start, end, target, and the depth of the stack with a bit
    (CPython's InternalDocs, "Format of the exception table")."""
    numbers: list[int] = []
    number = 0
    for byte in table:
        number = number << 6 | byte & 0x3F
        if not byte & 0x40:
            numbers.append(number)
            number = 0
    for start, size, target, depth in zip(*[iter(numbers)] * 4):
        yield start, start + size, target, depth


def _filled(handlers: list[tuple[int, int, int, int]], start: int, end: int) -> Iterator[bytes]:
    """The entries of an exception table, and between them others, that lead to the end."""
    for entry in handlers:
        if start < entry[0]:
            yield _entry(start, entry[0], end, 0)
        yield _entry(*entry)
        start = entry[1]
    if start < end:
        yield _entry(start, end, end, 0)


def _entry(start: int, end: int, target: int, depth: int) -> bytes:
    written = bytearray()
    for number in (start, end - start, target, depth):
        for shift in (24, 18, 12, 6):
            if number >> shift:
                written.append(number >> shift & 0x3F | 0x40)
        written.append(number & 0x3F)
    written[0] |= 0x80
    return bytes(written)


def _lines(begin: int, ways_out: int) -> bytes:
    """A table of lines: the first line where the function is left, and none elsewhere (CPython's
    InternalDocs, "Location information")."""
    told = bytearray()
    for size, form in ((begin, 15), (ways_out, 13)):
        for at in range(0, size, 8):
            told.append(0x80 | form << 3 | min(size - at, 8) - 1)
            if form == 13:
                told.append(0)  # so many lines further
    return bytes(told)
