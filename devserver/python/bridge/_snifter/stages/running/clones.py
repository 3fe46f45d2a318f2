"""An object that copies itself for each request and has the copy go on, so that threads share
nothing of what it keeps: copy.copy(self).run(environ, start_response) is a method further of the
same layer."""

from __future__ import annotations

from types import GetSetDescriptorType, MemberDescriptorType

from ...exchange import Exchange

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def is_one(value: Any, outer: Any, hook: Any) -> bool:
    """Whether an object is such a copy of the one whose call runs, and is asked to go on by another
    method than that: of its class, and with all that it has, if with more beside that. One of two
    that are put upon each other has not: the outer one holds it."""
    if outer is None:
        return False
    around = outer.link.recorder if type(outer) is Exchange else outer
    of = around.receiver
    if type(of) is not type(value) or of is value or around.hook is hook:
        return False
    kept, has = _attributes(of), _attributes(value)
    return bool(kept) and all(has.get(name, has) is each for name, each in kept.items())


def _attributes(value: Any) -> dict[str, Any]:
    """What an object has, by what stands in its class: that may make anything of being asked."""
    found: dict[str, Any] = {}
    for base in type(value).__mro__:
        for name, member in list(base.__dict__.items()):
            if name == "__dict__" and type(member) is GetSetDescriptorType:
                found.update(member.__get__(value))
            elif type(member) is MemberDescriptorType:
                try:
                    found[name] = member.__get__(value)
                except AttributeError:
                    continue  # a slot in which nothing is
    return found
