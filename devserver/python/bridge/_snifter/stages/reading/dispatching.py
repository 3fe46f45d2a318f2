"""What functools.singledispatch, and what it makes of a method, calls with an environ: one of
several by the class of the first argument, and that is a dict."""

from __future__ import annotations

import functools
from types import FunctionType, MethodType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _any(first: object) -> None:
    pass


_METHOD = functools.singledispatchmethod
_FUNCTION_CODE = functools.singledispatch(_any).__code__
_METHOD_CODE = getattr(_METHOD(_any).__get__(_any, object), "__code__", None)


def called(value: Any) -> Any:
    """What such a function calls, bound if it is a method, or what stands in a class in the place
    of one; None of anything else."""
    kind = type(value)
    if kind is _METHOD:
        return _of(value.dispatcher.dispatch)
    if kind is not FunctionType or value.__code__ not in (_FUNCTION_CODE, _METHOD_CODE):
        return None
    held = {
        name: cell.cell_contents
        for name, cell in zip(value.__code__.co_freevars, value.__closure__ or ())
    }
    if value.__code__ is _FUNCTION_CODE:
        return _of(held["dispatch"])
    found = _of(held["dispatch"]) if "dispatch" in held else called(held["self"])
    if type(found) is FunctionType:
        return found if held["obj"] is None else MethodType(found, held["obj"])
    if type(found) is classmethod:
        return MethodType(found.__func__, held["cls"])
    return found.__func__ if type(found) is staticmethod else None


def behind(value: Any) -> Any:
    """The same; anything else is itself."""
    found = called(value)
    return value if found is None else found


def _of(dispatch: Any) -> Any:
    try:
        return dispatch(dict)
    except Exception:  # nothing of it is for a dict, or too much
        return None
