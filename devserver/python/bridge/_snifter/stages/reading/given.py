"""Whether a call is given an environ and a start_response, or what was made of them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterator

    from .readings import Expression

#: Functions that say something of what they are given: nobody calls that.
_SAYS = frozenset(("ascii", "bool", "format", "hash", "id", "len", "repr", "str", "type"))


def passes(args: tuple[Expression, ...], environ: str, start: str) -> bool:
    """Whether two variables, or what was made of them, follow each other among arguments; those by
    keyword in any order."""
    for first, second in zip(args, args[1:]):
        made_of = comes_from(first, environ) and comes_from(second, start)
        if made_of and not _are_of_one_call(first, second, (environ, start)):
            return True
        if _is_named(first) and comes_from(first, start) and comes_from(second, environ):
            return True
    return False


def _are_of_one_call(first: Expression, second: Expression, names: tuple[str, str]) -> bool:
    """Whether two values are made of what one call with both variables has returned: of a body."""
    made = list(_calls_with(first, names))
    return bool(made) and any(each in made for each in _calls_with(second, names))


def _calls_with(expression: Expression, names: tuple[str, str]) -> Iterator[Expression]:
    """The calls in an expression that are given each of these variables as it is."""
    if expression is None or expression[0] != "call":
        return
    if all(("name", name) in expression[2] for name in names):
        yield expression
    for each in expression[2]:
        yield from _calls_with(each, names)


def _is_named(expression: Expression) -> bool:
    return expression is not None and expression[0] == "keyword"


def comes_from(expression: Expression, name: str) -> bool:
    """Whether a value is a variable, a copy of it, or a function that closes over it."""
    if expression is not None and expression[0] == "keyword":
        expression = expression[1]
    if expression is None:
        return False
    if expression == ("name", name):
        return True
    if expression[0] == "function":
        return name in expression[1].co_freevars
    if expression[0] == "call":
        called = expression[1]
        if called is not None and called[0] == "name" and called[1] in _SAYS:
            return False
        if called is not None and called[0] == "attribute" and called[1] == ("name", name):
            return True
        return any(comes_from(arg, name) for arg in expression[2])
    return False
