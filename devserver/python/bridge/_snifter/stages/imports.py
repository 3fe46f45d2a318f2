"""Modules that a request imports: the stages in them are hooked before that request reaches them.

What ends each import (importlib's _find_and_load) looks at the modules that were added. What else
there is, such as what they have made of others, is found at the end of the request.
"""

from __future__ import annotations

import importlib
import sys
from threading import get_ident
from types import FunctionType, ModuleType

from . import calls, hide, swap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

_MOST_MODULES = 50


def watch(found: Callable[[list[ModuleType]], None]) -> None:
    """Have a function called with the modules that requests import."""
    importing: set[int] = set()

    def imported(
        original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        __traceback_hide__ = True
        thread = get_ident()
        # What a module imports itself is looked at with it.
        watched = thread not in importing and calls._current.get() is not None
        before = set(sys.modules) if watched and args[0] not in sys.modules else None
        if before is not None:
            importing.add(thread)
        try:
            module = original(*args, **kwargs)
        finally:
            if before is not None:
                importing.discard(thread)
        if before is None:
            return module
        added = [sys.modules.get(name) for name in set(sys.modules) - before]
        if len(added) <= _MOST_MODULES:
            calls.tell(found, [each for each in added if type(each) is ModuleType])
        return module

    function = getattr(importlib._bootstrap, "_find_and_load", None)  # type: ignore[attr-defined]
    if type(function) is FunctionType:
        # As importlib's own, whose frames warnings and tracebacks pass over.
        file = swap.original_code(function).co_filename
        imported.__code__ = imported.__code__.replace(co_filename=file)
        hide.also(imported.__code__)
        swap.install(function, imported)
