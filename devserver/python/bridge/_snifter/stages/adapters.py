"""Stages whose function is not simply called with an environ and a start_response in its first
places, or is not what the stage is named after."""

from __future__ import annotations

import sys
from types import CodeType, FunctionType, MethodType

from . import names, shapes, swap
from .hooks import StageHook
from .names import Stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

#: Classes of libraries that make an application of any function, with the attribute that has it.
_ADAPTERS = (("webob.dec", "wsgify", "func"),)


class AdapterHook(StageHook):
    """The __call__ of a class that adapts functions: each is a stage by the function's name."""

    __slots__ = ("_attribute", "_adapted")

    def __init__(self, function: FunctionType, attribute: str) -> None:
        super().__init__(
            function.__code__, function.__qualname__, function.__module__ or "", function
        )
        self._attribute = attribute
        #: By the function and its object's class. Nothing is ever in what the base class has.
        self._adapted: dict[Any, Stage] = {}

    def stage_of(self, receiver: Any) -> Stage:
        adapted = vars(receiver).get(self._attribute) if receiver is not None else None
        if adapted is None:
            return self._named(None if receiver is None else type(receiver))
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
        return list(self._adapted.values())


def look() -> int:
    """Hook the adapters that are loaded, and return how many were not before."""
    found = 0
    for module, name, attribute in _ADAPTERS:
        kind = getattr(sys.modules.get(module), name, None)
        function = getattr(kind, "__dict__", {}).get("__call__")
        if type(function) is FunctionType and swap.hook_of(function) is None:
            found += swap.install(function, AdapterHook(function, attribute))
    if found:
        shapes.is_application_type.cache_clear()
    return found


class KeywordHook(StageHook):
    """A function that takes the two by keyword alone."""

    __slots__ = ("_environ", "_start")

    def __init__(
        self, code: CodeType, qualname: str, module: str, function: FunctionType | None = None
    ) -> None:
        super().__init__(code, qualname, module, function)
        self._environ, self._start = by_keyword(code) or ("", "")

    def __call__(
        self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        __traceback_hide__ = True

        def by_place(environ: Any, start_response: Any) -> Any:
            __traceback_hide__ = True
            return original(
                *args, **{**kwargs, self._environ: environ, self._start: start_response}
            )

        by_place.__name__ = original.__name__
        return super().__call__(by_place, (kwargs[self._environ], kwargs[self._start]), {})


def by_keyword(code: CodeType) -> tuple[str, str] | None:
    """The names of an environ and a start_response that a code takes by keyword alone."""
    if code.co_kwonlyargcount < 2:
        return None
    count = code.co_argcount
    names = code.co_varnames[count : count + code.co_kwonlyargcount]
    environ = next((name for name in names if shapes.is_environ_name(name)), None)
    start = next((name for name in names if shapes.is_start_name(name)), None)
    return None if environ is None or start is None else (environ, start)
