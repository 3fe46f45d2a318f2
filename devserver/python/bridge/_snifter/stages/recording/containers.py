"""The lists, dicts and sets among an environ's values: a stage may change them where they are,
which leaves the environ itself as it was.

They are compared by what marshal makes of them, which asks nothing of what it doesn't know. What
has no such form, or is long, is not looked at: an application may hold all of its data in one.
"""

from __future__ import annotations

from io import BytesIO
from marshal import dumps
from operator import attrgetter

from ..events import ENVIRON_CHANGED, READ_INSTEAD
from ..kinds import ids
from ..values import PLAIN, plain_value, short_texts, shown
from . import versions
from .buffers import KEY, Position

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List, Tuple

    #: What was set to plain values, what to others, and what was removed.
    Change = tuple[dict[str, Any], dict[str, str], list[str]]
    #: A kind of event, and what is told with it.
    Aside = Tuple[Any, ...]
    #: What is looked at; the number of its state, and which that was; and what it held then: a
    #: dict of short texts as a copy of it, others as marshal has them.
    Held = List[Any]

#: The version of marshal's format that tells equal texts by nothing.
_VERSION = 0
_MOST_BYTES = 16 << 10
_MOST_ELEMENTS = 1000
#: So many numbers are one (see Both), which are as deep in each other.
_MOST_NUMBERS = 20
_CHANGE = ids(list, dict, set)
_HOLDERS = _CHANGE | ids(tuple, frozenset)

_get = dict.get
_UNNUMBERED = versions.UNNUMBERED


class Both:
    """What has the numbers of two as its `value`, which is made by no code of Python's."""

    __slots__ = ("one", "other")

    value = property(attrgetter("one.value", "other.value"))

    def __init__(self, one: Any, other: Any) -> None:
        self.one, self.other = one, other


class Containers:
    """Those in one environ that are looked at, by their keys."""

    __slots__ = ("held", "own", "known", "aside", "_told")

    def __init__(self, own: Any, known: Any, others: Containers | None = None) -> None:
        #: The number of the environ itself, and which that was when it was known to be as it was.
        self.own, self.known = own, known
        #: What each held when it was looked at last.
        self.held: dict[str, Held] = {}
        #: What each held when that was told last, by its id: it may be in several environs of a
        #: request, and what is told of one stage must not be told of the next.
        self._told: dict[int, Any] = {} if others is None else others._told
        #: What is to be told that was found with the changes, and is none of the stage's.
        self.aside: list[Aside] = []

    def number(self) -> tuple[Any, Any]:
        """What has the number of the environ with that of all of these, and which those were when
        they were looked at last (see Seen.known)."""
        held = self.held
        if not held:
            return self.own, self.known
        if self.own is _UNNUMBERED or len(held) > _MOST_NUMBERS:
            return _UNNUMBERED, None
        number = known = None
        for _, of, was, _ in held.values():
            if of is _UNNUMBERED:
                return _UNNUMBERED, None
            number, known = (of, was) if number is None else (Both(number, of), (known, was))
        return Both(self.own, number), (self.known, known)

    def add(self, items: dict[str, Any], holding: dict[str, Held | None]) -> None:
        """Look at what is in the environ under these keys, as far as it can change; of some it is
        known how they are held."""
        for key, known in holding.items():
            held = known or _held(key, _get(items, key))
            if held is None:
                self.held.pop(key, None)
            else:
                self.held[key] = held
                self._told[id(held[0])] = held[3]

    def add_shared(self, environ: dict[str, Any], others: Containers) -> None:
        """The same of what another environ has, as it is known there."""
        for key, held in others.held.items():
            if _get(environ, key) is held[0]:
                self.held[key] = held[:]

    def are_same(self, environ: dict[str, Any]) -> bool:
        """Whether they are in the environ as they were, and hold what they did."""
        for key, (value, number, known, content) in self.held.items():
            if _get(environ, key) is not value:
                return False
            if number is _UNNUMBERED:
                try:
                    if dumps(value, _VERSION) != _marshalled(content):
                        return False
                except ValueError:
                    return False
            elif number.value != known:
                return False
        return True

    def changed(self, environ: dict[str, Any]) -> list[str]:
        """The keys of those that were changed since, but by whom it was told already; those that
        are in the environ no more are let go of."""
        found, told = [], {}
        for key, held in [*self.held.items()]:
            value, number, known, content = held
            if _get(environ, key) is not value:
                del self.held[key]
                continue
            now = number.value
            if now == known:
                continue
            if type(number) is Position:
                self._look_at_buffer(number, held)
                continue
            holds = _content(value)
            if holds == _marshalled(content):
                held[2] = now
                continue
            if _marshalled(self._told.get(id(value))) != holds:
                told[id(value)] = holds
                found.append(key)
            elif holds is not None:
                learned: Change = {}, {}, []
                add_to(learned, key, value)
                self.aside.append((ENVIRON_CHANGED, *learned, False))
            if holds is None:
                del self.held[key]
            else:
                short = held_short(value) if type(value) is dict else None
                self.held[key] = short or _held_as(value, holds)
        self._told.update(told)  # now: what is held by several keys is told of each
        return found

    def _look_at_buffer(self, position: Position, held: Held) -> None:
        of, now = id(position.buffer), position.value
        part = position.part_since(self._told.get(of, now))
        if part is not None:
            self.aside.append((READ_INSTEAD, *part))
        self._told[of] = held[2] = held[3] = now


