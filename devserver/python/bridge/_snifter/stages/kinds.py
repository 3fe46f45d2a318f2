"""Classes as keys: by which they are, whatever their metaclass makes of equality and hashes."""

from __future__ import annotations

import functools
import weakref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Mapping

    Base = dict[int, Any]
else:
    Base = dict


#: So many classes are remembered.
_MOST = 1024


class ByClass(Base):
    """What is known of classes, by their ids, as long as they live: an application may make one
    with each request, in which all of that request can be reached. None may stand for no class."""

    __slots__ = ("_living", "__weakref__")

    def __init__(self) -> None:
        self._living: dict[int, weakref.ref[type]] = {}

    def add(self, kind: type | None, value: Any) -> Any:
        key = id(kind)
        if kind is not None and key not in self._living:
            self._living[key] = weakref.ref(kind, functools.partial(_forget, self, key))
        self[key] = value
        return value

    def clear(self) -> None:
        super().clear()
        self._living.clear()


def _forget(known: ByClass, key: int, gone: weakref.ref[type]) -> None:
    if known._living.get(key) is gone:
        del known._living[key]
        known.pop(key, None)


def is_plain(kind: type) -> bool:
    """Whether asking a class for what it has runs no code of the application's, which may load what
    is lazy, or fail."""
    metaclass = type(kind)
    return metaclass is type or metaclass.__getattribute__ is _asked


_asked: Any = type.__getattribute__
#: What a class has itself, whatever its metaclass says of that.
attributes_of: Callable[[type], Mapping[str, Any]] = type.__dict__["__dict__"].__get__
#: What a class is called, in the same way.
name_of_class: Callable[[type], str] = type.__dict__["__name__"].__get__
#: Where, if anywhere, an instance has its weak references. To PyPy, whose classes can't tell, each
#: may have some: asked for that, a metaclass could fail.
weakly_referred_at: Callable[[type], int] = (
    type.__dict__["__weakrefoffset__"].__get__
    if "__weakrefoffset__" in type.__dict__
    else lambda kind: 1
)


def defines(kind: type, name: str) -> bool:
    """Whether the objects of a class have a method of this name for Python: its metaclass, which
    may have one for the class itself, or make what is missing, is not asked."""
    return any(name in base.__dict__ for base in kind.__mro__)


def ids(*kinds: type) -> frozenset[int]:
    """The ids of classes that live for ever."""
    return frozenset(map(id, kinds))


def by_class(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Remember what a function says of classes: of no more than there are as a rule."""
    known = ByClass()

    @functools.wraps(function)
    def remembered(kind: type) -> Any:
        found = known.get(id(kind), known)
        if found is known:
            found = function(kind)
            if len(known) >= _MOST:
                known.clear()
            known.add(kind, found)
        return found

    remembered.forget = known.clear  # type: ignore[attr-defined]
    #: The same by a class's id, at less expense: None of one that it was not asked of.
    remembered.known = known.get  # type: ignore[attr-defined]
    return remembered
