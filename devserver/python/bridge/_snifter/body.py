"""The body of a request: wsgi.input (PEP 3333, "Input and Error Streams")."""

from __future__ import annotations

from collections import deque
from threading import get_ident

from . import frames
from .clock import monotonic_ns
from .streams import running

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator

#: How much is read before the server is told, so that it can send more.
_STEP = frames.BODY_WINDOW // 4


class Input:
    """A stream of bytes that ends where the body ends, and never gives more than was asked.

    Pieces arrive by `more`, called by whichever thread reads the socket; the other methods are the
    application's.
    """

    __slots__ = (
        "_link",
        "_number",
        "_pieces",
        "_whole",
        "_error",
        "_data",
        "_at",
        "_told",
        "_unread",
        "_asked",
        # Of a ToldInput.
        "_current",
        "_reads",
        "_size",
        "_over",
        "_began",
        "_left",
    )

    def __init__(self, link: Any, number: int, first: bytes, whole: bool) -> None:
        self._link = link
        self._number = number
        self._pieces: deque[bytes] = deque()
        self._whole = whole
        self._error: str | None = None
        self._data = first
        self._at = 0
        # What came with the request counts as well, once it is read.
        self._unread = 0 if whole else len(first)
        self._told = whole
        self._asked = whole
        self._current: Any = None

    def __init_subclass__(cls) -> None:
        # What an application prints of it, or of an error, is the same whoever is told of reads.
        cls.__name__ = cls.__qualname__ = Input.__name__

    def __repr__(self) -> str:
        return "<wsgi.input>"

    def note(self, root: Any) -> None:
        """Stages are told apart from now on: tell what the outermost has read so far."""

    # The reading thread's side.

    def more(self, piece: bytes, end: bool) -> None:
        if piece:
            self._pieces.append(piece)
        if end:
            self._whole = True

    def fail(self, why: str) -> None:
        """Have reads raise OSError from where the body breaks off."""
        if not self._whole:
            self._error = why

    def cut_off(self) -> None:
        """The request is over: whoever has kept this waits for nothing more of it."""
        if not self._whole:
            self._error = "the request is over"
            self._link.wake(self._number)

    def _ready(self) -> bool:
        return bool(self._pieces) or self._whole or self._error is not None

    # The application's side.

    def _ask(self) -> None:
        """Tell the server of the first read: the client may wait for "100 Continue"."""
        self._asked = True
        if not self._whole:
            self._acknowledge(frames.FLAG_CONTINUE)

    def _acknowledge(self, flags: int = 0) -> None:
        unread, self._unread = self._unread, 0
        self._link.put(frames.READ, self._number, frames.U32.pack(unread), flags)

    def _next(self) -> bytes:
        """The next piece, or nothing at the end."""
        while True:
            whole = self._whole  # looked at first: a piece is there before the end is told
            if self._pieces:
                piece = self._pieces.popleft()
                self._unread += len(piece)
                if self._unread >= _STEP and not self._whole:
                    self._acknowledge()
                return piece
            if whole:
                return b""
            if self._error is not None:
                raise OSError("the request's body broke off: " + self._error)
            if self._unread:
                self._acknowledge()
            self._link.wait(self._number, self._ready)

    def _rest(self) -> bytes:
        data = self._data[self._at :] if self._at else self._data
        self._data, self._at = b"", 0
        return data

    def read(self, size: int | None = -1, /, **named: Any) -> bytes:
        if named:
            size = self._named(**named)
        if not self._asked:
            self._ask()
        if size is None or size < 0:
            parts = [self._rest()]
            try:
                parts.extend(iter(self._next, b""))
            except OSError:
                self._data = b"".join(parts)
                raise
            return b"".join(parts)
        at = self._at
        if len(self._data) - at >= size:
            self._at = at + size
            return self._data[at : at + size]
        parts = [self._rest()]
        have = len(parts[0])
        while have < size:
            try:
                piece = self._next()
            except OSError:
                self._data = b"".join(parts)
                raise
            if not piece:
                break
            need = size - have
            if len(piece) > need:
                self._data, self._at = piece, need
                piece = piece[:need]
            parts.append(piece)
            have += len(piece)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def readline(self, size: int | None = -1) -> bytes:
        if not self._asked:
            self._ask()
        limit = -1 if size is None or size < 0 else size
        parts: list[bytes] = []
        have = 0
        while True:
            data, at = self._data, self._at
            stop = len(data) if limit < 0 else min(len(data), at + limit - have)
            end = data.find(b"\n", at, stop) + 1
            if end > 0 or (limit >= 0 and stop - at >= limit - have):
                end = end or stop
                self._at = end
                parts.append(data[at:end])
                return parts[0] if len(parts) == 1 else b"".join(parts)
            parts.append(self._rest())
            have += len(parts[-1])
            try:
                self._data = self._next()
            except OSError:
                self._data = b"".join(parts)
                raise
            if not self._data:
                return b"".join(parts)

    def readlines(self, hint: int | None = -1) -> list[bytes]:
        lines: list[bytes] = []
        self._add_lines(lines, hint)
        return lines

    def _add_lines(self, lines: list[bytes], hint: int | None) -> None:
        have = 0
        while True:
            line = Input.readline(self)
            if not line:
                return
            lines.append(line)
            have += len(line)
            if hint is not None and 0 < hint <= have:
                return

    def close(self) -> None:
        """Tell of it: it is the server's to close."""
        self._tell("wsgi.input was closed")

    def _named(self, size: int | None = -1) -> int | None:
        """Tell of an argument of read() that is given by its name; return it."""
        self._tell("an argument of wsgi.input.read was given by its name")
        return size

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    def _tell(self, message: str) -> None:
        exchange = running.get(get_ident())
        if exchange is None and self._current is not None:
            # In a thread of the application's own, whose stage tells of which request it is.
            exchange = getattr(getattr(self._current(), "record", None), "exchange", None)
        if exchange is not None:
            exchange.lint_running("input-method", message)


