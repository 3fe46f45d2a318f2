"""What becomes of an environ from one boundary to the next.

Values are compared by their identity: asking them whether they are equal could load what is lazy,
or fail.
"""

from __future__ import annotations

from itertools import chain, compress, repeat
from operator import is_, is_not

from . import versions
from .containers import Containers, may_change
from .kinds import ids
from .values import MOST_TEXT, PLAIN, plain_value, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Change = tuple[dict[str, Any], dict[str, str], list[str]]

# Those of dict itself, whatever a class makes of them.
_items = dict.items
_values = dict.values
_copy = dict.copy
_reversed = dict.__reversed__

_MISSING = object()
_NOTHING: tuple[list[str], bool] = ([], False)
#: Others than these have no plain form.
_FORMED = PLAIN | ids(tuple, list, dict)
#: Of these, most values are plain ones.
_BRIEF = ids(bool, int, str, type(None))
#: Of these, equal values are told apart by nothing.
_EQUAL = ids(bool, int, str, bytes)
_SMALL = 1 << 60


class _Unnumbered:
    """What stands for the number of a dict where there are none: it is never the same, not even as
    itself."""

    value = float("nan")


_identity = id
_OFFSET = versions.OFFSET
_number_at: Any = versions.find() or (lambda address: _Unnumbered)


class Seen:
    """A dict, and what it held when it was last looked at.

    It is the same for sure where `number.value` is `known`; else `is_same` tells. Where it holds
    what may change without it, no number tells.
    """

    __slots__ = ("environ", "items", "number", "known", "fresh", "containers", "own", "own_known")

    def __init__(self, environ: dict[str, Any], items: dict[str, Any] | None = None) -> None:
        self.environ = environ
        self.number: Any = _number_at(_identity(environ) + _OFFSET)
        #: The number that it had when it was known to be as it was, -1 where that is not known.
        self.known: float = self.number.value if items is None else -1
        #: What `fresh` said when it was last found changed.
        self.fresh: tuple[list[str], bool] = _NOTHING
        self.items: dict[str, Any] = _copy(environ) if items is None else items
        #: What may change without the dict; then `number` and `known` are of no use, and the
        #: dict's own are these.
        self.containers: Containers | None = None
        self.own: Any = None
        self.own_known: float = -1

    def copied(self, environ: dict[str, Any]) -> tuple[Seen, Change | None]:
        """Another dict that was made of this one, and what leads from the one to the other."""
        # What only looks like a dict is not read: it may do anything.
        seen = (Seen if type(environ) is dict else SeenOdd)(environ)
        change = difference(self.items, seen.items)
        if self.containers is not None:
            containers = Containers(self.containers)
            containers.add_shared(environ, self.containers)
            seen._look_into(containers)
        return seen, seen._watched(change)

    def is_same(self) -> bool:
        """Whether nothing was set or removed since, as far as that can be told at once."""
        number, known = self.number.value, self.known
        if number == number and known != -1:  # noqa: PLR0124 (there is one)
            return number == known
        environ, items, containers = self.environ, self.items, self.containers
        if containers is not None:
            number = self.own.value
            if number == self.own_known:
                return containers.are_same(environ)
        try:
            same = (
                len(environ) == len(items)
                and all(map(is_, _values(environ), items.values()))
                # A key that was replaced by another is a new last one.
                and next(_reversed(environ), None) is next(reversed(items), None)
            )
        except RuntimeError:
            return True  # another thread is about it: the next look will tell
        if containers is not None:
            if same:
                self.own_known = number
            return same and containers.are_same(environ)
        if same:
            self.known = number
        return same

    def change(self) -> Change | None:
        """What has changed since, which is what is known from now on."""
        if self.containers is not None:
            return self._change_within()
        before = self.items
        self.known = self.number.value
        after = self.items = _copy(self.environ)
        keys, more = [*after], len(after) - len(before)
        if (keys[:-more] if more else keys) == [*before]:
            # As in `fresh`, which is much the most of what it finds.
            found = [*compress(keys, map(is_not, after.values(), before.values()))]
            if more:
                found += keys[-more:]
            self.fresh = found, False
            if len(found) == 1:
                [key] = found
                value = after[key]
                kind = type(value)
                if _identity(kind) in _BRIEF and (
                    kind is not str
                    and kind is not int
                    or (len(value) < MOST_TEXT if kind is str else -_SMALL < value < _SMALL)
                ):
                    # As `_told` does, which is much the most of what it tells.
                    old = before.get(key, _MISSING)
                    if type(old) is kind and old == value:
                        return None
                    if type(key) is str:
                        return {key: value}, {}, []
            return self._watched(_told(before, after, found, False)) if found else None
        self.fresh = fresh(before, after)
        return self._watched(_told(before, after, *self.fresh))

    def _watched(self, change: Change | None) -> Change | None:
        """Look from now on at the containers that were set."""
        if change is not None:
            keys = [key for key in chain(*change[:2]) if may_change(self.items.get(key))]
            if keys:
                containers = self.containers or Containers()
                containers.add(self.environ, keys)
                self._look_into(containers)
        return change

    def _look_into(self, containers: Containers) -> None:
        if containers:
            if self.containers is None:
                self.own, self.own_known = self.number, self.known
            self.containers, self.number, self.known = containers, _Unnumbered, -1

    def _change_within(self) -> Change | None:
        """`change`, where there are containers."""
        environ, before = self.environ, self.items
        self.own_known = self.own.value
        after = self.items = dict(_items(environ))
        keys, fewer = self.fresh = fresh(before, after)
        change = _told(before, after, keys, fewer) or ({}, {}, [])
        containers: Containers = self.containers  # type: ignore[assignment]
        containers.remove([*keys, *change[2]])
        for key in containers.changed(environ):
            value = after.get(key)
            try:
                change[0][key] = plain_value(value)
            except ValueError:
                change[1][key] = shown(value)
        containers.add(environ, chain(*change[:2]))
        if not containers:
            self.containers, self.number, self.known = None, self.own, self.own_known
        return change if any(change) else None


