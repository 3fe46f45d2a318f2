"""What a stage is given in the place of a start_response that is an object of a middleware's own.

Its class may have more than a call: a status that was noted, headers that a stage within adds to.
So what stands in its place has that, too. A function has what calls it in its place alone.
"""

from __future__ import annotations

import functools
from types import BuiltinFunctionType, FunctionType, MethodType

from .. import ours
from ..kinds import ids

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .calls import Call

_PLAIN = ids(FunctionType, MethodType, BuiltinFunctionType, functools.partial)
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


def has_more(begin: Any) -> bool:
    """Whether a start_response may be looked at for more than a call."""
    return id(type(begin)) not in _PLAIN


def called(begin: Any) -> Any:
    """What is called where a start_response is: that of a call, if it stands for that."""
    return begin._snifter_call.start_response if type(begin) is Begun else begin


def like(begin: Any, call: Call) -> Any:
    """What a call's stage is given that was entered with this."""
    if not has_more(begin):
        return call.start_response
    return Begun(call, begin._snifter_own if type(begin) is Begun else begin)
