"""Classes that keep the two when they are made, for their methods to pass on or call."""

from __future__ import annotations

import dis

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
    kept, packed = _kept(made), _packed(made)
    for code in methods:
        if code is made or not code.co_argcount:
            continue
        me = ("name", code.co_varnames[0])
        two = [("attribute", me, each) for each in kept or ()]
        for called, args in readings.read(code).calls:
            passed = bool(two) and _pass_on(*two, args)
            if passed or packed is not None and _are_out_of(packed, me, args, code):
                yield from expressions.names_in(called)


def _pass_on(one: Expression, two: Expression, args: tuple[Expression, ...]) -> bool:
    """Whether two values follow each other among arguments, the first perhaps as a copy."""
    return any(last == two and _is_or_copies(first, one) for first, last in zip(args, args[1:]))


def _is_or_copies(expression: Expression, of: Expression) -> bool:
    if expression is None or expression == of or expression[0] != "call":
        return bool(expression == of)
    return of in expression[2] or expression[1] == ("attribute", of, "copy")


def _packed(made: CodeType) -> tuple[str, int, int] | None:
    """The name of the attribute in which an __init__ keeps the two in one tuple, if it does, of how
    many that is, and where they are."""
    at = place(made)
    two = tuple(("name", name) for name in made.co_varnames[at : at + 2])
    for name, of, value in readings.read(made).kept if at > 0 else ():
        if of == ("name", made.co_varnames[0]) and value is not None and value[0] == "tuple":
            pairs = [*zip(value[1], value[1][1:])]
            if two in pairs:
                return name, len(value[1]), pairs.index(two)
    return None


def _are_out_of(
    packed: tuple[str, int, int], me: Expression, args: tuple[Expression, ...], code: CodeType
) -> bool:
    """Whether the two are among arguments that a method took out of what keeps them."""
    name, many, at = packed
    of = ("attribute", me, name)
    taken = [("name", name) for name, each in readings.read(code).taken.items() if each == of]
    if len(taken) == many and _pass_on(*taken[at : at + 2], args):
        return True
    return ("all", of) in args or (("item", of),) * 2 in zip(args, args[1:])


def goes_on(made: CodeType, steps: Iterable[CodeType]) -> bool:
    """Whether the steps of a class pass the two on that its __init__ has kept, or begin an answer
    before they give anything: who does so later tells of an error in another's."""
    names = _attributes(made)
    start = names.get(1)
    for code in steps:
        if any(names_called_later(made, [code])):
            return True
        if start is not None and code.co_argcount and _begins(code, start):
            return True
    return False


def _begins(code: CodeType, start: str) -> bool:
    """Whether a method calls what its object keeps by this name, with two arguments, before it
    gives or goes through anything."""
    me = ("name", code.co_varnames[0])
    called = ("attribute", me, start)
    if not any(each == called and len(args) == 2 for each, args in readings.read(code).calls):
        return False
    for each in dis.get_instructions(code):
        if each.opname in _GIVING:
            return False
        if each.opname in _LOADING and each.argval == start:
            return True
    return False


_GIVING = frozenset(("YIELD_VALUE", "GET_ITER", "GET_YIELD_FROM_ITER"))
_LOADING = frozenset(("LOAD_ATTR", "LOAD_METHOD"))


def _kept(made: CodeType) -> tuple[str, str] | None:
    """The names of the attributes in which an __init__ keeps the two."""
    names = _attributes(made)
    return (names[0], names[1]) if len(names) == 2 else None


def _attributes(made: CodeType) -> dict[int, str]:
    """The same as far as it keeps them, by which of the two it is."""
    at = max(place(made), 1)  # more may be given before the two
    if made.co_argcount < at + 2:
        return {}
    myself, *two = (("name", made.co_varnames[each]) for each in (0, at, at + 1))
    kept = {value: name for name, of, value in readings.read(made).kept if of == myself and value}
    return {which: kept[value] for which, value in enumerate(two) if value in kept}


def _with_kept(
    kept: tuple[str, str], made: CodeType, methods: Iterable[CodeType]
) -> Iterator[tuple[CodeType, Expression, Expression]]:
    """Other methods of a class, with what the two are there."""
    for code in methods:
        if code is not made and code.co_argcount:
            me = ("name", code.co_varnames[0])
            yield code, ("attribute", me, kept[0]), ("attribute", me, kept[1])
