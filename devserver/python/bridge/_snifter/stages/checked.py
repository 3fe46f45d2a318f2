"""The outermost stage while an application is checked: its boundaries are looked at as those of the
stages within it are. While it is only served, they are the server's own, which has less to say of
them."""

from __future__ import annotations

from threading import get_ident

from ..streams import running
from . import calls, reads, stops

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..exchange import Exchange
    from .calls import Call


def start() -> None:
    """Have every request from now on be checked."""
    stops.check()


class Checked:
    """The tracer of the outermost stage: nothing is recorded, all is checked."""

    def enter(self, call: Call) -> None:
        pass

    def start_response(self, call: Call, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if call.lint is not None:
            call.lint.start_response(args, kwargs)
            return
        # Its request is over: it is told where it can be seen, in the one that runs now.
        running = calls.current()
        if running is not None and running.record is not None:
            running.record.lint.strayed()

    def write(self, call: Call, block: Any) -> None:
        if call.lint is not None:
            call.lint.write(block)

    def exit(self, call: Call, result: Any) -> None:
        passed = call.result
        if call.lint is not None:
            own = passed is None or passed[0] is not result
            call.lint.exit(result, None if own else call.lint.checker.of(passed[1]))  # type: ignore[index]

    def chunk(self, call: Call, block: Any) -> None:
        if call.lint is not None:
            call.lint.chunk(block)

    def close(self, call: Call) -> None:
        if call.lint is not None:
            call.lint.close()

    def exception(self, call: Call, where: str, error: BaseException) -> None:
        if call.lint is not None:
            call.lint.exception(where, error)


class CheckedInput(reads.StoppingInput):
    """An input that says what else is asked of it, and does it."""

    __slots__ = ()

    def read(self, *args: Any, **keywords: Any) -> bytes:
        __traceback_hide__ = True
        if keywords:
            exchange = running.get(get_ident())
            if exchange is not None:
                exchange.lint_running(
                    "input-method", "an argument of wsgi.input.read was given by its name"
                )
        return reads.StoppingInput.read(self, *args, **keywords)


_TRACER = Checked()


def begin(exchange: Exchange, call: Call) -> Checked:
    """Have the outermost stage of a request be checked; return its tracer."""
    call.lint = exchange.checker.outermost()  # type: ignore[union-attr]
    exchange.input.__class__ = CheckedInput
    return _TRACER
