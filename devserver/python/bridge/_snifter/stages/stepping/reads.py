"""wsgi.input while requests may stop where it is read."""

from __future__ import annotations

from ...body import EMPTY, ToldInput
from .. import context
from . import boundaries, stops

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from ...exchange import Exchange


class StoppingInput(ToldInput):
    """An input of which every read is a boundary of the stage that reads. What iterates it reads
    line by line."""

    __slots__ = ()

    def read(self, size: int | None = -1, /, **named: Any) -> bytes:
        __traceback_hide__ = True
        _stop()
        return ToldInput.read(self, size, **named)

    def readline(self, size: int | None = -1) -> bytes:
        __traceback_hide__ = True
        _stop()
        return ToldInput.readline(self, size)

    def readlines(self, hint: int | None = -1) -> list[bytes]:
        __traceback_hide__ = True
        _stop()
        return ToldInput.readlines(self, hint)


def _stop() -> None:
    __traceback_hide__ = True
    if stops.armed:
        call = context.current()
        if call is not None:
            boundaries.read(call)


def watch(exchange: Exchange, reader: Callable[[], Any]) -> None:
    """Have reads of the request's body be boundaries, of whoever reads. Nothing was read of it
    yet."""
    if exchange.input is EMPTY:
        exchange.input = StoppingInput(None, 0, b"", True)
        exchange.input.tell_of(reader, "0")
    else:
        exchange.input.__class__ = StoppingInput
