"""sys.stdout and sys.stderr: what a request's own thread prints is told with the request."""

from __future__ import annotations

import sys
from threading import get_ident

from . import frames
from .streams import Lines, running

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO, Iterable, TextIO


class Stream:
    """A text stream in the place of another, to which all goes that belongs to no request.

    What runs in threads that the application started itself is nobody's, since it can't be known
    whose it is.
    """

    def __init__(self, real: TextIO, stderr: bool) -> None:
        self._real = real
        self._flags = frames.FLAG_STDERR if stderr else 0
        self.buffer = Buffer(real.buffer, self)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def __repr__(self) -> str:
        return repr(self._real)

    def _lines(self) -> Lines | None:
        exchange = running.get(get_ident())
        if exchange is None or exchange.over:
            return None
        for lines in exchange.texts or ():
            if lines._kind == frames.OUTPUT and lines._flags == self._flags:
                return lines
        return Lines(exchange, frames.OUTPUT, self._flags)

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        lines = self._lines()
        if lines is None:
            return self._real.write(text)
        if self._flags and "Traceback" in text:
            from .logged import printed

            printed(lines._exchange, text)
        lines.write(text)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        lines = self._lines()
        if lines is None:
            self._real.flush()
        else:
            lines.finish()

    def __iter__(self) -> Any:
        return iter(self._real)

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *exc: object) -> None:
        self.flush()


class Buffer:
    """The binary stream below a Stream."""

    def __init__(self, real: BinaryIO, stream: Stream) -> None:
        self._real = real
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def write(self, data: bytes) -> int:
        lines = self._stream._lines()
        if lines is None:
            n = self._real.write(data)
            self._real.flush()
            return n
        text = bytes(data)
        lines.write(text.decode("utf-8", "backslashreplace"))
        return len(text)

    def flush(self) -> None:
        self._stream.flush()


def install() -> None:
    """Put the streams in place, before the application can have kept the real ones."""
    for name in ("stdout", "stderr"):
        real = getattr(sys, name)
        if real is None:
            continue
        try:
            real.reconfigure(line_buffering=True, errors="backslashreplace")
        except (AttributeError, ValueError):
            pass
        setattr(sys, name, Stream(real, name == "stderr"))
