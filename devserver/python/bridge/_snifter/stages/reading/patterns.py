"""What to look for in a function's bytecode before it is read: the instructions by which an
application passes on what it is given."""

from __future__ import annotations

import dis
import re
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterable

_LOADS_ONE = ("LOAD_FAST", "LOAD_FAST_BORROW", "LOAD_FAST_CHECK")
#: Each of the two variables is half of their argument.
_LOADS_TWO = ("LOAD_FAST_LOAD_FAST", "LOAD_FAST_BORROW_LOAD_FAST_BORROW")

_patterns: dict[int, re.Pattern[bytes]] = {}


def passing(at: int) -> re.Pattern[bytes]:
    """The instructions that pass two parameters on together, or the second one as the last of two
    arguments, or by name as one of two, or that call it."""
    found = _patterns.get(at)
    if found is not None:
        return found
    first, second = _last(at), _last(at + 1)
    calls = _instructions(("PRECALL", "CALL", "CALL_FUNCTION", "CALL_METHOD"), (2,))
    null = _instructions(("PUSH_NULL",), (0,)) or [b""]
    by_name = _by_name()
    by_hand = (second, null) if sys.version_info >= (3, 13) else (null, second)
    any_of = [
        *_instructions(_LOADS_TWO, (at << 4 | at + 1, at + 1 << 4 | at)),
        *(one + two for one in first for two in _first(at + 1)),
        *(one + two for one in second for two in _first(at)),  # by keyword in any order
        *(one + two for one in second for two in (*calls, *by_name)),
        *(one + two for one in _before_another(at + 1) for two in by_name),
        *(one + two for one in by_hand[0] for two in by_hand[1]),
    ]
    found = _patterns[at] = re.compile(b"|".join(any_of), re.DOTALL)
    return found


def _last(variable: int) -> list[bytes]:
    """What loads a variable, and no other after it."""
    two = range(variable, 256, 16)
    return [
        *_instructions(_LOADS_ONE, (variable,)),
        *_instructions((*_LOADS_TWO, "STORE_FAST_LOAD_FAST"), two),
    ]


def _first(variable: int) -> list[bytes]:
    """What loads a variable, and no other before it."""
    two = range(variable << 4, (variable + 1) << 4)
    return [*_instructions(_LOADS_ONE, (variable,)), *_instructions(_LOADS_TWO, two)]


def _before_another(variable: int) -> list[bytes]:
    """What loads a variable, and then another."""
    two = range(variable << 4, (variable + 1) << 4)
    another = _instructions(_LOADS_ONE, range(256))
    one = _instructions(_LOADS_ONE, (variable,))
    return [*_instructions(_LOADS_TWO, two), *(each + other for each in one for other in another)]


def _by_name() -> list[bytes]:
    """What calls with two arguments, some of them by name."""
    names = _instructions(("KW_NAMES",), range(256))
    calls = _instructions(("PRECALL", "CALL"), (2,))
    if not names:
        names = _instructions(("LOAD_CONST",), range(256))
        calls = _instructions(("CALL_KW", "CALL_FUNCTION_KW", "CALL_METHOD_KW"), (2,))
    return [one + two for one in names for two in calls]


def _instructions(names: Iterable[str], arguments: Iterable[int]) -> list[bytes]:
    """Of these instructions those that there are, with one of these arguments."""
    any_of = b"[%s]" % b"".join(b"\\x%02x" % each for each in arguments)
    return [re.escape(bytes((dis.opmap[name],))) + any_of for name in names if name in dis.opmap]
