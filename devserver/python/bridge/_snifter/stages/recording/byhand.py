"""What is recorded of a request that stops at boundaries, and of what is done to it by hand."""

from __future__ import annotations

from ...clock import monotonic_ns
from ..events import CHUNK, EDITED, PAUSED
from ..guard import guarded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterator

    from ...exchange import Exchange
    from ..running.calls import Call

#: So many pauses are kept: of those within one call of start_response.
MOST_PAUSES = 100


class ByHand:
    """This part of a `record.Record`."""

    __slots__ = ()

    exchange: Exchange
    events: list[tuple[Any, ...]]
    send: Callable[[], None]
    #: When the request went on that was stopped, and how long it had been.
    pauses: list[tuple[int, int]] | tuple[()] = ()

    def paused(self, call: Call, boundary: int, took: int, stop: int, then: str) -> None:
        """Tell that the call was stopped at a boundary for so many nanoseconds until now, by a
        breakpoint's number or 0, and how it went on. What is spent leaves that time out."""
        self.events.append((PAUSED, call.index, self.stood(call, took), boundary, took, stop, then))

    def stood(self, call: Call, took: int) -> int:
        """Leave so many nanoseconds until now, which are returned, out of what is spent: the call
        stood at a boundary, if only until it was known that it was not meant."""
        # A stage within may have called what stopped, as start_response or write().
        stopped = {*_outwards(call), *_outwards(self.exchange.link.recorder.running())}
        for each in stopped:
            each.began += took
        if self.exchange.began:  # of a first block, and of close()
            self.exchange.began += took
        now = monotonic_ns()
        self.pauses = [*self.pauses[-MOST_PAUSES:], (now, took)]
        return now

    @guarded
    def paused_since(self, began: int) -> int:
        """For how long the request was stopped since then."""
        return sum(took for until, took in self.pauses if until > began)

    def edited(self, call: Call, boundary: int, changes: dict[str, Any]) -> None:
        """Tell what was changed by hand while the call was stopped; the dict is what goes over the
        wire."""
        self.events.append((EDITED, call.index, monotonic_ns(), boundary, changes))

    @guarded
    def unsized(self, call: Call, headers: list[tuple[str, str]]) -> None:
        """Tell that a Content-Length is left out, since a block that the call gave was edited."""
        self.edited(call, CHUNK, {"headers": headers})
        self.send()

    def looked(self, call: Call) -> None:
        """Take the environ of a call as it is now for what is known, and tell of no change: it was
        changed by hand."""
        if call.seen is not None:
            call.seen.change()


def _outwards(call: Any) -> Iterator[Call]:
    """A call, and those that it was made within."""
    while call is not None and hasattr(call, "parent"):  # the exchange runs its outermost stage
        yield call
        call = call.parent
