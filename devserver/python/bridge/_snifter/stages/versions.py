"""Whether a dict was changed, told without looking at what it holds.

Up to Python 3.12, CPython numbers the states of its dicts (PEP 509): each change gives a dict
another number. It is read where it lies in the dict, after it was seen to be there; where it is
not, each look at a dict has to compare it.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    #: Makes what has the number of a dict as its `value`, for as long as the dict lives.
    Numbered = Callable[[dict[Any, Any]], Any]

#: Behind the object's head (its references and type) and the dict's size.
_OFFSET = 3 * (sys.maxsize.bit_length() + 1 >> 3)


def find() -> Numbered | None:
    """How to get at the number of a dict, or None where there is none."""
    if (
        sys.implementation.name != "cpython"
        or sys.version_info >= (3, 13)
        or hasattr(sys, "gettotalrefcount")  # a debug build: its objects have another head
        or sys.maxsize < 1 << 32
    ):
        return None
    try:
        from ctypes import c_uint64
    except ImportError:
        return None
    at, offset, identity = c_uint64.from_address, _OFFSET, id

    def numbered(of: dict[Any, Any]) -> Any:
        return at(identity(of) + offset)

    return numbered if _holds(numbered) else None


def _holds(numbered: Numbered) -> bool:
    """Whether the number changes with every change of a dict, and with nothing else."""
    tried: dict[Any, Any] = {"a": 1, "b": object()}
    number = numbered(tried)
    for change in (
        lambda: tried.__setitem__("c", 1),
        lambda: tried.__setitem__("a", 2),
        lambda: tried.pop("b"),
        lambda: tried.update(d=3, a=4),
        lambda: tried.setdefault("e"),
        tried.popitem,
        tried.clear,
        lambda: tried.update((str(n), n) for n in range(100)),
        lambda: tried.__delitem__("50"),
    ):
        before = number.value
        # Looking at it is no change.
        _ = tried.get("a"), "b" in tried, tried.copy(), list(tried.items())
        if number.value != before:
            return False
        change()
        if number.value == before:
            return False
    return True
