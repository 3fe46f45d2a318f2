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
# Where a table has its shape, behind its references: the length of its index, as a power of two;
# how many bytes that has, as one; the kind of the keys. The index and the items follow behind its
# head; there are items for two thirds of the index.
_SHAPE = slice(_WORD, _WORD + 3)
_HEAD = _WORD + 24
#: An item has a key and a value, and a key that need not be a text its hash.
_ITEM_SIZES = (3 * _WORD, 2 * _WORD)


def _make() -> Any:
    from ctypes import POINTER, c_char
    from itertools import count

    table_at = POINTER(c_char).from_address
    next_number = count(1).__next__

    class Wholes(dict):
        """Where the bytes of a table are, by its shape."""

        def __missing__(self, shape: bytes) -> slice:
            length, index, kind = shape
            size = _HEAD + (1 << index) + (1 << length) * 2 // 3 * _ITEM_SIZES[kind]
            return self.setdefault(shape, slice(_WORD, size))

    wholes = Wholes()

    class Table:
        """The table of a dict, with a number for each content that it was found with."""

        __slots__ = ("_dict", "_found")

        def __init__(self, of: dict[Any, Any]) -> None:
            self._dict = of
            self._read(table_at(id(of) + _TABLE))

        @property
        def value(self) -> int:
            table, shape, whole, content, number = self._found
            # No other thread runs from the one to the other, which could make it another table.
            if table[_SHAPE] == shape:
                found = table[whole]
                if found == content:
                    return number
                number = next_number()
                # At once: another thread may look at it, too.
                self._found = table, shape, whole, found, number
                return number
            return self._read(table)

        def _read(self, table: Any) -> int:
            """Read one of another shape."""
            number = next_number()
            while True:
                shape = table[_SHAPE]
                whole = wholes[shape]
                if table[_SHAPE] == shape:
                    self._found = table, shape, whole, table[whole], number
                    return number

    number_of: Any = Table.value.fget  # type: ignore[attr-defined]

    class Holding(Table):
        """The same of a dict of which nobody else holds what it held."""

        __slots__ = ("_held", "_held_at")

        def __init__(self, of: dict[Any, Any]) -> None:
            Table.__init__(self, of)
            self._held_at = 0

        @property
        def value(self) -> int:
            number: int = number_of(self)
            while number != self._held_at:
                of = self._dict
                # A class of dicts may do anything.
                held = dict.copy(of) if type(of) is dict else [*dict.items(of)]
                now = number_of(self)
                if now == number:
                    self._held, self._held_at = held, number
                number = now
            return number

    return Table, Holding


def has_usual_heads() -> bool:
    """Whether the objects of this interpreter begin as CPython's usually do."""
    return (
        sys.implementation.name == "cpython"
        and not hasattr(sys, "gettotalrefcount")  # a debug build
        and "free-threading" not in sys.version  # without the lock
        and sys.maxsize > 1 << 32
    )


def find() -> tuple[Any, Any]:
    """The classes of tables, the one that holds nothing and the one that does; (None, None) where
    there are none."""
    try:
        if has_usual_heads() and (3, 11) <= sys.version_info < (3, 16):
            return _make()
    except Exception:
        pass  # ctypes is not there, or an audit hook of the application's refuses it
    return None, None


Table, Holding = find()
