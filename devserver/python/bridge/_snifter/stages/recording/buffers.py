"""A buffer that stands in the place of wsgi.input, as one who has read the body leaves it to those
within. Nobody is told who reads of it: how far it was read is looked at from boundary to boundary.
"""

from __future__ import annotations

from io import BytesIO

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Tuple

    #: How many bytes were read, and how many are left.
    Part = Tuple[int, int]

KEY = "wsgi.input"


class Position:
    """How far a buffer was read, in the place of the number of a container's state."""

    __slots__ = ("buffer",)

    def __init__(self, buffer: BytesIO) -> None:
        self.buffer = buffer

    @property
    def value(self) -> int:
        """-1 where it is closed."""
        try:
            return self.buffer.tell()
        except ValueError:
            return -1

    def part_since(self, before: int) -> Part | None:
        """What was read since it stood there, None where that is nothing: whoever has put it there
        may have gone back in it."""
        now = self.value
        if not 0 <= before < now:
            return None
        size = len(self.buffer.getvalue())  # its own bytes, where getbuffer() makes a copy of them
        return max(0, min(now, size) - before), max(0, size - now)
