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
# What is called as the method of an object: a function, and an object since Python 3.14.
_GIVEN: Any = _METHOD(_any).__get__(_any, object)
_METHOD_CODE = getattr(_GIVEN, "__code__", None)
_GIVEN_KIND = None if _METHOD_CODE else type(_GIVEN)


def called(value: Any) -> Any:
    """What such a function calls, bound if it is a method, or what stands in a class in the place
    of one; None of anything else."""
    kind = type(value)
    if kind is _METHOD:
        return _of(value.dispatcher.dispatch)
    if kind is _GIVEN_KIND:
        return _bound(_of(vars(value)["_dispatch"]), vars(value)["_obj"], vars(value)["_cls"])
    if kind is not FunctionType or value.__code__ not in (_FUNCTION_CODE, _METHOD_CODE):
        return None
    held = {
        name: cell.cell_contents
        for name, cell in zip(value.__code__.co_freevars, value.__closure__ or ())
    }
    if value.__code__ is _FUNCTION_CODE:
        return _of(held["dispatch"])
    found = _of(held["dispatch"]) if "dispatch" in held else called(held["self"])
    return _bound(found, held["obj"], held.get("cls"))


def _bound(method: Any, of: Any, kind: Any) -> Any:
    """A method as an object has it, or its class where there is none."""
    if type(method) is FunctionType:
        return method if of is None else MethodType(method, of)
    if type(method) is classmethod:
        return MethodType(method.__func__, kind)
    return method.__func__ if type(method) is staticmethod else None


def behind(value: Any) -> Any:
    """The same; anything else is itself."""
    found = called(value)
    return value if found is None else found


def _of(dispatch: Any) -> Any:
    try:
        return dispatch(dict)
    except Exception:  # nothing of it is for a dict, or too much
        return None
