"""Modules that a request imports, or runs anew: the stages in them are hooked before that request
reaches them.

What ends each import (importlib's _find_and_load) looks at the modules that were added, what runs
the code of one (a loader's exec_module) at those that are reloaded, or made without an import. What
else there is, such as what they have made of others, is found at the end of the request.
"""

from __future__ import annotations

import importlib
import sys
from threading import get_ident
from types import FunctionType, ModuleType

from .. import ours
from ..context import running
from ..failures import tell
from ..hooking import swap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterator

_MOST_MODULES = 50


def watch(found: Callable[[list[ModuleType]], Any]) -> Callable[[], None]:
    """Have a function called with the modules that requests import, until what is returned is
    called."""
    importing: set[int] = set()

    def imported(
        original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        __traceback_hide__ = True
        thread = get_ident()
        # What a module imports itself is looked at with it.
        watched = thread not in importing and running.get() is not None
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
            tell(found, [each for each in added if type(each) is ModuleType])
        return module

    def executed(
        original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        __traceback_hide__ = True
        result = original(*args, **kwargs)
        module = args[-1]
        watched = get_ident() not in importing and running.get() is not None
        if watched and issubclass(type(module), ModuleType):  # a lazy one has another type yet
            tell(found, [module])
        return result

    bootstrap, external = importlib._bootstrap, importlib._bootstrap_external  # type: ignore[attr-defined]
    loaders = getattr(external, "_LoaderBasics", None)
    hooked = [
        *_install(getattr(bootstrap, "_find_and_load", None), imported),
        *_install(getattr(loaders, "exec_module", None), executed),
    ]

    def end() -> None:
        for function in hooked:
            swap.remove(function)

    return end


def _install(function: Any, hook: Any) -> Iterator[FunctionType]:
    """Hook a function of importlib's, if there is one, and give it."""
    if type(function) is FunctionType:
        # As importlib's own, whose frames warnings and tracebacks pass over.
        file = swap.original_code(function).co_filename
        hook.__code__ = hook.__code__.replace(co_filename=file)
        ours.add(hook.__code__)
        if swap.install(function, hook):
            yield function
