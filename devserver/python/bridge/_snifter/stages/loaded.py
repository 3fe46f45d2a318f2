"""All that is loaded, as the garbage collector knows it.

A tuple that C code is about to fill must be held by nobody else: it could not be brought to its
length ("bad argument to internal function"), nor could a frozenset be added to. Another thread may
be about one at any time. So both are left out where there are other threads, and that before those
run again: within one call, in which nothing of Python's is run.
"""

from __future__ import annotations

import gc
import sys
from collections import deque
from functools import partial
from itertools import chain, compress, repeat
from operator import is_not, methodcaller, setitem
from types import FunctionType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_COUNTS_REFERENCES = sys.implementation.name == "cpython"
_ALL = slice(None)
_call = methodcaller("__call__")
#: The bases of a class, whatever its metaclass says of them.
_mro = type.__dict__["__mro__"].__get__


def objects() -> list[Any]:
    """All objects; but for some tuples and frozensets, as they may be none yet."""
    if not _COUNTS_REFERENCES or len(sys._current_frames()) == 1:
        return gc.get_objects()
    values: list[Any] = []
    steps = [
        partial(values.extend, chain.from_iterable(map(gc.get_objects, (None,)))),
        _without(values, tuple),
        _without(values, frozenset),
    ]
    enabled = gc.isenabled()
    gc.disable()  # it would run finalizers
    try:
        deque(map(_call, steps), 0)
    finally:
        if enabled:
            gc.enable()
    found = values[:]
    values.clear()  # it holds itself: all that there is would live on until the next collection
    return found


def functions_and_classes() -> tuple[list[FunctionType], list[type]]:
    """What code is in, of all objects.

    Another thread's collection may be taking garbage apart, which lets others run in between. What
    is left of a function then has no globals, and before Python 3.11 ends the process where it is
    asked for its code or its name; what is left of a class has no bases.
    """
    functions: list[FunctionType] = []
    classes: list[type] = []
    for value in objects():
        if type(value) is FunctionType:
            if value.__globals__ is not None:
                functions.append(value)
        elif issubclass(type(value), type) and _mro(value) is not None:
            classes.append(value)
    return functions, classes


def _without(values: list[Any], kind: type) -> Any:
    """What takes those of a type out of a list, once it is called."""
    return partial(
        setitem, values, _ALL, compress(values, map(is_not, map(type, values), repeat(kind)))
    )
