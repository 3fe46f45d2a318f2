"""Stages whose function is not what the stage is named after: a library has made an application
of another."""

from __future__ import annotations

import sys
from types import FunctionType, MethodType

from ...sources import held
from .. import names
from ..hooking import swap
from ..names import Stage
from ..reading import shapes
from .hooks import StageHook

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

#: Classes of libraries that make an application of any function, with the attribute that has it.
_ADAPTERS = (("webob.dec", "wsgify", "func"),)


class AdapterHook(StageHook):
    """The __call__ of a class that adapts functions: each is a stage by the function's name."""

    __slots__ = ("_attribute", "_adapted")

    adapts = True

    def __init__(self, function: FunctionType, attribute: str) -> None:
        super().__init__(
            function.__code__, function.__qualname__, function.__module__ or "", function
        )
        self._attribute = attribute
        #: By the function and its object's class. What the base class has are those of objects
        #: whose class has an adapter as its __call__.
        self._adapted: dict[Any, Stage] = {}

    def __call__(
        self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        __traceback_hide__ = True
        adapter = args[0]
        adapted = self.adapted(adapter)
        is_usual = len(args) == 3 and not kwargs and self.is_noted
        if type(adapted) is not MethodType or not self.is_method_of(type(adapted.__self__)):
            if is_usual and type(adapted) is FunctionType:
                stage = self._adapted.get(adapted)
                if stage is not None:
                    return self.direct(original, args[1], args[2], adapter, stage)
            return StageHook.__call__(self, original, args, kwargs)

        def of_object(_: Any, *rest: Any, **named: Any) -> Any:
            __traceback_hide__ = True
            return original(adapter, *rest, **named)

        # The object's class has the adapter as its __call__: the object is the stage.
        of_object.__name__ = original.__name__
        if is_usual:
            return self.direct(of_object, args[1], args[2], adapted.__self__)
        return StageHook.__call__(self, of_object, (adapted.__self__, *args[1:]), kwargs)

    def adapted(self, adapter: Any) -> Any:
        """What an adapter makes an application of, or None."""
        return vars(adapter).get(self._attribute) if hasattr(adapter, "__dict__") else None

    def is_method_of(self, kind: type) -> bool:
        found = self._methods.get(id(kind))
        if found is None:
            found = super().is_method_of(kind) or hook_behind(shapes.call_method(kind)) is self
            self._methods.add(kind, found)
        return found

    def stage_of(self, receiver: Any) -> Stage:
        adapted = self.adapted(receiver)
        if adapted is None:
            return super().stage_of(receiver)
        key = adapted
        if type(adapted) is MethodType:
            key = (adapted.__func__, type(adapted.__self__))
        elif type(adapted) is not FunctionType:
            key = type(adapted)
        stage = self._adapted.get(key)
        if stage is None:
            stage = Stage(names.name_of(adapted), self.kind, names.place(adapted))
            self._adapted[key] = stage
        return stage

    def stages(self) -> list[Stage]:
        return [*self._adapted.values(), *self._known.values()]


def look() -> int:
    """Hook the adapters that are loaded, and return how many were not before."""
    found = 0
    for module, name, attribute in _ADAPTERS:
        kind = held(sys.modules.get(module), name)
        function = getattr(kind, "__dict__", {}).get("__call__")
        if type(function) is FunctionType and swap.hook_of(function) is None:
            found += swap.install(function, AdapterHook(function, attribute))
    if found:
        shapes.is_application_type.forget()
    return found


def hook_behind(attribute: Any) -> AdapterHook | None:
    """The hook of what a class has as a method, if that is an adapter's object."""
    function = shapes.call_method(type(attribute))
    hook = swap.hook_of(function) if type(function) is FunctionType else None
    return hook if type(hook) is AdapterHook else None
