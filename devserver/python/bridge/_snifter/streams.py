"""What the application writes text to, and the wrapper for files."""

from __future__ import annotations

import sys

from . import frames
from .native import Mutex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO, Callable, Iterable, Iterator

    from .exchange import Exchange

#: The exchange that each thread runs, by the thread's identity.
running: dict[int, Exchange | None] = {}

_joining = Mutex()


class Lines:
    """Text of one exchange, sent as whole lines; what is left of one is sent by finish."""

    __slots__ = ("_exchange", "_kind", "_flags", "_part")

    def __init__(self, exchange: Exchange, kind: int, flags: int = 0) -> None:
        self._exchange = exchange
        self._kind = kind
        self._flags = flags
        self._part = ""
        if exchange.texts is None:
            exchange.texts = []
        exchange.texts.append(self)

    def write(self, text: str) -> None:
        with _joining:
            text = self._part + text
            cut = text.rfind("\n") + 1
            self._part = text[cut:]
        if cut:
            self._send(text[:cut])
        elif len(text) > frames.MAX_PAYLOAD >> 8:
            self.finish()

    def finish(self) -> None:
        with _joining:
            text, self._part = self._part, ""
        if text:
            self._send(text)

    def _send(self, text: str) -> None:
        exchange = self._exchange
        step = frames.MAX_PAYLOAD >> 6
        for at in range(0, len(text), step):
            data = text[at : at + step].encode("utf-8", "backslashreplace")
            exchange.link.put(self._kind, exchange.number, data, self._flags)


class Errors:
    """wsgi.errors (PEP 3333, "Input and Error Streams"): text, recorded with its exchange."""

    __slots__ = ("_exchange", "_lines")

    encoding = "utf-8"
    errors = "backslashreplace"

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._lines: Lines | None = None

    def __repr__(self) -> str:
        return "<wsgi.errors>"

    def call(self) -> Any:
        """The call of the request's outermost stage, while the request runs."""
        return None if self._exchange.over else self._exchange.call()

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            message = f"wsgi.errors takes str, not {type(text).__name__}"
            self._exchange.lint_running("errors-not-text", message)
            raise TypeError(message)
        if type(text) is not str:
            message = f"wsgi.errors was given a {type(text).__name__}, not a plain str"
            self._exchange.lint_running("errors-subclass", message)
        if self._exchange.over:
            # Kept by the application beyond its request: it is nobody's any more.
            return sys.stderr.write(text)
        if "Traceback" in text:
            from .logged import printed

            printed(self._exchange, text)
        if self._lines is None:
            self._lines = Lines(self._exchange, frames.ERRORS)
        self._lines.write(text)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        if self._lines is not None and not self._exchange.over:
            self._lines.finish()

    def close(self) -> None:
        """Tell of it: who closes it would have closed it for all (PEP 3333, "Input and Error
        Streams")."""
        if not self._exchange.over:
            self._exchange.lint_running("errors-method", "wsgi.errors was closed")

    def isatty(self) -> bool:
        return False


class FileWrapper:
    """wsgi.file_wrapper (PEP 3333, "Optional Platform-Specific File Handling").

    Reads from where the file stands. The file's own close is this one's.
    """

    #: Called with each block, where requests may stop; returns which is given.
    stops: Callable[[bytes], bytes] | None = None

    def __init__(self, filelike: BinaryIO, blksize: int = 64 << 10) -> None:
        self.filelike = filelike
        self.blksize = blksize
        self._left: int | None = None
        #: Called with each block that anybody but the server reads.
        self.told: Callable[[bytes], None] | None = None
        if hasattr(filelike, "close"):
            self.close = filelike.close

    def prepare(self, most: int | None, blksize: int) -> None:
        """Read blocks of this size, and no more bytes in all, since the server itself iterates."""
        self._left = most
        self.blksize = blksize
        self.told = None

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        size = self.blksize
        if self._left is not None:
            size = min(size, self._left)
            if size <= 0:
                raise StopIteration
        data: Any = self.filelike.read(size)
        if not data:
            raise StopIteration
        if self._left is not None:
            self._left -= len(data)
        if self.told is not None:
            self.told(data)
        return data if self.stops is None else self.stops(data)
