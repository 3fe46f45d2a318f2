"""Classes as keys: by which they are, whatever their metaclass makes of equality and hashes."""

from __future__ import annotations

import functools

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    Base = dict[int, Any]
else:
    Base = dict


#: So many classes are remembered.
_MOST = 1024


class ByClass(Base):
    """What is known of classes, by their ids; they live as long as it is known."""

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept: list[Any] = []

    def add(self, kind: type, value: Any) -> Any:
        if id(kind) not in self:
            self._kept.append(kind)
        self[id(kind)] = value
        return value

    def clear(self) -> None:
        super().clear()
        self._kept.clear()


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
