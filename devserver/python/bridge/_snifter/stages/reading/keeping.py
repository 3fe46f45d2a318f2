"""Classes that keep the two when they are made, for their methods to pass on or call."""

from __future__ import annotations

from . import acts, expressions, readings
from .named import place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Iterable, Iterator

    from .readings import Expression


def may_keep(made: CodeType) -> bool:
    """Whether `keeps` is worth to be asked."""
    return made.co_argcount == 3 and acts.is_own(made)


def keeps(made: CodeType, methods: Iterable[CodeType]) -> bool:
    """Whether an __init__ keeps two things, which other methods of its class call as
    start_response, or pass on: it is an application's."""
    kept = _kept(made)
    if kept is None:
        return False
    for code, one, two in _with_kept(kept, made, methods):
        for called, args in readings.read(code).calls:
            if called == two and len(args) in (2, 3):
                return True
            if any(pair == (one, two) for pair in zip(args, args[1:])):
                return True
    return False


def names_called_later(made: CodeType, methods: Iterable[CodeType]) -> Iterator[str]:
    """The names by which a class has what its methods pass the two on to which its __init__ has
    kept."""
    kept = _kept(made)
    for code, one, two in _with_kept(kept, made, methods) if kept is not None else ():
        for called, args in readings.read(code).calls:
            if any(pair == (one, two) for pair in zip(args, args[1:])):
                yield from expressions.names_in(called)


def _kept(made: CodeType) -> tuple[str, str] | None:
    """The names of the attributes in which an __init__ keeps the two."""
    at = max(place(made), 1)  # more may be given before the two
    if made.co_argcount < at + 2:
        return None
    names = made.co_varnames
    myself, environ, start = (("name", name) for name in (names[0], names[at], names[at + 1]))
    kept = {value: name for name, of, value in readings.read(made).kept if of == myself and value}
    return (kept[environ], kept[start]) if environ in kept and start in kept else None


def _with_kept(
    kept: tuple[str, str], made: CodeType, methods: Iterable[CodeType]
) -> Iterator[tuple[CodeType, Expression, Expression]]:
    """Other methods of a class, with what the two are there."""
    for code in methods:
        if code is not made and code.co_argcount:
            me = ("name", code.co_varnames[0])
            yield code, ("attribute", me, kept[0]), ("attribute", me, kept[1])
