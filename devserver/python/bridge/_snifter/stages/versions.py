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

    #: Makes of an address what has the number that lies there as its `value`.
    NumberAt = Callable[[int], Any]

#: Where a dict's number is in the dict, behind the object's head (its references and type) and the
#: dict's size. An object's id is its address.
OFFSET = 3 * (sys.maxsize.bit_length() + 1 >> 3)


class _Unnumbered:
    """What stands for the number of a dict where there are none: it is never the same, not even as
    itself."""

    value = float("nan")


UNNUMBERED = _Unnumbered


def of(numbered: dict[Any, Any]) -> Any:
    """What has the number of a dict as its `value`, for as long as that lives."""
    return _number_at(id(numbered) + OFFSET)


def find() -> NumberAt | None:
    """How to get at the number of a dict for as long as it lives, by the address of that; None
    where there is none."""
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
    return c_uint64.from_address if _holds(c_uint64.from_address) else None


def _holds(number_at: NumberAt) -> bool:
    """Whether the number changes with every change of a dict, and with nothing else."""
    tried: dict[Any, Any] = {"a": 1, "b": object()}
    number = number_at(id(tried) + OFFSET)
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


_number_at: Any = find() or (lambda address: UNNUMBERED)