def add_to(change: Change, key: str, value: Any) -> None:
    """Have a change tell of what a key has, too."""
    try:
        change[0][key] = plain_value(value)
    except ValueError:
        change[1][key] = shown(value)


def held_short(value: dict[Any, Any]) -> Held | None:
    """How a dict of short texts is held, which changes with nothing else; None of another."""
    texts = short_texts(value)
    if texts is None:
        return None
    number = versions.of_held(value)
    return [value, number, number.value, texts]


def _held(key: str, value: Any) -> Held | None:
    """How another value is held, None where it is not looked at."""
    if key == KEY and type(value) is BytesIO:
        position = Position(value)
        now = position.value
        return [value, position, now, now]
    if not may_change(value) or _is_long(value):
        return None
    content = _content(value)
    return None if content is None else _held_as(value, content)


def _held_as(value: Any, content: bytes) -> Held:
    """How what has this content is held."""
    number = _number_within(value) if type(value) is tuple else _UNNUMBERED
    return [value, number, number.value, content]


def _number_within(value: tuple[Any, ...]) -> Any:
    """The number of what is in a tuple, such as routers give (wsgiorg.routing_args), where only
    dicts of short texts can change in it."""
    if len(value) > _MOST_NUMBERS:
        return _UNNUMBERED
    number: Any = None
    for each in value:
        kind = type(each)
        if kind is dict:
            of = versions.of(each)
            if of is _UNNUMBERED or short_texts(each) is None:
                return _UNNUMBERED
            number = of if number is None else Both(number, of)
        elif id(kind) not in PLAIN and (kind is not tuple or each):
            return _UNNUMBERED
    return _UNNUMBERED if number is None else number


def _marshalled(content: Any) -> Any:
    """What a container held, as `_content` has it."""
    return dumps(content, _VERSION) if type(content) is dict else content


def may_change(value: Any) -> bool:
    """Whether it is, or has, what can be changed where it is."""
    kind = type(value)
    if kind is not tuple:
        return id(kind) in _CHANGE
    elements, todo = _MOST_ELEMENTS, [value]
    while todo:
        each = todo.pop()
        if type(each) is tuple:
            elements -= len(each)
            if elements < 0:
                return False
            todo += each
        elif id(type(each)) in _CHANGE:
            return True
    return False


def _is_long(value: Any) -> bool:
    """Whether there is so much in it that its content would be too long, without making that."""
    elements, room, todo = _MOST_ELEMENTS, _MOST_BYTES, [value]
    while todo:
        each = todo.pop()
        kind = type(each)
        if kind is str or kind is bytes:
            room -= len(each)
        elif id(kind) in _HOLDERS:
            elements -= len(each)
            if elements < 0:
                return True
            todo += each
            if kind is dict:
                todo += each.values()
        if room < 0:
            return True
    return False


def _content(value: Any) -> bytes | None:
    try:
        content = dumps(value, _VERSION)
    except ValueError:
        return None
    return content if len(content) <= _MOST_BYTES else None
