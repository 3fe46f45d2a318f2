"""What CPython's dicts have their keys and values in, read all at once: a dict whose table has the
bytes that it had has the same items.

An object's id is its address. A key or a value is known by that as long as somebody holds it: who
has a `Table` holds what the dict held when it was read last.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_WORD = sys.maxsize.bit_length() + 1 >> 3
#: Where a dict has the address of its table: behind the object's head (its references and type),
#: its size and its number (see `versions`).
_TABLE = 4 * _WORD
# The head of a table, behind its references: its shape, of which are the length of its index, as a
# power of two, and the kind of the keys; how many items there is room for, and how many were put
# there. The index and the items follow.
_PARTS = "=xBB5xQQ"
_SHAPE = 3
_HEAD = 24
#: An item has a key and a value, and a key that need not be a text its hash.
_ITEM_SIZES = (3 * _WORD, 2 * _WORD)


def _make() -> Any:
    from ctypes import c_char, c_uint64
    from struct import Struct

    at = c_uint64.from_address
    head_at = (c_char * _HEAD).from_address
    parts = Struct(_PARTS).unpack
    # ctypes forgets what it makes of these: there are two for each power of two.
    arrays: dict[int, Any] = {}

    class Table:
        """The table of a dict, with a number for each content that it was found with."""

        __slots__ = ("_address", "_content", "_dict", "_shape", "_state", "_table", "_where")

        def __init__(self, of: dict[Any, Any]) -> None:
            self._dict = of
            self._where = at(id(of) + _TABLE)
            self._state = 0
            self._read()

        @property
        def value(self) -> int:
            # No other thread runs from the one to the other, which could free the table.
            if self._where.value == self._address:
                content = self._table.raw
                if content == self._content:
                    return self._state
                if content.startswith(self._shape):
                    self._content = content
                    self._state += 1
                    return self._state
            return self._read()

        def _read(self) -> int:
            """Read a table that is another than before."""
            where = self._where
            while True:
                address = where.value
                head = head_at(address + _WORD)
                if where.value != address or not (content := head.raw):
                    continue
                index, kind, room, there = parts(content)
                size = _HEAD + (1 << index) + (room + there) * _ITEM_SIZES[kind]
                array = arrays.get(size) or arrays.setdefault(size, c_char * size)
                table, shape = array.from_address(address + _WORD), content[:_SHAPE]
                if where.value == address and (content := table.raw).startswith(shape):
                    break
            self._address, self._table, self._shape = address, table, shape
            self._content = content
            self._state += 1
            return self._state

    class Holding(Table):
        """The same of a dict of which nobody else holds what it held."""

        __slots__ = ("_held", "_held_at")

        def __init__(self, of: dict[Any, Any]) -> None:
            self._held_at = 0
            Table.__init__(self, of)

        @property
        def value(self) -> int:
            state: int = Table.value.fget(self)  # type: ignore[attr-defined]
            if state != self._held_at:
                of = self._dict
                # A class of dicts may do anything.
                self._held = dict.copy(of) if type(of) is dict else [*dict.items(of)]
                self._held_at = state
            return state

    return Table, Holding


def has_usual_heads() -> bool:
    """Whether the objects of this interpreter begin as CPython's usually do."""
    return (
        sys.implementation.name == "cpython"
        and not hasattr(sys, "gettotalrefcount")  # a debug build
        and "t" not in getattr(sys, "abiflags", "")  # without the lock
        and sys.maxsize > 1 << 32
    )


def find() -> tuple[Any, Any]:
    """The classes of tables, the one that holds nothing and the one that does; (None, None) where
    there are none."""
    try:
        if has_usual_heads() and (3, 11) <= sys.version_info < (3, 16):
            return _make()
    except ImportError:
        pass
    return None, None


Table, Holding = find()
