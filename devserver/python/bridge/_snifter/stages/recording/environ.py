"""What becomes of an environ from one boundary to the next.

Values are compared by their identity: asking them whether they are equal could load what is lazy,
or fail.
"""

from __future__ import annotations

from io import BytesIO
from itertools import compress, filterfalse, repeat
from operator import is_, is_not

from ..checking.lint_environ import is_extension
from ..kinds import ids
from ..values import MOST_TEXT, PLAIN, holds_objects, items_of, known_name, plain_value, shown
from . import versions
from .containers import Containers, add_to, held_short

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..names import Stage
    from .containers import Aside, Change, Held

    #: A key and the plain value that it was set to, where that is all.
    Item = tuple[str, Any]

# Those of dict itself, whatever a class makes of them.
_values = dict.values
_copy = dict.copy
_reversed = dict.__reversed__

_MISSING = object()
_NOTHING: tuple[list[str], bool] = ([], False)
#: Others than these have no plain form.
_FORMED = PLAIN | ids(tuple, list, dict)
#: The same, and those that may change where they are.
_LOOKED_INTO = _FORMED | ids(set, BytesIO)
#: Of these, equal values are told apart by nothing.
_EQUAL = ids(bool, int, str, bytes)
_LEAST, _MOST = -(1 << 60), 1 << 60
#: Numbers between these are compared at the least expense.
_LITTLE, _MUCH = -(1 << 29), 1 << 29


_identity = id
_number_of = versions.of_held
_marked, _latest = versions.marked, versions.latest
#: How much the latest number grows as a dict is copied, or set a key, and another is changed; 0
#: where there is none.
_COPIED = 2 * versions.tick


