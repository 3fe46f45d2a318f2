"""Telling by its code whether a generator returns a value, which whoever has `yield from` of it
gets."""

from __future__ import annotations

import dis
from types import CodeType

_MOST = 1000
#: What loads None, the latter from Python 3.15 on.
_CONSTANTS = ("LOAD_CONST", "LOAD_COMMON_CONSTANT")
_found: dict[int, tuple[CodeType, bool]] = {}


def returns(code: CodeType) -> bool:
    """Whether a function, or what it makes as a generator, may return anything but None."""
    known = _found.get(id(code))
    if known is None:
        if len(_found) >= _MOST:
            _found.clear()
        known = _found[id(code)] = code, _has_value(code)
    return known[1]


def _has_value(code: CodeType) -> bool:
    before = None
    for each in dis.get_instructions(code):
        if each.opname == "RETURN_VALUE":
            if before is None or before.opname not in _CONSTANTS or before.argval is not None:
                return True
        elif each.opname == "RETURN_CONST" and each.argval is not None:
            return True
        before = each
    return False
