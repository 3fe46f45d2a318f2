"""What runs where an application is called, in whatever form it is: a partial, a bound method, an
object that a library has put around it."""

from __future__ import annotations

import functools
from types import CodeType, FunctionType, MethodType

from ..hooking import swap
from ..reading import dispatching, methods, proxies, shapes
from ..reading.methods import METHODS
from ..running import adapters, hooks, packed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable

_MOST_DECORATED = 50


def entry(plain: Any) -> tuple[Any, Any]:
    """The hook that a call of an undecorated application comes to, and the object that it is a
    method of, or the class that it makes one of."""
    function, receiver = called(plain)
    is_decorator = type(plain) is MethodType and function is not plain.__func__
    hook = getattr(function, "_snifter_stage", None)
    if type(function) is FunctionType and hook is None:
        hook = swap.hook_of(function)
    elif type(function) is CodeType:
        hook = swap.hook_in(function)
    if isinstance(hook, hooks.StageHook):
        if hook.makes:
            receiver = plain
        elif not is_decorator and not hook.is_method_of(type(receiver)):
            receiver = None  # a function that is bound to something else, or to nothing
    return hook, receiver


def standing(plain: Any) -> Any:
    """What stands in a class in the place of the method that an undecorated application is, or
    behind that, where it is no function that is called itself; else None."""
    method = plain if type(plain) is MethodType else proxies.behind(plain)
    if type(method) is not MethodType or method is plain and shapes.is_function(method.__func__):
        return None
    return method.__func__


def called(plain: Any) -> tuple[Any, Any]:
    """What runs when an undecorated application is called, and the object that it is a method of.
    Of what is not made before it is called, that is the code."""
    kind = type(plain)
    if kind is FunctionType:
        return plain, None
    if kind is MethodType:
        function = plain.__func__
        if shapes.is_function(function) or packed.hook_around(function) is not None:
            return function, plain.__self__
        return proxies.plain_call(type(function))[0], plain.__self__
    if shapes.is_made(plain):
        return shapes.maker(plain), None
    around = packed.hook_around(plain)
    if around is not None:
        method = proxies.behind(plain)
        return around.function, method.__self__ if type(method) is MethodType else None
    found = proxies.given_by(kind, shapes.call_method(kind))
    if id(type(found)) in METHODS:
        return found.__func__, None
    if type(found) is functools.partialmethod:
        return found.func, plain
    behind = adapters.hook_behind(found) or packed.hook_around(found)
    return proxies.behind(found) if behind is None else behind.function, plain


def methods_named(value: Any, names: Iterable[str]) -> dict[str, Any]:
    """Those of these names by which an object has a method by its class, or a class itself, with
    what is called then, as far as that is told without asking it."""
    found = {name: _method(value, name) for name in names}
    return {name: each for name, each in found.items() if each is not None}


def _method(value: Any, name: str) -> Any:
    kinds = (value, type(value)) if issubclass(type(value), type) else (type(value),)
    for kind in kinds:
        found = next((b.__dict__[name] for b in kind.__mro__ if name in b.__dict__), None)
        function = found.__func__ if id(type(found)) in METHODS else found
        if kind is not value and _stands_in(found, kind):
            return MethodType(found, value)
        if type(function) is not FunctionType:
            continue
        if type(found) is staticmethod:
            return function
        if type(found) is classmethod:
            return MethodType(function, kind)
        if kind is not value:
            return MethodType(function, value)
    return None


def undecorated(value: Any) -> Any:
    """An application without what the standard library has made around it."""
    for _ in range(_MOST_DECORATED):
        partial = proxies.taken_apart(value)
        if partial is not None:
            value, given, _ = partial
            if given and _is_of_class(_decorator(value), type(given[0])):
                value = MethodType(_decorator(value), given[0])
        elif type(value) is MethodType and not _is_method(value):
            value = value.__func__  # as much as a partial of it
        elif proxies.made_by(value) is not None:
            value = proxies.made_by(value)
        elif dispatching.called(value) is not None:
            value = dispatching.called(value)
        elif type(value) is MethodType and proxies.decorated(value.__func__) is not value.__func__:
            value = MethodType(proxies.decorated(value.__func__), value.__self__)
        elif proxies.decorated(value) is not value:
            value = proxies.decorated(value)
        else:
            break
    return value


def _is_method(bound: MethodType) -> bool:
    """Whether what is bound is a method, or stands in the place of one: any callable can be bound
    to an object."""
    return shapes.is_function(bound.__func__) or _stands_in(bound.__func__, type(bound.__self__))


def _stands_in(value: Any, kind: type) -> bool:
    """Whether an object, which has a function of the user's as its __call__, stands in a class in
    the place of a method, as a decorator's does."""
    plain = type(shapes.call_method(type(value))) is FunctionType
    return plain and not proxies.is_one_of(type(value)) and methods.is_decorator(value, kind)


def _decorator(called: Any) -> Any:
    """An object of which the __call__ itself is called; anything else is itself."""
    if type(called) is not MethodType or type(called.__func__) is not FunctionType:
        return called
    is_call = called.__func__ is shapes.call_method(type(called.__self__))
    return called.__self__ if is_call else called


def _is_of_class(function: Any, kind: type) -> bool:
    if type(function) is not FunctionType:
        return _stands_in(function, kind)
    if any(function is each for base in kind.__mro__ for each in base.__dict__.values()):
        return True
    hook = swap.hook_of(function)
    return isinstance(hook, hooks.StageHook) and hook.is_method_of(kind)