class Seen:
    """A dict, and what it held when it was last looked at.

    It is the same for sure where `number.value` is `known`, and another where that is not None;
    else `is_same` tells.
    """

    __slots__ = (
        "environ",
        "items",
        "keys",
        "number",
        "known",
        "next",
        "fresh",
        "containers",
    )

    environ: dict[str, Any]
    number: Any
    #: The number that it had when it was known to be as it was: None where that is not known, or
    #: no number tells.
    known: Any
    #: The number that it has where it was changed once since, and no other dict was: see `one`.
    next: Any
    #: What `fresh` said when it was last found changed.
    fresh: tuple[list[str], bool]
    items: dict[str, Any]
    #: The keys of `items`, where they are known.
    keys: list[str] | None
    #: What may change without the dict; then `number` is that of all (see Containers.number).
    containers: Containers | None

    def __init__(self, environ: dict[str, Any], items: dict[str, Any] | None = None) -> None:
        self.environ = environ
        self.number = number = _number_of(environ)
        if items is None:
            self.known = known = number.value
            if _COPIED:
                _marked[0] = known
                self.next = _latest.value + _COPIED
            else:
                self.next = None
            self.items = _copy(environ)
        else:
            self.known, self.next, self.items = None, None, items
        self.fresh = _NOTHING
        self.keys = self.containers = None

    def copied(self, environ: dict[str, Any]) -> tuple[Seen, Change | None]:
        """Another dict that was made of this one, and what leads from the one to the other; its
        `fresh` tells which keys that are."""
        # What only looks like a dict is not read: it may do anything.
        seen = (Seen if type(environ) is dict else SeenOdd)(environ)
        seen.fresh = fresh(self.items, seen.items)
        change, holding = _told(self.items, seen.items, *seen.fresh)
        if self.containers is not None:
            containers = Containers(seen.number, seen.known, self.containers)
            containers.add_shared(environ, self.containers)
            seen._look_into(containers)
        return seen, seen._watched(change, holding)

    def is_same(self) -> bool:
        """Whether nothing was set or removed since, as far as that can be told at once."""
        number, known = self.number.value, self.known
        if known is not None and number == number:  # noqa: PLR0124 (there is one)
            return number == known
        environ, items, containers = self.environ, self.items, self.containers
        if containers is not None:
            number = containers.own.value
            if number == containers.known:
                return containers.are_same(environ)
            if number == number:  # noqa: PLR0124 (as above)
                return False
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
            return same and containers.are_same(environ)
        if same:
            self.known = number
        return same

    def change(self, stage: Stage | None = None) -> Change | None:
        """What has changed since, which is what is known from now on: the stage's doing, if it is
        known whose it is. By far the most have set a key to an object that they have set before."""
        if stage is not None:
            environ, before, key = self.environ, self.items, stage.sets
            value, within = environ.get(key), self.containers
            if (
                value is not before.get(key)
                and (value is not None or key in environ)
                and (within is None or key not in within.held)
            ):
                after = _copy(before)
                after[key] = value
                known = self.number.value
                try:
                    same = [*environ] == [*after] and all(
                        map(is_, environ.values(), after.values())
                    )
                except RuntimeError:
                    same = False  # as in `is_same`
                if same and within is not None:
                    # The same are held; their numbers tell whether they are as they were.
                    was = self.known
                    same = was is not None and known[1] == was[1]
                    if same:
                        within.known = known[0]
                if same:
                    self.known, self.items = known, after
                    self.next = self.keys = None
                    self.fresh = [key], False
                    if value is None:
                        return {key: None}, {}, []
                    named = known_name(_identity(type(value)))
                    if named:
                        return {}, {key: named % _identity(value)}, []
                    return self._watched(*_told(before, after, [key], False))
        change = self.step(False)
        keys, fewer = self.fresh
        if change is not None and len(change) == 2:
            key, value = change
            keys, change = [key], ({key: value}, {}, [])
            self.fresh = keys, False
        if stage is not None and len(keys) == 1 and not fewer and is_extension(keys[0]):
            stage.sets = keys[0]
        return change

    def aside(self) -> list[Aside]:
        """What was found at the last looks that is no change of a stage's, and is not told again:
        what was read of a buffer in the place of wsgi.input, and what others have changed where it
        is, of which was told."""
        containers = self.containers
        if containers is None:
            return []
        found, containers.aside = containers.aside, []
        return found

    def in_full(self, key: str, value: Any) -> Change:
        """An item that `step` has told, as `change` tells it."""
        self.fresh = [key], False
        return {key: value}, {}, []

    def one(self, stage: Stage, keys: set[Any]) -> Item | None:
        """What `step` finds where the number is `next`, and it is one of these keys that was set: a
        new one, or that which the stage has set before. Nothing else was then: all dicts together
        were changed once. None where it is anything else."""
        environ, items = self.environ, self.items
        more = len(environ) - len(items)
        if not more:
            key = stage.sets
        elif more == 1:
            key = next(_reversed(environ))
            if type(key) is not str or key not in keys:
                return None
        else:
            return None
        value = environ.get(key)
        kind = type(value)
        if (
            kind is str
            and len(value) < MOST_TEXT  # type: ignore[arg-type]
            or kind is int
            and _LITTLE < value < _MUCH  # type: ignore[operator]
        ):
            if not more:
                was = items.get(key)
                if was is value or type(was) is kind and was == value:
                    return None
            elif self.keys is not None:
                self.keys.append(key)
            if self.containers is None:
                self.known = _marked[0] = self.next
                self.next = _latest.value + _COPIED
            elif key in self.containers.held:
                return None
            else:
                self._wait(self.next)
            items[key] = value
            return key, value
        return None

    def step(self, again: bool = True) -> Change | Item | None:
        """As `change`, at less expense where one key was set, which is much the most; then `fresh`
        is not told. Unless the next look at it may come again before any other dict is changed,
        that is not looked for."""
        if self.containers is not None:
            if not self._is_same_within(again):
                return self._change_within()
        else:
            self.known = number = self.number.value
            if again and _COPIED:
                _marked[0] = number
                self.next = _latest.value + _COPIED
            else:
                self.next = None
        before, old = self.items, self.keys
        after = self.items = _copy(self.environ)
        keys = self.keys = [*after]
        if old is None:
            old = [*before]
        more = len(keys) - len(old)
        if (keys[:-more] if more else keys) != old:
            self.fresh = fresh(before, after)
            return self._watched(*_told(before, after, *self.fresh))
        # As in `fresh`.
        found = [*compress(keys, map(is_not, after.values(), before.values()))]
        if more:
            found += keys[-more:]
        if len(found) == 1:
            [key] = found
            value = after[key]
            kind = type(value)
            if (
                kind is str
                and len(value) < MOST_TEXT
                or kind is int
                and _LEAST < value < _MOST
                or kind is bool
                or value is None
            ):
                # As in `_told`.
                if not more:
                    was = before[key]
                    if type(was) is kind and was == value:
                        self.fresh = found, False
                        return None
                if type(key) is str:
                    return key, value
            elif (of := _identity(kind)) not in _LOOKED_INTO and type(key) is str:
                self.fresh = found, False
                named = known_name(of)
                return {}, {key: named % _identity(value) if named else shown(value)}, []
        self.fresh = found, False
        return self._watched(*_told(before, after, found, False)) if found else None

    def _watched(self, change: Change | None, holding: dict[str, Held | None]) -> Change | None:
        """Look from now on at the containers that were set, which are among these."""
        if holding:
            containers = self.containers or Containers(self.number, self.known)
            containers.add(self.items, holding)
            self._look_into(containers)
        return change

    def _look_into(self, containers: Containers) -> None:
        self.containers = containers if containers.held else None
        self.number, self.known = containers.number()
        self.next = None

    def _is_same_within(self, again: bool) -> bool:
        """Whether the containers are as they were; then the dict itself is taken as it is now."""
        containers: Containers = self.containers  # type: ignore[assignment]
        containers.known, known = containers.own.value, self.number.value
        if not containers.are_same(self.environ):
            return False
        if self.known is not None:
            if again and _COPIED:
                self._wait(known)
            else:
                self.known, self.next = known, None
        return True

    def _wait(self, known: Any) -> None:
        """This is the number from now on, of the dict itself and of what may change within."""
        self.known = _marked[0] = known
        self.next = _latest.value + _COPIED, known[1]

    def _change_within(self) -> Change | None:
        """`change`, where the containers may have changed."""
        environ, before = self.environ, self.items
        containers: Containers = self.containers  # type: ignore[assignment]
        containers.known = containers.own.value
        self.keys = None
        after = self.items = _copy(environ) if type(environ) is dict else dict(items_of(environ))
        self.fresh = fresh(before, after)
        told, holding = _told(before, after, *self.fresh)
        change = told or ({}, {}, [])
        for key in containers.changed(after):
            add_to(change, key, after[key])
        containers.add(after, holding)
        self._look_into(containers)
        return change if any(change) else None


