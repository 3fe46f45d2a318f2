"""Whether the response of a stage that has not called its start_response was begun all the same:
whoever runs within it has called that of a stage around, which was not handed on through this one,
as where a stage is given a function to go on with."""

from __future__ import annotations

from itertools import chain

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
_KEPT = _ENTERED | _STARTED
#: What is told of a stage no earlier than its first block, or that it has none.
_GAVE = frozenset((CHUNK, AGAIN, CLOSE, SHUT))


def was_begun(made: Pass) -> bool:
    """Whether that was called between this pass's entry and its first block; where that was told
    long ago, at any time since it was entered."""
    checker = made.checker
    exchange = checker.exchange
    record = exchange.record
    index, entered, ended = made.index, 0, 0
    for event in chain(record.earlier, checker.last or record.events):
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


def worth_keeping(events: list[tuple[Any, ...]]) -> tuple[tuple[Any, ...], ...]:
    """Those of the events that are about to be sent which `was_begun` may have to look at."""
    return tuple(event for event in events if event[0] in _KEPT)


def _outermost(event: tuple[Any, ...]) -> int:
    """The index of the outermost stage through which a call of start_response has passed."""
    last = event[-1]
    through = last if type(last) is list and last and type(last[0]) is int else ()
    return min((event[1], *through))
