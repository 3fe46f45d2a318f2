"""What a stage calls with an application and the two: `Keeps(self.app, environ, start_response)`.
It is what a partial of the one with the other is, and the application stands within it."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from operator import is_
from types import FunctionType

from ..hooking import swap
from ..kinds import is_plain
from ..reading import acts, expressions, shapes
from ..reading.given import comes_from
from ..running import hooks
from . import callees
from .held import is_application

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable, Iterator

    #: What is held, with the name by which it is.
    Named = list[tuple[str, Any]]


def takes_more(held: Any, kind: type) -> bool:
    """Whether what is called as an application is one that is given something before the two, and
    no function of the class of what calls it."""
    if type(held) is FunctionType:
        hook = swap.hook_of(held)
        is_stage = shapes.place_of(held) > 0 and isinstance(hook, hooks.StageHook)
        return is_stage and not hook.is_function_of(kind)
    return issubclass(type(held), type) and is_plain(held) and shapes.is_class_application(held, 1)


def within_others(
    receiver: Any, functions: Iterable[FunctionType], found: Named
) -> Iterator[Any]:
    """What a stage holds, of which these functions run, as methods of an object or not: what it
    calls with an application, which may be another method of that, as a partial of that, the rest
    behind."""
    given = _given_by(functions)
    by_name = _methods(receiver, {each for names in given.values() for each in names})
    by_name.update((name, value) for name, value in found if name)
    others = []
    for name, value in found:
        names = given.get(name, []) if name else []
        applications = [by_name[each] for each in names if by_name.get(each, value) is not value]
        if not names or not _is_bare(value):
            others.append(value)
        elif not applications:
            yield value
        yield from (partial(value, each) for each in applications)
    yield from others


def _methods(receiver: Any, names: Iterable[str]) -> dict[str, Any]:
    """Those of the methods by these names that are applications."""
    methods = {} if receiver is None else callees.methods_named(receiver, names)
    return {name: each for name, each in methods.items() if is_application(each)}


def is_same(value: Any, other: Any) -> bool:
    """Whether two values are one: a partial of what calls itself is made anew wherever it is looked
    for."""
    if value is other or type(value) is not partial or type(other) is not partial:
        return value is other
    made, had = (value.func, *value.args), (other.func, *other.args)
    return len(made) == len(had) and all(map(is_, made, had)) and not value.keywords


def _is_bare(value: Any) -> bool:
    return type(value) is FunctionType or issubclass(type(value), type)


def _given_by(functions: Iterable[FunctionType]) -> dict[str, list[str]]:
    """The names of what functions give before the two, by the name of what they call."""
    given: dict[str, list[str]] = defaultdict(list)
    for function in functions:
        for called, args, environ in acts.passing(swap.original_code(function)):
            for name in list(expressions.names_in(called))[:1]:
                for each in args:
                    if comes_from(each, environ):
                        break
                    given[name] += list(expressions.names_in(each))[:1]
    return given
