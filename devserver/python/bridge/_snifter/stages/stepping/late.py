"""The outermost stage of a request that was called when there was nowhere to stop, and there is by
now.

Later requests have theirs called by `outermost.run`. Here the exchange itself asks, at each
boundary that is still to come.
"""

from __future__ import annotations

import weakref

from ...answer import Answer
from ...body import ToldInput
from ...exchange import Exchange
from ..events import CHUNK, WRITE
from ..running import calls
from . import boundaries, outermost
from .outermost import SILENT
from .reads import StoppingInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable

    from ..running.calls import Call


def attend(exchanges: Iterable[Exchange]) -> None:
    """Have requests under way stop at what is left of them. For the thread that reads."""
    for exchange in exchanges:
        if exchange.late is None:
            exchange.late = Late(exchange)
        if type(exchange.input) is ToldInput:
            exchange.input.__class__ = StoppingInput


class Late:
    """What is left of an exchange."""

    __slots__ = ("_of",)

    def __init__(self, exchange: Exchange) -> None:
        self._of = weakref.ref(exchange)  # which holds this

    @property
    def _exchange(self) -> Exchange:
        return self._of()  # type: ignore[return-value]  # it runs

    def _in_call(self) -> Call | None:
        """The call of the outermost stage, unless that stops by itself."""
        return None if self._exchange.by_hand else self._outermost()

    def _in_body(self) -> Call | None:
        """The same while its body runs."""
        return None if self._exchange.body_by_hand else self._outermost()

    def _outermost(self) -> Call | None:
        exchange = self._exchange
        call = exchange.call()
        if call is not None and call._start is None:
            call._tracer, call._start = SILENT, exchange.start_response
        return call

    def start(self, status: Any, headers: Any, exc_info: Any) -> tuple[Any, Any]:
        """start_response is called; return with what."""
        __traceback_hide__ = True
        call = self._in_call()
        if call is None or boundaries.has_answered(call):
            return status, headers
        given, _ = boundaries.start(call, (status, headers, exc_info), {})
        return given[0], given[1]

    def write(self, block: Any) -> Any:
        """A block is written; return which."""
        __traceback_hide__ = True
        call = self._in_call()
        return block if call is None else boundaries.block(call, WRITE, block)

    def chunk(self, block: Any) -> Any:
        """The body has given a block; return which."""
        __traceback_hide__ = True
        call = self._in_body()
        if call is None:
            return block
        self._exchange.stepped()
        try:
            return boundaries.block(call, CHUNK, block)
        finally:
            call.began = 0  # nor did it go on meanwhile

    def close(self) -> None:
        """close() of the body is about to run."""
        __traceback_hide__ = True
        call = self._in_body()
        if call is not None:
            boundaries.close(call)

    def left(self, result: Any) -> Any:
        """The application has returned; return the body, which stops by itself."""
        __traceback_hide__ = True
        call = self._in_call()
        return result if call is None else outermost.leave(call, result)

    def failed(self, error: BaseException) -> tuple[Any, BaseException | None]:
        """The application has let an exception through; return the body where it answers by hand in
        its place, and which exception it is where not."""
        __traceback_hide__ = True
        try:
            call = None if self._exchange.body_by_hand else self._in_call()
            if call is not None and calls.failed(call, SILENT, "call", error):
                return outermost.leave(call, None, True), None
        except BaseException as other:
            return None, other
        return None, error

    def broken(self, where: str, error: BaseException) -> BaseException:
        """The body has failed, as it was iterated or closed; return by which exception."""
        __traceback_hide__ = True
        try:
            call = None if _is_complaint(error) else self._in_body()
            if call is not None:
                calls.failed(call, SILENT, where, error)
        except BaseException as other:
            return other
        return error


def _is_complaint(error: BaseException) -> bool:
    """Whether it is the server that does not take what the body has given."""
    tb = error.__traceback__
    code = None
    while tb is not None:
        code = tb.tb_frame.f_code
        if code not in _COMPLAINING:
            return False
        tb = tb.tb_next
    return code is Answer._breach.__code__


_COMPLAINING = frozenset(
    function.__code__
    for function in (
        Exchange._iterate,
        Answer._block,
        Answer._not_started,
        Answer._as_bytes,
        Answer._breach,
    )
)
