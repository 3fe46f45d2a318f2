"""How the blocks among a record's events are told: as bytes, or as the same as another.

A block stands in its event as it is until that is sent.
"""

from __future__ import annotations

from itertools import compress, count

from ..events import AGAIN, CHUNK
from ..values import type_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator

    from .record import Record

#: So many bytes of the blocks of a pass are told.
_MOST_BYTES = 64 << 10
#: How long an event is that has a block, as it stands until it is sent. No other is.
_is_of_a_block = (4).__eq__
#: And one of a block that was told last, and few others.
_OF_ANOTHERS = 3
_NO_BLOCKS = (0, 0)
#: What no stage gives.
NO_BLOCK = object()
_NONE_GIVEN: tuple[Any, int] = (None, 0)


def put(record: Record, events: list[tuple[Any, ...]]) -> None:
    """Put the blocks of events as they are told."""
    given, record.given = record.given, ()
    at = record.block_at
    if at > 0 and len(given) == 1 and record.over and not record.sent:
        # The only one of the request, as a rule the one that the server was given.
        [(only, nth)] = given
        _, index, when, block = events[at]
        if type(block) is bytes and block == only and index != record.passed:
            events[at] = (CHUNK, index, when, len(block), None, 0, nth)
            return
    if not record.over and _OF_ANOTHERS in map(len, events):
        _note_relays(record, events)
    blocks = [*compress(count(), map(_is_of_a_block, map(len, events)))]
    if not blocks:
        return
    at, answer = record.written, record.answer
    if record.blocks is None:
        record.blocks = {}
    elif answer in record.blocks:
        answer = 0  # some of the list were told before, where the request was stopped
    counts = record.blocks
    only, nth = given[0] if len(given) == 1 else _NONE_GIVEN
    once: set[int] = set()
    places = None
    for n in blocks:
        kind, index, when, block = events[n]
        if index == answer and kind == CHUNK and type(block) is bytes and block:
            # The server is given the list itself.
            events[n] = (kind, index, when, len(block), None, 0, at)
            at += 1
            continue
        if type(block) is bytes and block == only and index not in counts:
            # What a framework has encoded of a view's text is equal, and not the same. The next
            # that is equal is another.
            counts[index] = (1, 0)
            once.add(index)
            events[n] = (kind, index, when, len(block), None, 0, nth)
            continue
        if places is None:
            if record.over and _OF_ANOTHERS in map(len, events):
                _note_relays(record, events)
            places = _Places(record, given, once)
        events[n] = (kind, index, when, *places.told(index, block))


def _note_relays(record: Record, events: list[tuple[Any, ...]]) -> None:
    record.relays = {event[1] for event in events if event[0] == AGAIN}.union(record.relays)


class _Places:
    """Where else the blocks of some events are."""

    def __init__(self, record: Record, given: list[tuple[bytes, int]], once: set[int]) -> None:
        self._record = record
        #: What the server was given, and which.
        self._given = given
        # The same block may be given several times: each pass has given the next.
        self._places: dict[int, list[int]] = {}
        if len(given) > 1:
            for block, nth in given:
                self._places.setdefault(id(block), []).append(nth)
        self._taken: dict[tuple[int, int], Iterator[int]] = {}
        #: Passes that have given the only one.
        self._once = once
        #: The passes that blocks were told of first, and which of theirs they were, by their ids.
        self._told = {id(record.last[0]): record.last[1:]}

    def told(self, index: int, block: Any) -> tuple[Any, ...]:
        """What is told of the next block of a pass, behind when it came."""
        counts = self._record.blocks
        nth, sent = counts.get(index, _NO_BLOCKS)  # type: ignore[union-attr]
        counts[index] = nth + 1, sent  # type: ignore[index]
        if type(block) is not bytes:
            return 0, None, -1, 0, type_name(type(block))
        size = len(block)
        if not size:
            return 0, block, -1, 0
        place = self._place(index, block)
        if place >= 0:
            return size, None, 0, place
        same = self._told.get(id(block))
        if same is not None and same[0] != index:
            return (size, None, *same)
        if index not in self._record.relays:  # else it is another of its blocks
            self._told[id(block)] = (index, nth)
            self._record.last = (block, index, nth)
        room = _MOST_BYTES - sent
        kept = block if size <= room else block[:room]
        counts[index] = nth + 1, sent + len(kept)  # type: ignore[index]
        return size, kept, -1, 0

    def _place(self, index: int, block: bytes) -> int:
        """Which of the server's blocks it is, or -1."""
        given = self._given
        if len(given) == 1:
            if given[0][0] != block or index in self._once:
                return -1
            self._once.add(index)
            return given[0][1]
        key = id(block)
        if (index, key) not in self._taken:
            self._taken[index, key] = iter(self._places.get(key, ()))
        return next(self._taken[index, key], -1)
