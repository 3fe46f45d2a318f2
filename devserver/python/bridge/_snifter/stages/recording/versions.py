"""Whether a dict was changed, told without looking at each of the things that it holds.

Up to Python 3.12, CPython numbers the states of its dicts (PEP 509): each change gives a dict
another number, which is read where it lies in the dict. From 3.13 on there are no such numbers, and
its table is read (see `tables`). Each way is taken after it was seen to work; where none does, each
look at a dict has to compare it.
"""

from __future__ import annotations

import sys

from . import tables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    #: Makes of a dict what has the number of its state as its `value`, for as long as the dict
    #: lives.
    NumberOf = Callable[[dict[Any, Any]], Any]

#: Where a dict's number is in the dict, behind the object's head (its references and type) and the
#: dict's size. An object's id is its address.
_OFFSET = 3 * (sys.maxsize.bit_length() + 1 >> 3)


#: Who is told of what runs, by its number (PEP 669), and the numbers but for that of an optimizer.
_tool_of: Callable[[int], str | None] = getattr(
    getattr(sys, "monitoring", None), "get_tool", lambda number: None
)
_TOOLS = range(5)


class _Unnumbered:
    """What stands for the number of a dict where there are none: it is never the same, not even as
    itself."""

    value = float("nan")


UNNUMBERED = _Unnumbered


def unnumbered(_: dict[Any, Any]) -> Any:
    """What has the number of a dict as its `value`, where there are none."""
    return UNNUMBERED


def numbered() -> NumberOf | None:
    """How to get at the number that the dict has."""
    if not tables.has_usual_heads() or sys.version_info >= (3, 13):
        return None
    try:
        from ctypes import c_uint64
    except Exception:
        return None  # as in `tables`
    at = c_uint64.from_address

    def number_of(of: dict[Any, Any]) -> Any:
        try:
            return at(id(of) + _OFFSET)
        except Exception:
            return UNNUMBERED  # it is refused by now

    return _checked(number_of)


def tabled(kind: Any) -> NumberOf | None:
    """How to get at one by the dict's table, of this class."""
    if kind is None:
        return None

    def number_of(of: dict[Any, Any]) -> Any:
        if sys.gettrace() is not None or any(map(_tool_of, _TOOLS)):
            # What they run could let another thread change the dict halfway through its table.
            return UNNUMBERED
        try:
            return kind(of)
        except Exception:
            # It is one of an object's attributes, whose values are elsewhere; or as above.
            return UNNUMBERED

    return _checked(number_of)


def _checked(number_of: NumberOf) -> NumberOf | None:
    try:
        return number_of if holds(number_of) else None
    except Exception:
        return None  # as in `tables`


def holds(number_of: NumberOf) -> bool:
    """Whether the number changes with every change of a dict, and with nothing else."""
    tried: dict[Any, Any] = {"a": 1, "b": object()}
    number = number_of(tried)
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


def ticking() -> tuple[Any, int] | None:
    """What has the latest number of all dicts as its `value`, right after `marked` was changed; and
    by how much the number of whichever is changed next is above that."""
    if by_number is None:
        return None
    tried: dict[str, Any] = {str(n): n for n in range(40)}
    of_marked, of_tried = by_number(marked), by_number(tried)
    marked[0] = object()
    before = of_marked.value
    tried["20"] = object()
    tick = of_tried.value - before
    copies = []
    # One that grows changes its table, too.
    for n in range(20, 100):
        marked[0] = object()
        copies.append(tried.copy())
        tried[str(n)] = object()
        if of_tried.value != of_marked.value + 2 * tick:
            return None
    return (of_marked, tick) if tick > 0 else None


#: None where dicts have no numbers.
by_number = numbered()
#: Changed to see how far numbers have come.
marked: dict[int, Any] = {0: None}
latest, tick = ticking() or (UNNUMBERED, 0)
#: Makes of a dict what has its number as its `value`, for as long as that lives.
of: NumberOf = by_number or tabled(tables.Holding) or unnumbered
#: The same of a dict of which somebody holds what it held when it was looked at last.
of_held: NumberOf = by_number or tabled(tables.Table) or unnumbered
