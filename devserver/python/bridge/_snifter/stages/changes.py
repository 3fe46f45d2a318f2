"""Telling by its code whether a generator may change an environ between its blocks."""

from __future__ import annotations

import dis
import inspect
from types import CodeType

from . import acts
from .named import is_environ_name
from .swap import unswapped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterable

_BACKWARD = ("JUMP_BACKWARD", "JUMP_BACKWARD_NO_INTERRUPT", "JUMP_ABSOLUTE")
_MOST = 1000
_found: dict[int, tuple[CodeType, bool]] = {}


def are_between_blocks(codes: Iterable[CodeType]) -> bool:
    """Whether one of these functions of the user's, or of those that they make, is such a
    generator."""
    return any(
        acts.is_own(code)
        and (between_blocks(code) or are_between_blocks(unswapped(each) for each in _nested(code)))
        for code in codes
    )


def _nested(code: CodeType) -> list[CodeType]:
    return [const for const in code.co_consts if isinstance(const, CodeType)]


def between_blocks(code: CodeType) -> bool:
    """Whether a generator has anything to do with an environ once it may have given a block."""
    known = _found.get(id(code))
    if known is None or known[0] is not code:
        if len(_found) >= _MOST:
            _found.clear()
        known = _found[id(code)] = code, _has(code)
    return known[1]


def _has(code: CodeType) -> bool:
    if not code.co_flags & inspect.CO_GENERATOR:
        return False
    instructions = list(dis.get_instructions(code))
    given = [each.offset for each in instructions if each.opname.startswith("YIELD_")]
    if not given:
        return False
    # What lies in a loop with the first block may come behind it.
    first = min(given)
    for each in instructions:
        is_jump = each.opname in _BACKWARD or each.opname.startswith("POP_JUMP")
        if is_jump and each.argval <= first < each.offset:
            first = each.argval
    return any(each.offset >= first and _names_environ(each.argval) for each in instructions)


def _names_environ(argument: object) -> bool:
    names = argument if type(argument) is tuple else (argument,)
    return any(type(name) is str and is_environ_name(name) for name in names)
