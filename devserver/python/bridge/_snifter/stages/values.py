"""What an application's values are told as: plain values, or a text that runs no code of theirs."""

from __future__ import annotations

from itertools import islice
from marshal import dumps

from .. import frames
from .kinds import ByClass, attributes_of, by_class, ids

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterator

_module_of = type.__dict__["__module__"].__get__
_name_of = type.__dict__["__qualname__"].__get__

#: What the modules that are ours are named with.
OURS = frames.__package__ + "."
PLAIN = ids(type(None), bool, int, float, str, bytes)
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
MOST_TEXT = 64 << 10
_MOST_ELEMENTS = 1000
_FEW = 50
_SHORT = 4096
#: So many of the values in a container that has no plain form are shown.
_MOST_SHOWN = 100
#: So much of a text among them.
_MOST_WITHIN = 1000
_BRACKETS = {
    id(list): ("[", "]"),
    id(tuple): ("(", ")"),
    id(dict): ("{", "}"),
    id(set): ("{", "}"),
    id(frozenset): ("frozenset({", "})"),
}
_MOST_DEPTH = 8
#: Whether marshal has no form of the objects of a class: it has one of what has a buffer.
_formless = ByClass()
_MOST_CLASSES = 1000


def may_close(body: Any) -> bool:
    """Whether a body has a close(). One that fails where it is asked for that is left to fail
    where it is closed."""
    try:
        return hasattr(body, "close")
    except Exception:
        return True


def plain_value(value: Any, depth: int = 0) -> Any:
    """The value in a form that marshal has, cut where it is long; ValueError if there is none."""
    kind = type(value)
    if id(kind) in PLAIN:
        if (kind is str or kind is bytes) and len(value) > MOST_TEXT:
            return _cut(value)
        if kind is int and value.bit_length() > 1 << 16:
            raise ValueError
        return value
    if depth < _MOST_DEPTH and (kind is tuple or kind is list or kind is dict):
        if len(value) > _MOST_ELEMENTS:
            raise ValueError
        if kind is dict:
            texts = short_texts(value)
            if texts is not None:
                return texts
            return {plain_value(k, depth + 1): plain_value(v, depth + 1) for k, v in value.items()}
        return kind(plain_value(each, depth + 1) for each in value)
    raise ValueError


def short_texts(held: dict[Any, Any]) -> dict[str, str | None] | None:
    """A copy of a dict of a few short texts, or None for one, as most are; None of another."""
    if len(held) > _FEW:
        return None
    texts, size = held.copy(), 0
    for key, text in texts.items():
        if type(key) is not str:
            return None
        size += len(key)
        if type(text) is str:
            size += len(text)
        elif text is not None:
            return None
    return texts if size <= _SHORT else None


def holds_objects(held: dict[Any, Any]) -> bool:
    """Whether there is what has no form, not even one of marshal's, among the values of a dict: few
    have any, and as a rule the first is one."""
    return len(held) <= _FEW and any(map(_is_formless, [*held.values()]))


def _is_formless(value: Any) -> bool:
    kind = type(value)
    found = _formless.get(id(kind))
    if found is None:
        found = bool(_named(kind))
        if found:
            try:
                dumps(value, 0)
                found = False
            except ValueError:
                pass
        if len(_formless) < _MOST_CLASSES:
            _formless.add(kind, found)
    return found


def _cut(value: Any) -> Any:
    note = "... (%d more are left out)" % (len(value) - MOST_TEXT)
    return value[:MOST_TEXT] + (note if type(value) is str else note.encode())


def shown(value: Any) -> str:
    """A repr that runs no code of the value's."""
    kind = type(value)
    of = id(kind)
    named = known_name(of)
    if named is None:
        named = _named(kind)
    if named:
        return named % id(value)
    if kind is int:
        return _number_shown(value)[:MOST_TEXT]
    if of in PLAIN:
        return repr(value)[:MOST_TEXT]
    if of in _BRACKETS:
        return _all_shown(value, [_MOST_SHOWN])[:MOST_TEXT]
    if issubclass(kind, type):
        return f"<class '{type_name(value)}'>"[:MOST_TEXT]
    try:
        return repr(value)[:MOST_TEXT]
    except Exception:
        return _by_name(kind) % id(value)  # a class that only bears the name of one of _SHOWN


def _number_shown(value: int) -> str:
    try:
        return repr(value)
    except ValueError:  # of so many digits that it would take long (sys.set_int_max_str_digits)
        return hex(value)


def _by_name(kind: type) -> str:
    """How an object of a class is shown of which nothing else is known, but for its id."""
    return "<%s object at 0x%%x>" % type_name(kind).replace("%", "%%")


@by_class
def _named(kind: type) -> str:
    """The same, empty where more may be known."""
    module = _module_of(kind)
    if id(kind) in PLAIN or id(kind) in _BRACKETS or issubclass(kind, type):
        return ""
    return "" if type(module) is str and (module, _name_of(kind)) in _SHOWN else _by_name(kind)


#: The same by a class's id, None where it was not asked for yet.
known_name: Callable[[int], str | None] = _named.known  # type: ignore[attr-defined]


def _one_shown(value: Any, room: list[int], around: tuple[int, ...]) -> str:
    """What is within a container, with a long text cut."""
    kind = type(value)
    if kind is str or kind is bytes:
        return repr(value) if len(value) <= _MOST_WITHIN else repr(value[:_MOST_WITHIN]) + "..."
    named = known_name(id(kind))
    if named:
        return named % id(value)
    if kind is bool or value is None:
        return repr(value)
    return _all_shown(value, room, around) if id(kind) in _BRACKETS else shown(value)


def _all_shown(value: Any, room: list[int], around: tuple[int, ...] = ()) -> str:
    """As `repr` has what is in a container, up to so many values, with long ones cut."""
    if not value:
        return repr(value)
    kind = type(value)
    before, after = _BRACKETS[id(kind)]
    if id(value) in around or len(around) == _MOST_DEPTH:
        return before + "..." + after
    around = (*around, id(value))
    texts = []
    # One more than is shown: what is long is not copied, and another thread may be about it.
    for each in [*islice(value.items() if kind is dict else value, room[0] + 1)]:
        if not room[0]:
            texts.append("...")
            break
        room[0] -= 1
        if kind is dict:
            key = _one_shown(each[0], room, around)
            texts.append(key + ": " + _one_shown(each[1], room, around))
        else:
            texts.append(_one_shown(each, room, around))
    if kind is set or kind is frozenset:
        texts.sort()
    elif kind is tuple and len(texts) == 1:
        return f"({texts[0]},)"
    return before + ", ".join(texts) + after


def items_of(value: dict[Any, Any]) -> Iterator[tuple[Any, Any]]:
    """The items of a dict, whose class is not asked. It would be by PyPy, for the length, wherever
    the view that dict.items gives is put in a list or dict; an iterator knows its length."""
    return iter(dict.items(value))


def type_name(kind: type) -> str:
    """The name of a type, without asking a metaclass."""
    module, name = _module_of(kind), _name_of(kind)
    if type(module) is not str or module == "builtins" or module.startswith(OURS):
        return name
    return f"{module}.{name}"


def body_name(kind: type) -> str:
    """The same of a body's type: one that is relayed goes by the name of what it is."""
    return str(attributes_of(kind).get("_snifter_name") or type_name(kind))
