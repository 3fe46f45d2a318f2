"""An object that copies itself for each request and has the copy go on, so that threads share
nothing of what it keeps: copy.copy(self).run(environ, start_response) is a method further of the
same layer."""

from __future__ import annotations

from ...exchange import Exchange

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def is_one(value: Any, outer: Any) -> bool:
    """Whether an object is such a copy of the one whose call runs: of its class, and with all that
    it has, if with more beside that. One of two that are put upon each other has not: the outer one
    holds it."""
    if type(outer) is Exchange:
        of = outer.link.recorder.receiver
    else:
        of = None if outer is None else outer.receiver
    if type(of) is not type(value) or of is value:
        return False
    kept, has = _attributes(of), _attributes(value)
    if not kept or has is None:
        return False
    return all(has.get(name, has) is each for name, each in list(kept.items()))


def _attributes(value: Any) -> dict[str, Any] | None:
    """What an object has, whatever its class makes of being asked."""
    for base in type(value).__mro__:
        member = base.__dict__.get("__dict__")
        if member is not None:
            found = member.__get__(value)
            return found if type(found) is dict else None
    return None
