"""Objects that are called in the place of a function, and have nothing of the user's in them that
could be hooked: those of functools.lru_cache, and of wrapt, by which agents that watch an
application replace its functions."""

from __future__ import annotations

import gc
from types import FunctionType, GetSetDescriptorType, MemberDescriptorType, MethodType

from . import acts, shapes
from .swap import original_code

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: What a compiled type has as a method: on PyPy a function, as any other.
SLOT = type(object.__init__)
_MEMBERS = (GetSetDescriptorType, MemberDescriptorType)
#: How many of them may lie around one another.
_MOST = 20


def behind(value: Any) -> Any:
    """What such an object calls in the end, as it says by __wrapped__; anything else is itself."""
    for _ in range(_MOST):
        if type(value) is FunctionType or type(value) is MethodType:
            break
        wrapped = wrapped_by(value)
        if wrapped is None:
            break
        value = wrapped
    return value


def wrapped_by(value: Any) -> Any:
    """What such an object stands for; None of anything else, and of a proxy that would have to make
    it first."""
    kind = type(value)
    if issubclass(kind, type) or not _calls_for_another(kind):
        return None
    if not any(callable(each) for each in gc.get_referents(value) if not isinstance(each, type)):
        return None  # it would be made now
    for name in ("__wrapped__", "__dict__"):
        member = next((vars(b)[name] for b in kind.__mro__ if name in vars(b)), None)
        if type(member) in _MEMBERS:
            try:
                found = member.__get__(value, kind)
            except Exception:
                continue
            found = found.get("__wrapped__") if name == "__dict__" else found
            return found if callable(found) else None
    return None


def _calls_for_another(kind: type) -> bool:
    """Whether what a call of an object runs is no code of the user's."""
    found = shapes.call_method(kind)
    if type(found) is FunctionType:
        return not acts.is_own(original_code(found))
    return type(found) is SLOT
