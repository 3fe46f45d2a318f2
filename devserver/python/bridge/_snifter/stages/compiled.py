"""What Cython has compiled has no code to swap: the class takes a function in the place of its
method, if it can be changed."""

from __future__ import annotations

from types import FunctionType

from . import ours

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable


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
    return method  # type: ignore[return-value]


def in_place(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """The arguments of a call of a compiled function, as far as they have places."""
    code = function.__code__
    given = list(args)
    for name in code.co_varnames[len(args) : code.co_argcount]:
        if name not in kwargs:
            break
        given.append(kwargs[name])
    return tuple(given)