class SeenOdd(Seen):
    """The same of what is of a class made of dict, which is not asked: it may do anything."""

    __slots__ = ()

    def __init__(self, environ: dict[str, Any]) -> None:
        super().__init__(environ, dict(_items(environ)))

    def is_same(self) -> bool:
        return self.number.value == self.known

    def change(self) -> Change | None:
        if self.containers is not None:
            return self._change_within()
        before, self.known = self.items, self.number.value
        after = self.items = dict(_items(self.environ))
        self.fresh = fresh(before, after)
        return self._watched(_told(before, after, *self.fresh))


def fresh(before: dict[str, Any], after: dict[str, Any]) -> tuple[list[str], bool]:
    """The keys that were set to another value, and whether there are some that were removed."""
    keys, more = [*after], len(after) - len(before)
    if (keys[:-more] if more else keys) == [*before]:
        # As a rule values are set, and keys added: a dict keeps its order.
        found = [*compress(keys, map(is_not, after.values(), before.values()))]
        return (found + keys[-more:] if more else found), False
    old = map(before.get, after, repeat(_MISSING))
    keys = list(compress(after, map(is_not, after.values(), old)))
    kept = len(after)
    for key in keys:
        if key not in before:
            kept -= 1
    return keys, kept < len(before)


def difference(before: dict[str, Any], after: dict[str, Any]) -> Change | None:
    """What leads from one to the other: values set, those that have no plain form, keys removed."""
    return _told(before, after, *fresh(before, after))


def _told(
    before: dict[str, Any], after: dict[str, Any], keys: list[str], fewer: bool
) -> Change | None:
    if not keys and not fewer:
        return None
    plain: dict[str, Any] = {}
    objects: dict[str, str] = {}
    for key in keys:
        value = after[key]
        kind = type(value)
        if _identity(kind) in _EQUAL:
            old = before.get(key)
            if type(old) is kind and old == value:
                continue
        name = key if type(key) is str else shown(key)
        if (
            kind is str
            and len(value) < MOST_TEXT
            or kind is int
            and -_SMALL < value < _SMALL
            or kind is bool
            or value is None
        ):
            plain[name] = value
            continue
        if _identity(kind) not in _FORMED:
            objects[name] = shown(value)
            continue
        try:
            plain[name] = plain_value(value)
        except ValueError:
            objects[name] = shown(value)
    removed: list[str] = []
    if fewer:
        removed = [key if type(key) is str else shown(key) for key in before if key not in after]
    if not plain and not objects and not removed:
        return None
    return plain, objects, removed
