"""Stages that are given the arguments of a call as a tuple, as wrapt gives them to what it has put
around an application: wrapper(wrapped, instance, args, kwargs)."""

from __future__ import annotations

import sys
from types import CodeType, FunctionType, MethodType

from .. import context, loaded
from ..hooking import swap
from ..kinds import ByClass, is_plain
from ..names import Stage
from ..reading import proxies, shapes
from .hooks import StageHook, WholeHook

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterator


class PackedHook(WholeHook):
    """The hook of such a function: around a method it is the object's stage, but one of its own
    where another package has put it there, as agents do. Before the tuple stand what it is around,
    and the object that this is a method of."""

    __slots__ = ("_others",)

    unpacks = True

    def __init__(
        self, code: CodeType, qualname: str, module: str, function: FunctionType | None = None
    ) -> None:
        super().__init__(code, qualname, module, function)
        #: Whether it is another's around a method, by the classes of the objects.
        self._others = ByClass()

    def __call__(
        self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        __traceback_hide__ = True
        at = next((at for at, each in enumerate(args) if _is_call(each)), -1)
        if at < 0:
            return original(*args, **kwargs)

        is_others = at > 0 and self.is_others(type(args[at - 1]))

        def unpacked(*given: Any) -> Any:
            __traceback_hide__ = True
            call = context.current()
            if call is not None and at > 1:
                call.around = args[at - 1] if is_others else args[at - 2]
            return original(*args[:at], given[-2:], *args[at + 1 :], **kwargs)

        unpacked.__name__ = original.__name__
        receiver = () if is_others else args[:at][-1:]
        method = proxies.behind(args[at - 2]) if at > 1 else None
        if receiver and type(method) is MethodType and method.__self__ is receiver[0]:
            receiver = (method.__func__, *receiver)
        return StageHook.__call__(self, unpacked, (*receiver, *args[at]), {})

    def is_method_of(self, kind: type) -> bool:
        found = self._methods.get(id(kind))
        if found is None:
            is_one = bool(self._method_in(kind)) and not self.is_others(kind)
            found = self._methods.add(kind, is_one)
        return found

    def _method_in(self, kind: type) -> str:
        """By which name a class has what the function is around."""
        return self._base_with(kind)[1]

    def _base_with(self, kind: type) -> tuple[type, str]:
        """Which of a class's bases has what the function is around, and by which name: it may be
        around other methods beside that which makes the object an application."""
        found = [
            (base, name)
            for base in kind.__mro__
            for name, value in base.__dict__.items()
            if any(hook_around(each) is self for each in proxies.all_behind(value))
        ]
        return min(found, key=lambda each: each[1] != "__call__", default=(kind, ""))

    def is_others(self, kind: type) -> bool:
        """Whether another package has put the function around a method of a class."""
        found = self._others.get(id(kind))
        if found is None:
            base, name = self._base_with(kind) if is_plain(kind) else (kind, "")
            package = _package(base.__module__)
            found = name != "" and _package(self.module) != package
            self._others.add(kind, found)
        return found

    def _named(self, kind: type | None) -> Stage:
        if kind is None:
            return StageHook._named(self, None)
        return self._named_in(kind, self._method_in(kind))


def _package(module: Any) -> str:
    return module.partition(".")[0] if type(module) is str else ""


def methods_of(value: Any) -> Iterator[Any]:
    """What others have put around methods of an object that requests may go through, bound to it:
    as it stands in the class, since it may be anything that makes a method of itself."""
    kind = type(value)
    for base in kind.__mro__ if is_plain(kind) else ():
        for attribute in base.__dict__.values():
            hook = hook_around(attribute)
            if hook is not None and hook.is_others(kind):
                yield MethodType(attribute, value)


def within(method: Any) -> Any:
    """The method that what others have put around one calls, as `methods_of` gives it; None where
    that is no such."""
    if type(method) is not MethodType or type(method.__func__) is FunctionType:
        return None
    hook = hook_around(method.__func__)
    if hook is None or not hook.is_others(type(method.__self__)):
        return None
    return MethodType(proxies.wrapped_by(method.__func__), method.__self__)


def bound(value: Any) -> Any:
    """What can be called in the place of a method as `methods_of` gives it; anything else is
    itself."""
    if within(value) is None:
        return value
    return value.__func__.__get__(value.__self__, type(value.__self__))


def _is_call(packed: Any) -> bool:
    return type(packed) is tuple and len(packed) == 2 and shapes.position(packed) == 0


def look(types: list[type]) -> tuple[int, list[CodeType]]:
    """Hook what is around applications among all that is loaded, of which these are the types;
    return how much was not before, and the codes that call it, which are the library's."""
    kinds = _kinds(types)
    hooked = 0
    values = loaded.objects() if kinds else ()
    for value in [each for each in values if id(type(each)) in kinds]:
        function = proxies.around(value) if _is_around_application(value) else None
        if function is not None and swap.hook_of(function) is None:
            hooked += swap.install(function, _hook(function))
    calls = map(shapes.call_method, kinds.values())
    return hooked, [swap.original_code(each) for each in calls if type(each) is FunctionType]


def _kinds(types: list[type]) -> dict[int, type]:
    """The classes whose objects may be around an application, by their ids."""
    todo = types
    if sys.implementation.name == "cpython":
        # Compiled types need not be objects of the garbage collector. PyPy, asked for subclasses,
        # asks each class for its bases, whose metaclass may fail.
        todo = [*types, *filter(is_plain, object.__subclasses__())]
    todo = [*filter(proxies.has_all_of_another, todo)]
    found: dict[int, type] = {}
    while todo:
        kind = todo.pop()
        if id(kind) not in found:
            found[id(kind)] = kind
            todo += type.__subclasses__(kind)
    return {number: kind for number, kind in found.items() if proxies.is_one_of(kind)}


def _hook(function: FunctionType) -> PackedHook:
    return PackedHook(function.__code__, function.__qualname__, function.__module__ or "", function)


def _is_around_application(value: Any) -> bool:
    inner = proxies.behind(value)
    if type(inner) is FunctionType:
        return shapes.place_of(inner) >= 0 or shapes.is_learned(inner)
    return inner is not value and shapes.is_application(inner)


def hook_around(value: Any) -> PackedHook | None:
    """The hook of the function that a proxy calls in the place of an application."""
    if not proxies.is_one_of(type(value)):
        return None
    function = proxies.around(value)
    hook = None if function is None else swap.hook_of(function)
    return hook if type(hook) is PackedHook else None
