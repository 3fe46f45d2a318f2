"""Stages that are given an environ and a start_response by keyword, or in another order: what calls
of them are in the places that everybody else has the two at."""

from __future__ import annotations

from types import CodeType

from ..reading import acts, shapes
from ..reading.named import is_environ_name, is_start_name
from .parents import owner_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable


def named(code: CodeType) -> tuple[str, str] | None:
    """The names of an environ and a start_response that a code can't be given in their places."""
    count, start = code.co_argcount, None
    if code.co_kwonlyargcount:
        by_keyword = code.co_varnames[count : count + code.co_kwonlyargcount]
        environ = _first(is_environ_name, by_keyword)
        start = _first(is_start_name, by_keyword)
        if environ and start:
            return environ, start
    if not 1 <= count <= 3 or not acts.is_own(code):
        return None
    # Behind an object that it may be a method of, the one alone, or the other before it.
    by_place = code.co_varnames[:count]
    start = start or _first(is_start_name, by_place[:-1])
    environ = by_place[-1]
    mine = tuple(name for name in by_place if name not in (environ, start))
    if start is None or not is_environ_name(environ) or mine not in ((), by_place[:1]):
        return None
    return None if acts.does(code, environ, start) is None else (environ, start)


def _first(is_meant: Callable[[str], bool], names: tuple[str, ...]) -> str | None:
    return next((name for name in names if is_meant(name)), None)


def find(code: CodeType, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[str, str] | None:
    """The names by which a call has given a code an environ and a start_response, if it has."""
    environ = start = None
    for name, value in (*zip(code.co_varnames[: code.co_argcount], args), *kwargs.items()):
        if environ is None and shapes.is_environ(value):
            environ = name
        elif start is None and _is_start(name, value):
            start = name
    return None if environ is None or start is None else (environ, start)


def _is_start(name: str, value: Any) -> bool:
    if not is_start_name(name) and owner_of(value, 2) is None:
        return False
    return shapes.is_start_response(value)


def in_place(
    code: CodeType, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Callable[..., Any], tuple[Any, ...]] | None:
    """What is called with the two as the last of its arguments, and those of this call; None if
    it has not been given the two."""
    names = find(code, args, kwargs)
    if names is None:
        return None
    given = dict(zip(code.co_varnames[: code.co_argcount], args), **kwargs)
    first, rest = next(iter(given), ""), args[code.co_argcount :]
    receiver = args[:1] if first not in names else ()

    def by_place(*two: Any) -> Any:
        __traceback_hide__ = True
        given.update(zip(names, two[-2:]))
        by_position = [given[name] for name in code.co_varnames[: code.co_argcount]]
        by_name = {name: given[name] for name in kwargs}
        return original(*by_position, *rest, **by_name)

    by_place.__name__ = original.__name__
    return by_place, (*receiver, given[names[0]], given[names[1]])
