"""The lists, dicts and sets among an environ's values: a stage may change them where they are,
which leaves the environ itself as it was.

They are compared by what marshal makes of them, which asks nothing of what it doesn't know. What
has no such form, or is long, is not looked at: an application may hold all of its data in one.
"""

from __future__ import annotations

from io import BytesIO
from marshal import dumps

from ..kinds import ids
from ..values import has_short_texts
from . import versions
from .buffers import KEY, Position

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable, List, Union

    from .buffers import Part

    #: The dict that is looked at, or None; the number of its state, and which that was; and what
    #: was held then.
    Held = List[Union[dict[Any, Any], None, Any, float, bytes]]

#: The version of marshal's format that tells equal texts by nothing.
_VERSION = 0
_MOST_BYTES = 16 << 10
_MOST_ELEMENTS = 1000
_CHANGE = ids(list, dict, set)
_HOLDERS = _CHANGE | ids(tuple, frozenset)

_get = dict.get
_NO_NUMBER: float = versions.UNNUMBERED.value


class Containers:
    """Those in one environ that are looked at, by their keys."""

    __slots__ = ("held", "read", "_told")

    def __init__(self, others: Containers | None = None) -> None:
        #: What each held when it was looked at last.
        self.held: dict[str, Held] = {}
        #: What each held when that was told last, by its id: it may be in several environs of a
        #: request, and what is told of one stage must not be told of the next.
        self._told: dict[int, Any] = {} if others is None else others._told
        #: How much was read of a buffer since that was told, and how much is left in it.
        self.read: Part | None = None

    def __bool__(self) -> bool:
        return bool(self.held)

    def add(self, environ: dict[str, Any], keys: dict[str, bool]) -> None:
        """Look at what is in the environ under these, as far as it can change; it is known of which
        that they are dicts of short texts."""
        for key, is_short in keys.items():
            value = _get(environ, key)
            if is_short and type(value) is dict:
                held: bytes | None = dumps(value, _VERSION)
            elif key == KEY and type(value) is BytesIO:
                position = Position(value)
                self._told[id(value)] = position.value
                self.held[key] = [None, position, position.value, b""]
                continue
            elif may_change(value) and not _is_long(value):
                held = _content(value)
            else:
                held = None
            if held is None:
                self.held.pop(key, None)
            else:
                self.held[key] = _numbered(value, held, is_short)
                self._told[id(value)] = held

    def add_shared(self, environ: dict[str, Any], others: Containers) -> None:
        """The same of what another environ has, as it is known there."""
        for key, held in others.held.items():
            if id(_get(environ, key)) in self._told:
                self.held[key] = held[:]

    def remove(self, keys: Iterable[Any]) -> None:
        for key in keys:
            self.held.pop(key, None)

    def are_same(self, environ: dict[str, Any]) -> bool:
        """Whether they hold what they did, where the environ itself is as it was."""
        for key, held in self.held.items():
            _, number, known, content = held
            now = number.value
            if now != known:
                try:
                    if dumps(_get(environ, key), _VERSION) != content:
                        return False
                except ValueError:
                    return False
                held[2] = now
        return True

    def changed(self, environ: dict[str, Any]) -> list[str]:
        """The keys of those that were changed since, but by whom it was told already."""
        found, told = [], {}
        for key, held in [*self.held.items()]:
            if held[1].value == held[2]:
                continue
            value = _get(environ, key)
            holds = _content(value)
            if holds is None and type(held[1]) is Position:
                self._look_at_buffer(held[1], held)
                continue
            if holds == held[3]:
                continue
            if self._told.get(id(value)) != holds:
                told[id(value)] = holds
                found.append(key)
            if holds is None:
                del self.held[key]
            else:
                is_short = type(value) is dict and has_short_texts(value)
                self.held[key] = _numbered(value, holds, is_short)
        self._told.update(told)  # now: what is held by several keys is told of each
        return found

    def _look_at_buffer(self, position: Position, held: Held) -> None:
        of, now = id(position.buffer), position.value
        self.read = position.part_since(self._told.get(of, now))
        self._told[of] = held[2] = now


class Numbers:
    """In the place of the number of an environ in which something may change without it: None
    where all is as it was for sure, else no number."""

    __slots__ = ("own", "own_known", "held")

    #: Of each container (see Containers.held).
    held: Iterable[Held]

    def __init__(self, own: Any, own_known: Any) -> None:
        #: The environ's own, and which that was.
        self.own, self.own_known = own, own_known

    @property
    def value(self) -> float | None:
        if self.own.value == self.own_known:
            for _, number, known, _ in self.held:
                if number.value != known:
                    return _NO_NUMBER
            return None
        return _NO_NUMBER


def _numbered(value: Any, content: bytes, is_short: bool) -> Held:
    """What is held, with the number that tells whether it still is, where one does: a dict of short
    texts changes with nothing else."""
    if is_short:
        number = versions.of(value)
        return [value, number, number.value, content]
    return [None, versions.UNNUMBERED, -1, content]


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