class SeenOdd(Seen):
    """The same of what is of a class made of dict, which is not asked: it may do anything."""

    __slots__ = ()

    def __init__(self, environ: dict[str, Any]) -> None:
        super().__init__(environ, dict(items_of(environ)))

    def is_same(self) -> bool:
        return self.number.value == self.known

    def change(self, stage: Stage | None = None) -> Change | None:
        return super().change()

    def step(self, again: bool = True) -> Change | None:
        if self.containers is not None:
            return self._change_within()
        before, self.known = self.items, self.number.value
        after = self.items = dict(items_of(self.environ))
        self.fresh = fresh(before, after)
        return self._watched(*_told(before, after, *self.fresh))


def fresh(before: dict[str, Any], after: dict[str, Any]) -> tuple[list[str], bool]:
    """The keys that were set to another value, and whether there are some that were removed."""
    keys, known, more = [*after], [*before], len(after) - len(before)
    if (keys[:-more] if more > 0 else keys) == (known[:more] if more < 0 else known):
        # As a rule values are set, and keys added, or such removed: a dict keeps its order.
        found = [*compress(keys, map(is_not, after.values(), before.values()))]
        return (found + keys[-more:] if more > 0 else found), more < 0
    old = map(before.get, after, repeat(_MISSING))
    keys = list(compress(after, map(is_not, after.values(), old)))
    kept = len(after)
    for key in keys:
        if key not in before:
            kept -= 1
    return keys, kept < len(before)


def _told(
    before: dict[str, Any], after: dict[str, Any], keys: list[str], fewer: bool
) -> tuple[Change | None, dict[str, Held | None]]:
    """What leads from one to the other: values set, those that have no plain form, keys removed;
    and the keys of those set that may be, or have, containers, with how a dict of short texts is
    held."""
    plain: dict[str, Any] = {}
    objects: dict[str, str] = {}
    holding: dict[str, Held | None] = {}
    for key in keys:
        value = after[key]
        kind = type(value)
        of = _identity(kind)
        name = key if type(key) is str else shown(key)
        named = known_name(of)
        if named:
            objects[name] = named % _identity(value)
            if kind is BytesIO:
                holding[name] = None
            continue
        if of in _EQUAL:
            old = before.get(key)
            if type(old) is kind and old == value:
                continue
            if (
                kind is str
                and len(value) < MOST_TEXT
                or kind is int
                and _LEAST < value < _MOST
                or kind is bool
            ):
                plain[name] = value
                continue
        elif value is None:
            plain[name] = None
            continue
        elif of not in _LOOKED_INTO:
            objects[name] = shown(value)
            continue
        held = held_short(value) if kind is dict else None
        if held is None and kind is dict and holds_objects(value):
            objects[name] = shown(value)
            continue
        holding[name] = held
        if held is not None:
            plain[name] = held[3]
            continue
        try:
            plain[name] = plain_value(value)
        except ValueError:
            objects[name] = shown(value)
    removed: list[str] = []
    if fewer:
        gone = filterfalse(after.__contains__, before)
        removed = [key if type(key) is str else shown(key) for key in gone]
    change = (plain, objects, removed) if plain or objects or removed else None
    return change, holding
