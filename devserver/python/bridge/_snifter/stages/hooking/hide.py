"""Keeping our own frames out of what applications see of their stack, and of the tracebacks that
they print, and our own codes out of what they pickle.

Each swapped function has two frames more. What walks a stack by a function of the standard library
passes over them, and so do tracebacks, where an exception has not lost them by then (`ours`). Those
who walk by themselves (the error pages of Django and werkzeug, pytest) know the variable
__traceback_hide__, which every such frame has.

What such a function calls of ours is nothing that a debugger stops in, or that a profiler lists.
"""

from __future__ import annotations

import functools
import inspect
import sys
from types import CodeType, FunctionType, MethodType

from ...sources import held
from ..ours import is_ours
from . import callers, debugged, swap, warned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterator

    Args = tuple[Any, ...]


def install() -> None:
    """Have the standard library pass over our frames. More than once does no harm."""
    for function, hook in _functions():
        swap.install(function, hook, always=True)
    warned.install()


def remove() -> None:
    for function, _ in _functions():
        swap.remove(function)
    warned.remove()


def _functions() -> Iterator[tuple[FunctionType, Callable[..., Any]]]:
    """What walks or pickles, each with its hook."""
    for module, name, hook in (
        ("traceback", "walk_tb", _walk),
        ("traceback", "_walk_tb_with_full_positions", _walk),
        ("traceback", "walk_stack", _walk_stack),
        ("inspect", "getouterframes", _listed),
        ("inspect", "getinnerframes", _listed),
        *((("inspect", "isgeneratorfunction", _generates),) * (not swap.IS_FLAGGED)),
        # What finds the caller that a record of a log is of, from Python 3.11 on.
        ("logging", "_is_internal_frame", _is_internal),
        *((("logging", "Logger.findCaller", callers.found),) * (sys.version_info < (3, 11))),
        ("bdb", "Bdb.trace_dispatch", debugged.dispatched),
        ("bdb", "Bdb.get_stack", debugged.stacked),
        ("bdb", "Bdb._set_stopinfo", debugged.stopping),
        ("bdb", "Bdb._set_caller_tracefunc", debugged.returning),
        # Where a function begins that is broken at, from Python 3.13 on.
        ("pdb", "find_first_executable_line", _as_written),
        ("pdb", "Pdb.__init__", debugged.made),
        ("pdb", "Pdb.interaction", debugged.interacting),
        ("cProfile", "Profile.snapshot_stats", debugged.counted),
        # What pickles a function with its code, for another process.
        ("cloudpickle.cloudpickle", "_code_reduce", _as_written),
        ("dill._dill", "save_code", _as_written),
    ):
        first, *others = name.split(".")
        function: Any = held(sys.modules.get(module), first)
        for other in others:
            function = getattr(function, other, None)
        if type(function) is FunctionType:
            yield function, hook


def _walk(
    original: Callable[..., Iterator[Any]], args: Args, kwargs: dict[str, Any]
) -> Iterator[Any]:
    for entry in original(*args, **kwargs):
        if not is_ours(entry[0].f_code):
            yield entry


def _walk_stack(
    original: Callable[..., Iterator[Any]], args: Args, kwargs: dict[str, Any]
) -> Iterator[Any]:
    entries = original(*args, **kwargs)
    if None in (*args, *kwargs.values()) and inspect.isgeneratorfunction(original):
        # It counts its frames from where it runs, in which two more are of ours.
        for _ in range(2):
            next(entries, None)
    for entry in entries:
        if not is_ours(entry[0].f_code):
            yield entry


def _listed(
    original: Callable[..., list[Any]], args: Args, kwargs: dict[str, Any]
) -> list[Any]:
    return [found for found in original(*args, **kwargs) if not is_ours(found[0].f_code)]


def _generates(original: Callable[..., bool], args: Args, kwargs: dict[str, Any]) -> bool:
    """Whether a function is a generator function, of which before Python 3.11 the flag of its code
    can't tell that has a hook: it makes what is relayed."""
    if original(*args, **kwargs):
        return True
    function = args[0] if args else kwargs.get("obj", kwargs.get("object"))
    while True:
        if isinstance(function, MethodType):
            function = function.__func__
        elif isinstance(function, functools.partial):
            function = function.func
        else:
            break
    return isinstance(function, FunctionType) and bool(
        swap.original_code(function).co_flags & inspect.CO_GENERATOR
    )


def _as_written(original: Callable[..., Any], args: Args, kwargs: dict[str, Any]) -> Any:
    written = (swap.unswapped(each) if type(each) is CodeType else each for each in args)
    return original(*written, **kwargs)


def _is_internal(original: Callable[..., bool], args: Args, kwargs: dict[str, Any]) -> bool:
    return is_ours(args[0].f_code) or original(*args, **kwargs)