class ToldInput(Input):
    """An input of which it is told which stage reads how much."""

    __slots__ = ()

    def tell_of(self, current: Any, length: Any) -> None:
        """Begin to tell: the stage, or whatever has a record of it, is asked of `current`, and the
        body is as long as told."""
        self._current = current
        self._reads = self._size = self._over = self._began = 0
        known = type(length) is str and length.isascii() and length.isdigit()
        self._left = int(length) if known else -1

    def note(self, root: Any) -> None:
        if self._current is not None and self._reads:
            root.record.read(1, self._began, self._reads, self._size, self._over)

    def _note(self, asked: int | None, got: int) -> None:
        if self._current is None:
            return
        over = 0
        if self._left >= 0:
            over = int(asked is not None and asked > self._left)
            self._left -= got
        stage = self._current()
        record = getattr(stage, "record", None)
        if record is None:
            # Nobody knows whose thread this is: it is told as the outermost stage's, once there is
            # a record.
            self._began = self._began or monotonic_ns()
            self._reads += 1
            self._size += got
            self._over += over
        elif not record.over:
            index = getattr(stage, "index", 1)
            record.read(index, monotonic_ns(), 1, got, over)

    def read(self, size: int | None = -1, /, **named: Any) -> bytes:
        if named:
            size = self._named(**named)
        data = Input.read(self, size)
        self._note(size, len(data))
        return data

    def readline(self, size: int | None = -1) -> bytes:
        line = Input.readline(self, size)
        # A line may be shorter than what it may be at most.
        self._note(None, len(line))
        return line

    def readlines(self, hint: int | None = -1) -> list[bytes]:
        lines: list[bytes] = []
        try:
            self._add_lines(lines, hint)
        finally:
            self._note(None, sum(map(len, lines)))
        return lines


class ToldEmpty(ToldInput):
    """An input of requests without a body of which it is told which stage reads."""

    __slots__ = ()

    def _note(self, asked: int | None, got: int) -> None:
        stage = self._current()
        record = getattr(stage, "record", None)
        if record is not None and not record.over:
            over = int(asked is not None and asked > 0)
            record.read(getattr(stage, "index", 1), monotonic_ns(), 1, got, over)


#: The input of every request without a body: nothing can be read from it, so nothing about it ever
#: changes.
EMPTY = Input(None, 0, b"", True)
