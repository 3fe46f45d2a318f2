"""Telling by its code whether a body may change an environ as it is iterated, where no boundary but
its blocks comes behind that."""

from __future__ import annotations

import dis
import inspect
import sys
from types import CodeType, FunctionType

from ..hooking.swap import original_code, unswapped
from . import acts
from .named import is_environ_name, is_start_name, place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable, Iterator

_BACKWARD = ("JUMP_BACKWARD", "JUMP_BACKWARD_NO_INTERRUPT", "JUMP_ABSOLUTE")
#: Of whose 3.11 `dis` names others than the instructions mean, which are numbered as before.
_IS_PYPY = sys.implementation.name == "pypy"
_OF_CELLS = frozenset(dis.hasfree)
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
    """Whether a generator has anything to do with an environ once it may have given a block, or,
    being an application, has called start_response or what is within; or at all, if it is none,
    which runs when its stage has returned."""
    known = _found.get(id(code))
    if known is None or known[0] is not code:
        if len(_found) >= _MOST:
            _found.clear()
        known = _found[id(code)] = code, _has(code)
    return known[1]


def are_behind(code: CodeType | None) -> bool:
    """Whether a stage has anything to do with the environ once it may have called what is within,
    whose body has not begun then."""
    return acts.is_own(code) and any(behind for _, behind in _environs(code))


def in_steps(kind: type) -> bool:
    """Whether iterators of a class of the user's have anything to do with an environ in a step."""
    step = inspect.getattr_static(kind, "__next__", None)
    if type(step) is not FunctionType:
        return False
    code = original_code(step)
    return acts.is_own(code) and any(_environs(code))


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
    if place(code) < 0:
        first = 0
    return any(offset >= first or behind for offset, behind in _environs(code))


def _environs(code: CodeType) -> Iterator[tuple[int, bool]]:
    """Where a code names an environ, and whether that may be behind a call that was given a
    start_response: one of its own, which closes over that, is given with the first environ."""
    behind = closed_over = False
    for offset, name, is_closed_over in _names(code):
        if is_start_name(name):
            closed_over = closed_over or is_closed_over
            behind = behind or not is_closed_over
        elif is_environ_name(name) and not is_closed_over:
            yield offset, behind
            behind = behind or closed_over


def _names(code: CodeType) -> Iterator[tuple[int, str, bool]]:
    """The names that a code looks at, in order: where, and whether it is to close a function over
    them."""
    cells = code.co_cellvars + code.co_freevars
    for each in dis.get_instructions(code):
        argument: Any = each.argval
        if _IS_PYPY and each.opcode in _OF_CELLS:
            argument = cells[each.arg]  # type: ignore[index]
        # From 3.13 on a function is closed over what LOAD_FAST gives, or one of its kind.
        is_fast = "LOAD_FAST" in each.opname
        if "LOAD_" in each.opname:
            for name in argument if type(argument) is tuple else (argument,):
                if type(name) is str:
                    is_closed_over = is_fast and name in code.co_cellvars
                    yield each.offset, name, is_closed_over or each.opname == "LOAD_CLOSURE"
