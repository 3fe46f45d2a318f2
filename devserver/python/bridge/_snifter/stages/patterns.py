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
    arguments, or that call it."""
    found = _patterns.get(at)
    if found is not None:
        return found
    first, second = _last(at), _last(at + 1)
    together = first + _first(at + 1), second + _first(at)  # by keyword in any order
    both = _instruction(_LOADS_TWO, (at << 4 | at + 1, at + 1 << 4 | at))
    given = second + _instruction(("PRECALL", "CALL", "CALL_FUNCTION", "CALL_METHOD"), (2,))
    called = second
    if "PUSH_NULL" in dis.opmap:
        null = _instruction(("PUSH_NULL",), (0,))
        called = second + null if sys.version_info >= (3, 13) else null + second
    found = _patterns[at] = re.compile(b"|".join((*together, both, given, called)), re.DOTALL)
    return found


def _last(variable: int) -> bytes:
    """What loads a variable, and no other after it."""
    one = _instruction(_LOADS_ONE, (variable,))
    two = _instruction((*_LOADS_TWO, "STORE_FAST_LOAD_FAST"), range(variable, 256, 16))
    return b"(?:%s|%s)" % (one, two)


def _first(variable: int) -> bytes:
    """What loads a variable, and no other before it."""
    one = _instruction(_LOADS_ONE, (variable,))
    two = _instruction(_LOADS_TWO, range(variable << 4, (variable + 1) << 4))
    return b"(?:%s|%s)" % (one, two)


def _instruction(names: Iterable[str], arguments: Iterable[int]) -> bytes:
    """One of the instructions that there are, with one of these arguments."""
    ops = [dis.opmap[name] for name in names if name in dis.opmap]
    return _byte(ops) + _byte(arguments) if ops else b"(?!)"


def _byte(values: Iterable[int]) -> bytes:
    return b"[%s]" % b"".join(b"\\x%02x" % value for value in values)
