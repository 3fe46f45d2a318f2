"""What a stage is given in the place of a start_response that is an object of a middleware's own.

Its class may have more than a call: a status that was noted, headers that a stage within adds to.
So what stands in its place has that, too. A function has what calls it in its place alone.
"""

from __future__ import annotations

import functools
from types import BuiltinFunctionType, FunctionType, MethodType

from .. import ours
from ..kinds import by_class, ids
from ..reading import shapes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from .calls import Call

#: What may be looked at for no more than a call.
CALLED = ids(FunctionType, MethodType, BuiltinFunctionType, functools.partial)
_set: Any = object.__setattr__


class Begun:
    """Is called as a call's start_response, and is the middleware's object in all else."""

    __slots__ = ("_snifter_call", "_snifter_own")

    def __init__(self, call: Call, own: Any) -> None:
        _set(self, "_snifter_call", call)
        _set(self, "_snifter_own", own)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        try:
            return self._snifter_call.start_response(*args, **kwargs)
        except BaseException:
            ours.unwind()
            raise

    def __getattr__(self, name: str) -> Any:
        return getattr(self._snifter_own, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._snifter_own, name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self._snifter_own, name)

    @property
    def __class__(self) -> Any:
        return type(self._snifter_own)

    def __eq__(self, other: Any) -> Any:
        return self._snifter_own == (other._snifter_own if type(other) is Begun else other)

    def __hash__(self) -> int:
        return hash(self._snifter_own)

    def __repr__(self) -> str:
        return repr(self._snifter_own)


class Given:
    """A stage's function that is given, in the place of its call's start_response, what is that and
    one of a middleware's own: a stage around has called it with this one."""

    __slots__ = ("original", "own")

    def __init__(self, original: Callable[..., Any], own: Any) -> None:
        self.original = original
        self.own = own

    def __call__(self, *args: Any) -> Any:
        __traceback_hide__ = True
        of, own = args[-1].__self__, self.own
        if type(own) is Begun:
            own = Begun(of, own._snifter_own)
        elif of is not own:  # which it is as a method further of the stage around
            own = Begun(of, own)
        return self.original(*args[:-1], own)


def has_more(begin: Any) -> bool:
    """Whether a start_response may be looked at for more than a call."""
    return id(type(begin)) not in CALLED


def method(begin: Any) -> Any:
    """The method that is called where such an object is; None where that is no function."""
    if type(begin) is Begun:
        return begin._snifter_call.start_response
    function = _function(type(begin))
    return None if function is None else MethodType(function, begin)


@by_class
def _function(kind: type) -> FunctionType | None:
    found = shapes.call_method(kind)
    is_one = type(found) is FunctionType and shapes.is_start_response(MethodType(found, kind))
    return found if is_one else None


def called(begin: Any) -> Any:
    """What is called where a start_response is: that of a call, if it stands for that."""
    return begin._snifter_call.start_response if type(begin) is Begun else begin


def like(begin: Any, call: Call) -> Any:
    """What a call's stage is given that was entered with this."""
    if not has_more(begin):
        return call.start_response
    return Begun(call, begin._snifter_own if type(begin) is Begun else begin)
