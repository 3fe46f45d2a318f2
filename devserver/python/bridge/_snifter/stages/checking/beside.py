"""Whether the response of a stage that has not called its start_response was begun all the same:
whoever runs within it has called that of a stage around, which was not handed on through this one,
as where a stage is given a function to go on with."""

from __future__ import annotations

from ..events import (
    AGAIN,
    CHUNK,
    CLOSE,
    ENTER,
    GIVEN,
    LAZY,
    LEFT,
    MORE,
    ONE_MORE,
    SHUT,
    START_RESPONSE,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .passes import Pass

_ENTERED = frozenset((ENTER, GIVEN, LAZY))
_STARTED = frozenset((START_RESPONSE, MORE, ONE_MORE))
#: What is told of a stage no earlier than its first block, or that it has none.
_GAVE = frozenset((CHUNK, AGAIN, CLOSE, SHUT))


def was_begun(made: Pass) -> bool:
    """Whether that was called between this pass's entry and its first block, as far as what was
    told of that is still here to be looked at."""
    checker = made.checker
    exchange = checker.exchange
    index, entered, ended = made.index, 0, 0
    for event in checker.last or exchange.record.events:
        kind, of, at = event[:3]
        if of == index:
            entered = entered or kind in _ENTERED and at
            if kind in _GAVE or kind == LEFT and event[4] < 0:
                ended = at
                break  # what a stage around does from here on is its own
        elif entered and kind in _STARTED and _outermost(event) < index:
            return True
    # The outermost stage has the server's, of which nothing is told but when.
    return bool(entered) and entered <= exchange.started <= (ended or exchange.started)


def _outermost(event: tuple[Any, ...]) -> int:
    """The index of the outermost stage through which a call of start_response has passed."""
    last = event[-1]
    through = last if type(last) is list and last and type(last[0]) is int else ()
    return min((event[1], *through))
