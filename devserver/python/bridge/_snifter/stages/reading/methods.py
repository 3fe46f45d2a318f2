"""What a method is made of: decorators put functions around one another, or objects that are called
in the place of one, and each passes on the object that it is called on."""

from __future__ import annotations

import gc
import inspect
import sys
from types import CodeType, FunctionType, MethodType, ModuleType

from ..hooking.swap import original_code
from ..kinds import by_class, defines, ids, is_plain
from . import readings
from .shapes import closed_over

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator

_MOST = 50
#: The first of the arguments where they are gathered in a list on their way.
_UNKNOWN = (("all", None), ("all", ("new", None)))
#: What a class has in the place of a function that is no method of its objects.
METHODS = ids(staticmethod, classmethod)


def within(method: Any) -> Iterator[FunctionType]:
    """The functions among a method and what it decorates, the outermost first."""
    return (each for each in all_within(method) if type(each) is FunctionType)


def may_be_one(value: Any) -> bool:
    """Whether what a class has is called as a method of its objects: a function, or an object that
    makes one of itself."""
    kind = type(value)
    return kind is FunctionType or kind is not MethodType and _is_in_place(kind)


@by_class
def _is_in_place(kind: type) -> bool:
    if issubclass(kind, type) or not is_plain(kind) or id(kind) in METHODS:
        return False
    return defines(kind, "__get__") and defines(kind, "__call__")


def name_in(kind: type, value: Any) -> str:
    """The name by which an object stands in a class in the place of a method, or within what does,
    as a decorator's; "" where it does not."""
    if not is_plain(kind):
        return ""
    known = _names_in(kind)
    if id(value) not in known and may_be_one(value):
        known.update(_look_in(kind))  # it may have been put there since
    return known.get(id(value), "")


@by_class
def _names_in(kind: type) -> dict[int, str]:
    """By the ids of what its methods are made of: as a rule it has them for as long as it lives."""
    return _look_in(kind)


def _look_in(kind: type) -> dict[int, str]:
    found: dict[int, str] = {}
    for base in kind.__mro__:
        for name, value in list(base.__dict__.items()):
            for each in all_within(value) if may_be_one(value) else ():
                found.setdefault(id(each), name)
    return found


def is_decorator(value: Any, kind: type) -> bool:
    """Whether an object, which is no function, stands in a class in the place of a method."""
    return type(value) is not FunctionType and name_in(kind, value) != ""


def written(kind: type, name: str) -> FunctionType | None:
    """The function that a method of a class was written as, whatever stands in its place."""
    value = next((base.__dict__[name] for base in kind.__mro__ if name in base.__dict__), None)
    functions = [*within(value)] if may_be_one(value) else []
    named = [each for each in functions if each.__name__ == name]
    return (named or functions or [None])[-1]


def all_within(method: Any) -> Iterator[Any]:
    """A method, and what it decorates, the outermost first: functions and objects."""
    todo, seen = [method], {id(method)}
    while todo and len(seen) <= _MOST:
        value = todo.pop()
        yield value
        for inner in _decorated(value) if type(value) is FunctionType else _held(value):
            if may_be_one(inner) and id(inner) not in seen:
                seen.add(id(inner))
                todo.append(inner)


def _decorated(function: FunctionType) -> Iterator[Any]:
    """What a function closes over and calls with its own object, or with all that it is called
    with, or with what is not known, as f(self, *args) is read."""
    code = original_code(function)
    if type(code) is not CodeType:
        return  # PyPy's own are functions with another code
    if not function.__closure__ and not code.co_filename.startswith("<"):
        return
    count = code.co_argcount
    first = None
    if count:
        first = ("name", code.co_varnames[0])
    elif code.co_flags & inspect.CO_VARARGS:
        first = ("all", ("name", code.co_varnames[code.co_kwonlyargcount]))
    passed = {
        called[1]
        for called, args in readings.read(code).calls
        if called is not None and called[0] == "name" and args and args[0] in (first, *_UNKNOWN)
    }
    wrapped = function.__dict__.get("__wrapped__")
    names = {**_names_of_text(function), **closed_over(function)}
    for name, value in names.items():
        if name in passed or value is wrapped:
            yield value


def _names_of_text(function: FunctionType) -> dict[str, Any]:
    """The globals of a function that was made of a text, which has none but those: decorators that
    keep the signature of what they decorate are made so."""
    names = function.__globals__
    name = names.get("__name__")
    module = sys.modules.get(name) if type(name) is str else None
    return {} if type(module) is ModuleType and vars(module) is names else names


def _held(value: Any) -> Iterator[Any]:
    """What an object has, whatever its class makes of being asked."""
    for held in gc.get_referents(value):
        yield from list(held.values()) if type(held) is dict else (held,)
