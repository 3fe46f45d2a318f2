"""What the expressions of a reading name: see `readings`."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterator

    from .readings import Expression

#: Methods that call what they are given, with what is in a tuple.
_APPLIES = frozenset(("apply", "apply_async"))
#: What comes from nothing that has a name.
_NAMELESS = ("const", "function", "tuple", "dict")


def names_in(expression: Expression) -> Iterator[str]:
    """The names on the way to a value: of the variable it comes from, and of attributes."""
    while expression is not None and expression[0] not in _NAMELESS:
        if expression[0] in ("name", "attribute"):
            yield expression[-1]
        if expression[0] == "name":
            return
        name = asked_for(expression)
        if name:
            yield name
        expression = expression[2][0] if name else expression[1]


def asked_for(expression: Expression) -> str:
    """The name of the attribute that getattr() is called for."""
    if expression[:2] != ("call", ("name", "getattr")) or len(expression[2]) < 2:
        return ""
    return text(expression[2][1])


def text(expression: Expression) -> str:
    """A text that is written there."""
    is_one = expression is not None and expression[0] == "const" and type(expression[1]) is str
    return expression[1] if is_one else ""


def makers_in(expression: Expression) -> Iterator[str]:
    """Those of the names on the way to a value that are of what is called to get it."""
    while expression is not None and expression[0] not in ("name", *_NAMELESS):
        within = expression[1]
        if expression[0] == "call" and within is not None and within[0] in ("name", "attribute"):
            yield within[-1]
        expression = within


def spread(called: Expression, args: tuple[Expression, ...]) -> tuple[Expression, ...]:
    """The arguments of a call, as if those in a tuple were its own that are for what it calls:
    Thread(target=app, args=(environ, start)), pool.apply(app, (environ, start))."""
    for at, each in enumerate(args[1:], 1):
        if each is not None and each[0] == "keyword" and each[2] == "args":
            each = each[1]  # noqa: PLW2901
        elif at > 1 or called is None or called[0] != "attribute" or called[2] not in _APPLIES:
            continue
        if each is not None and each[0] == "tuple":
            return (*args[:at], *each[1], *args[at + 1 :])
    return args
