"""Whether a dict was changed, told without looking at each of the things that it holds.

Up to Python 3.12, CPython numbers the states of its dicts (PEP 509): each change gives a dict
another number, which is read where it lies in the dict. From 3.13 on there are no such numbers, and
what is read is the table that a dict has of its keys and values, all at once: as long as that has
the same bytes, the dict has the same items. Each way is taken after it was seen to work; where none
does, each look at a dict has to compare it.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    #: Makes of a dict what has the number of its state as its `value`, for as long as the dict
    #: lives.
    NumberOf = Callable[[dict[Any, Any]], Any]

_WORD = sys.maxsize.bit_length() + 1 >> 3
# Where these are in a dict, behind the object's head (its references and type) and the dict's size:
# the number of its state, or else the table's address. An object's id is its address.
_NUMBER = 3 * _WORD
_TABLE = 4 * _WORD
# And in the head of a table, behind its references: the length of its index, as a power of two; the
# kind of the keys; how many items there is room for, and how many were put there. The index and the
# items follow.
_PARTS = "=xBB5xQQ"
_HEAD = 24
#: An item has a key and a value, and a key that need not be a text its hash.
_ITEM_SIZES = (3 * _WORD, 2 * _WORD)

# Those of dict itself.
_copy = dict.copy
_items = dict.items


class _Unnumbered:
    """What stands for the number of a dict where there are none: it is never the same, not even as
    itself."""

    value = float("nan")


UNNUMBERED = _Unnumbered


def unnumbered(_: dict[Any, Any]) -> Any:
    """What has the number of a dict as its `value`, where there are none."""
    return UNNUMBERED


def find() -> NumberOf | None:
    """How to get at the number of a dict; None where there is none."""
    if (
        sys.implementation.name != "cpython"
        or sys.version_info >= (3, 16)
        or hasattr(sys, "gettotalrefcount")  # a debug build: its objects have another head
        or "t" in getattr(sys, "abiflags", "")  # and so have those of one without the lock
        or sys.maxsize < 1 << 32
    ):
        return None
    try:
        found = tabled() if sys.version_info >= (3, 13) else numbered()
    except ImportError:
        return None
    return found if holds(found) else None


def numbered() -> NumberOf:
    from ctypes import c_uint64

    at = c_uint64.from_address
    return lambda numbered: at(id(numbered) + _NUMBER)


def tabled() -> NumberOf:
    from ctypes import c_char, c_uint64
    from struct import Struct

    at = c_uint64.from_address
    head_at = (c_char * _HEAD).from_address
    parts = Struct(_PARTS).unpack
    # ctypes forgets what it makes of these: there are two for each power of two.
    arrays: dict[int, Any] = {}

    class Table:
        """The table of a dict, with a number for each content that it was found with."""

        __slots__ = ("_address", "_content", "_held", "_numbered", "_state", "_table", "_where")

        def __init__(self, numbered: dict[Any, Any]) -> None:
            self._numbered = numbered
            self._where = at(id(numbered) + _TABLE)
            self._address = self._state = 0
            self._read()

        @property
        def value(self) -> int:
            # No other thread runs from the one to the other, which could free the table.
            if self._where.value == self._address and self._table.raw == self._content:
                return self._state
            return self._read()

        def _read(self) -> int:
            # While they are held, nothing else is where they are.
            numbered = self._numbered
            # A class of dicts may do anything.
            self._held = _copy(numbered) if type(numbered) is dict else [*_items(numbered)]
            where = self._where
            while True:
                address = where.value
                if address != self._address:
                    head = head_at(address + _WORD)
                    if where.value != address or not (content := head.raw):
                        continue
                    index, kind, room, there = parts(content)
                    size = _HEAD + (1 << index) + (room + there) * _ITEM_SIZES[kind]
                    array = arrays.get(size) or arrays.setdefault(size, c_char * size)
                    self._table = array.from_address(address + _WORD)
                    self._address = address
                table = self._table
                if where.value == address and (content := table.raw):
                    self._content = content
                    self._state += 1
                    return self._state

    def number_of(numbered: dict[Any, Any]) -> Any:
        try:
            return Table(numbered)
        except IndexError:
            return UNNUMBERED  # of an object's attributes, it has the values elsewhere

    return number_of


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


#: Makes of a dict what has its number as its `value`, for as long as that lives.
of: NumberOf = find() or unnumbered
