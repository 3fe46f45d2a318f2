"""What makes that which relays a body like the body, beyond its attributes: a middleware may
compare what it got, index it, use it as a context or set what it likes, as in Django's
HttpResponse.

Python looks for what an operator does in the class alone. So the class of a relay has what the
body's class has there, and hands each on.
"""

from __future__ import annotations

from types import CodeType, GeneratorType

from .. import ours
from ..kinds import attributes_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

_BINARY = "add sub mul matmul truediv floordiv mod divmod pow lshift rshift and xor or"
_COMPARED = "eq ne lt le gt ge"
_OTHERS = (
    "getitem setitem delitem contains reversed missing length_hint bool str bytes format hash "
    "enter exit aenter aexit aiter anext await call fspath dir neg pos abs invert int float "
    "complex index round trunc floor ceil copy deepcopy"
)
_NAMES = {
    f"__{front}{name}__"
    for names, fronts in ((_BINARY, ("", "r", "i")), (_COMPARED, ("",)), (_OTHERS, ("",)))
    for name in names.split()
    for front in fronts
}

#: What a relay has itself, whenever it is set.
_OWN = frozenset(("_snifter_call", "_snifter_tracer", "_snifter_runner", "_snifter_body"))

_set: Any = object.__setattr__
_set_class: Callable[[Any, type], None] = object.__dict__["__class__"].__set__


def like(kind: type, base: type, name: str, members: dict[str, Any]) -> type:
    """The class of what relays the bodies of a class, with these members; or, where something can
    be set in such bodies, one that is made in its place: what is of that is of the former as soon
    as it has its body, so that only what is set from then on is set in the body."""
    members = {**_operators(kind), **members}
    if not kind.__flags__ & _HEAP_TYPE:
        return type(name, (base,), members)
    setting = {"__setattr__": _set_in_body, "__delattr__": _delete_in_body}
    relay = type(name, (base,), {**members, **setting})
    return type(name, (base,), {**members, "_snifter_body": _Body(relay)})


def is_its_own_iterator(kind: type) -> bool:
    """Whether an iterator of this class does nothing where it is asked for its iterator: many a
    class opens, or begins, what it goes through there, and a proxy gives another's."""
    if kind is GeneratorType:
        return True
    found = next((b.__dict__["__iter__"] for b in kind.__mro__ if "__iter__" in b.__dict__), None)
    code = getattr(found, "__code__", None)
    return type(code) is CodeType and code.co_code == _ITSELF.co_code and not code.co_freevars


_ITSELF: CodeType = (lambda self: self).__code__


def _operators(kind: type) -> dict[str, Any]:
    """What the class of the relays has of what the body's class has for operators."""
    found: dict[str, Any] = {"__reduce_ex__": _reduce}
    if kind.__eq__ is object.__eq__ and kind.__hash__ is object.__hash__:
        found.update(__eq__=is_same, __hash__=hash_of)
    for base in kind.__mro__[:-1]:
        for name in _NAMES & base.__dict__.keys():
            if name not in found:
                found[name] = None if base.__dict__[name] is None else _handed_on(name)
    if issubclass(kind, (list, tuple)):
        found.setdefault("__radd__", _added_to)
    return found


#: Of the classes whose objects may have attributes that are set.
_HEAP_TYPE = 1 << 9


class _Body:
    """Stands in the place of a relay's body until it has one."""

    def __init__(self, relay: type) -> None:
        self._relay = relay
        self._set: Callable[[Any, Any], None] = relay._snifter_body.__set__  # type: ignore[attr-defined]

    def __get__(self, relay: Any, kind: Any = None) -> Any:
        raise AttributeError("_snifter_body")

    def __set__(self, relay: Any, body: Any) -> None:
        self._set(relay, body)
        _set_class(relay, self._relay)


def _set_in_body(self: Any, name: str, value: Any) -> None:
    if name in _OWN:
        _set(self, name, value)
    else:
        setattr(self._snifter_body, name, value)


def _delete_in_body(self: Any, name: str) -> None:
    delattr(self._snifter_body, name)


def is_same(self: Any, other: Any) -> Any:
    """Whether it is the same body, which who has made it may look for in a set of its own."""
    other = other._snifter_body if _is_relay(other) else other
    return True if self._snifter_body is other else NotImplemented


def _is_relay(value: Any) -> bool:
    return "_snifter_name" in attributes_of(type(value))


def hash_of(self: Any) -> int:
    return hash(self._snifter_body)


def _added_to(self: Any, other: Any) -> Any:
    """A list takes no other than a list, by what it is in C."""
    return other + self._snifter_body


def _reduce(self: Any, protocol: Any) -> Any:
    return self._snifter_body.__reduce_ex__(protocol)


def _bound(body: Any, name: str) -> Any:
    """What a body's class has for an operator, as Python finds it there: what a proxy stands for
    need not have it, and that of the class need not be a function."""
    kind = type(body)
    for base in kind.__mro__:
        if name in base.__dict__:
            found = base.__dict__[name]
            bind = getattr(type(found), "__get__", None)
            return found if bind is None else bind(found, body, kind)
    return getattr(body, name)  # its class has it no more


def _handed_on(name: str) -> Callable[..., Any]:
    compared = name.strip("_") in _COMPARED.split()

    def handed_on(self: Any, *args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        body = self._snifter_body
        if compared and _is_relay(args[0]):
            args = (args[0]._snifter_body,)
        try:
            result = _bound(body, name)(*args, **kwargs)
        except BaseException:
            ours.unwind()
            raise
        return self if result is body else result

    handed_on.__name__ = name
    return handed_on
