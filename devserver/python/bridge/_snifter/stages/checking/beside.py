"""What is known of a stage by what was told of others: whether the response of one that has not
called its start_response was begun all the same, since whoever runs within it has called that of a
stage around, which was not handed on through this one, as where a stage is given a function to go
on with; and whether one had got something when it called another."""

from __future__ import annotations

from itertools import chain

from ..events import (
    AGAIN,
    CHUNK,
    CLOSE,
    ENTER,
    EXCEPTION,
    EXIT,
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
    from typing import Any, Iterable

    from .passes import Pass
    from .telling import Telling

_ENTERED = frozenset((ENTER, GIVEN, LAZY))
_STARTED = frozenset((START_RESPONSE, MORE, ONE_MORE))
_RETURNED = frozenset((EXIT, LEFT, LAZY))
_KEPT = _ENTERED | _STARTED | _RETURNED | {EXCEPTION}
#: What a framework's layer has told of it that has no part in the response; no stage returns it.
_NOTHING = "NoneType"
#: What is told of a stage no earlier than its first block, or that it has none.
_GAVE = frozenset((CHUNK, AGAIN, CLOSE, SHUT))


def was_begun(made: Pass) -> bool:
    """Whether that was called between this pass's entry and its first block; where that was told
    long ago, at any time since it was entered."""
    exchange = made.checker.exchange
    index, entered, ended = made.index, 0, 0
    for event in _told(made.checker):
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


def has_got(checker: Telling, outer: int, before: int) -> bool:
    """Whether a stage had got a body of one within it when it called another: the one has returned
    that by then, and has not failed."""
    within: set[int] = set()
    given: set[int] = set()
    for event in _told(checker):
        kind, of = event[:2]
        if kind in _ENTERED:
            if of == before:
                break
            if event[3] == outer:
                within.add(of)
        if kind in _RETURNED and of in within and event[3] != _NOTHING:
            given.add(of)
        elif kind == EXCEPTION:
            given.discard(of)
    return bool(given)


def _told(checker: Telling) -> Iterable[tuple[Any, ...]]:
    """What was told until now, as far as that was kept; nothing once all is over."""
    record = checker.exchange.record
    return () if record is None else chain(record.earlier, checker.last or record.events)


def worth_keeping(events: list[tuple[Any, ...]]) -> tuple[tuple[Any, ...], ...]:
    """Those of the events that are about to be sent which these may have to look at."""
    return tuple(event for event in events if event[0] in _KEPT)


def _outermost(event: tuple[Any, ...]) -> int:
    """The index of the outermost stage through which a call of start_response has passed."""
    last = event[-1]
    through = last if type(last) is list and last and type(last[0]) is int else ()
    return min((event[1], *through))
