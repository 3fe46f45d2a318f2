"""What Cython has compiled has no code to swap: the class takes a function in the place of its
method, if it can be changed."""

from __future__ import annotations

from types import FunctionType

from .. import ours

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

#: What stands in the place of compiled methods, by its id, with its hook.
_replaced: dict[int, tuple[FunctionType, Any]] = {}
#: The same by the ids of those methods, which it holds.
_standing: dict[int, FunctionType] = {}


def replace(kind: type, name: str, hook: Callable[..., Any]) -> FunctionType | None:
    """Have the calls of a class's compiled method go through a hook, and return what stands in its
    place."""
    found = kind.__dict__[name]

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = __tracebackhide__ = True
        try:
            return hook(found, (self, *args), kwargs)
        except BaseException:
            ours.unwind()
            raise

    for attribute in ("__doc__", "__name__", "__qualname__", "__module__"):
        setattr(method, attribute, getattr(found, attribute, None))
    method.__wrapped__ = found  # type: ignore[attr-defined]
    try:
        setattr(kind, name, method)
    except (AttributeError, TypeError):
        return None  # an extension type
    stands: FunctionType = method  # type: ignore[assignment]
    _replaced[id(stands)] = stands, hook
    _standing[id(found)] = stands
    return stands


def hook_of(function: FunctionType) -> Any:
    """The hook of what stands in the place of a compiled method; None of anything else."""
    found = _replaced.get(id(function))
    return None if found is None else found[1]


def hooks() -> list[Any]:
    """Those of all that stands in the place of compiled methods."""
    return [hook for _, hook in list(_replaced.values())]


def standing_for(method: Any) -> FunctionType | None:
    """What stands in the place of a compiled method."""
    return _standing.get(id(method))


def method_of(function: Any) -> Any:
    """The compiled method that a function stands in the place of; anything else is itself."""
    return function.__wrapped__ if id(function) in _replaced else function


def in_place(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """The arguments of a call of a compiled function, as far as they have places."""
    code = function.__code__
    given = list(args)
    for name in code.co_varnames[len(args) : code.co_argcount]:
        if name not in kwargs:
            break
        given.append(kwargs[name])
    return tuple(given)
