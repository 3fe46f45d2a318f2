"""What becomes of an environ from one boundary to the next.

Values are compared by their identity: asking them whether they are equal could load what is lazy,
or fail. What they are is told as plain values, or by a repr that runs no code of theirs.
"""

from __future__ import annotations

from itertools import compress, repeat
from operator import is_, is_not

from .. import frames
from . import versions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Change = tuple[dict[str, Any], dict[str, str], list[str]]

# Those of dict itself, whatever a class makes of them.
_items = dict.items
_values = dict.values
_copy = dict.copy
_reversed = dict.__reversed__
_module_of = type.__dict__["__module__"].__get__
_name_of = type.__dict__["__qualname__"].__get__

#: What the modules that are ours are named with.
OURS = frames.__package__ + "."
_MISSING = object()
_NOTHING: tuple[list[str], bool] = ([], False)
_PLAIN = frozenset((type(None), bool, int, float, str, bytes))
#: Others than these have no plain form.
_FORMED = _PLAIN | {tuple, list, dict}
#: Of these, most values are plain ones.
_BRIEF = frozenset((bool, int, str, type(None)))
#: Of these, equal values are told apart by nothing.
_EQUAL = frozenset((bool, int, str, bytes))
#: Value types of the standard library whose repr shows what they hold, and runs nothing else.
_SHOWN = frozenset(
    (
        ("datetime", "datetime"),
        ("datetime", "date"),
        ("datetime", "time"),
        ("datetime", "timedelta"),
        ("datetime", "timezone"),
        ("decimal", "Decimal"),
        ("fractions", "Fraction"),
        ("uuid", "UUID"),
        ("pathlib", "PosixPath"),
        ("pathlib", "WindowsPath"),
        ("pathlib", "PurePosixPath"),
        ("pathlib", "PureWindowsPath"),
        ("pathlib._local", "PosixPath"),
        ("pathlib._local", "WindowsPath"),
        ("builtins", "complex"),
        ("builtins", "range"),
        ("ipaddress", "IPv4Address"),
        ("ipaddress", "IPv6Address"),
    )
)
_SMALL = 1 << 60
_MOST_TEXT = 64 << 10
_MOST_ELEMENTS = 1000
_MOST_DEPTH = 8


class _Unnumbered:
    """What stands for the number of a dict where there are none: it is never the same, not even as
    itself."""

    value = float("nan")


_identity = id
_OFFSET = versions.OFFSET
_number_at: Any = versions.find() or (lambda address: _Unnumbered)


class Seen:
    """A dict, and what it held when it was last looked at.

    It is the same for sure where `number.value` is `known`; else `is_same` tells.
    """

    __slots__ = ("environ", "items", "number", "known", "fresh")

    def __init__(self, environ: dict[str, Any], items: dict[str, Any] | None = None) -> None:
        self.environ = environ
        self.number: Any = _number_at(_identity(environ) + _OFFSET)
        #: The number that it had when it was known to be as it was, -1 where that is not known.
        self.known: float = self.number.value if items is None else -1
        #: What `fresh` said when it was last found changed.
        self.fresh: tuple[list[str], bool] = _NOTHING
        self.items: dict[str, Any] = _copy(environ) if items is None else items

    def is_same(self) -> bool:
        """Whether nothing was set or removed since, as far as that can be told at once."""
        number, known = self.number.value, self.known
        if number == number and known != -1:  # noqa: PLR0124 (there is one)
            return number == known
        environ, items = self.environ, self.items
        try:
            same = (
                len(environ) == len(items)
                and all(map(is_, _values(environ), items.values()))
                # A key that was replaced by another is a new last one.
                and next(_reversed(environ), None) is next(reversed(items), None)
            )
        except RuntimeError:
            return True  # another thread is about it: the next look will tell
        if same:
            self.known = number
        return same

    def change(self) -> Change | None:
        """What has changed since, which is what is known from now on."""
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
                if kind in _BRIEF and (
                    kind is not str
                    and kind is not int
                    or (len(value) < _MOST_TEXT if kind is str else -_SMALL < value < _SMALL)
                ):
                    # As `_told` does, which is much the most of what it tells.
                    old = before.get(key, _MISSING)
                    if type(old) is kind and old == value:
                        return None
                    if type(key) is str:
                        return {key: value}, {}, []
            return _told(before, after, found, False) if found else None
        self.fresh = fresh(before, after)
        return _told(before, after, *self.fresh)


class SeenOdd(Seen):
    """The same of what is of a class made of dict, which is not asked: it may do anything."""

    __slots__ = ()

    def __init__(self, environ: dict[str, Any]) -> None:
        super().__init__(environ, dict(_items(environ)))

    def is_same(self) -> bool:
        return self.number.value == self.known

    def change(self) -> Change | None:
        before, self.known = self.items, self.number.value
        after = self.items = dict(_items(self.environ))
        self.fresh = fresh(before, after)
        return _told(before, after, *self.fresh)


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
        if kind in _EQUAL:
            old = before.get(key)
            if type(old) is kind and old == value:
                continue
        name = key if type(key) is str else shown(key)
        if (
            kind is str
            and len(value) < _MOST_TEXT
            or kind is int
            and -_SMALL < value < _SMALL
            or kind is bool
            or value is None
        ):
            plain[name] = value
            continue
        if kind not in _FORMED:
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


def alike(old: Any, text: str) -> Any:
    """What a text means in the place of a value: a flag and a number stay what they are."""
    if type(old) is bool and text in ("True", "False", "true", "false"):
        return text in ("True", "true")
    if type(old) in (int, float):
        try:
            return type(old)(text)
        except ValueError:
            pass
    return text


def plain_value(value: Any, depth: int = 0) -> Any:
    """The value in a form that marshal has, cut where it is long; ValueError if there is none."""
    kind = type(value)
    if kind in _PLAIN:
        if (kind is str or kind is bytes) and len(value) > _MOST_TEXT:
            return _cut(value)
        if kind is int and value.bit_length() > 1 << 16:
            raise ValueError
        return value
    if depth < _MOST_DEPTH and (kind is tuple or kind is list or kind is dict):
        if len(value) > _MOST_ELEMENTS:
            raise ValueError
        if kind is dict:
            return {plain_value(k, depth + 1): plain_value(v, depth + 1) for k, v in value.items()}
        return kind(plain_value(each, depth + 1) for each in value)
    raise ValueError


def _cut(value: Any) -> Any:
    note = "... (%d more are left out)" % (len(value) - _MOST_TEXT)
    return value[:_MOST_TEXT] + (note if type(value) is str else note.encode())


def shown(value: Any) -> str:
    """A repr that runs no code of the value's."""
    kind = type(value)
    module = _module_of(kind)
    if type(module) is str and (module, _name_of(kind)) in _SHOWN:
        try:
            return repr(value)[:_MOST_TEXT]
        except Exception:
            pass  # a class that only bears the name
    if kind in _PLAIN:
        return repr(value)[:_MOST_TEXT]
    return f"<{type_name(kind)} object at 0x{id(value):x}>"


def type_name(kind: type) -> str:
    """The name of a type, without asking a metaclass."""
    module, name = _module_of(kind), _name_of(kind)
    if type(module) is not str or module == "builtins" or module.startswith(OURS):
        return name
    return f"{module}.{name}"
