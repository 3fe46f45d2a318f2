"""The stage that has started a thread, or given a pool what a thread of it does.

Where that thread has an environ of the request and no more, neither its context nor its
start_response, this is what tells where its stages were called from.
"""

from __future__ import annotations

import sys
from _thread import get_ident
from types import FunctionType
from weakref import ref

from .. import context
from ..failures import tell
from ..guard import guarded
from ..hooking import swap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from .calls import Call

_DEEPEST = 1000

#: The stages by the ids of what they have started, with that. Neither is kept by it.
_starters: dict[int, tuple[ref[Any], ref[Call]]] = {}


def look() -> None:
    """Have it noted who starts what, where the modules for that are loaded."""
    for module, kind, name, hook in _STARTS:
        function = getattr(getattr(sys.modules.get(module), kind, None), name, None)
        if type(function) is FunctionType:
            swap.install(function, hook)


@guarded
def starter(outermost: Call) -> Call | None:
    """The stage of a request that has started what runs in this thread, None if that is unknown or
    was of another request."""
    pools = sys.modules.get("concurrent.futures.thread")
    found = _work(pools) if pools is not None else None
    if found is None:
        threading = sys.modules.get("threading")
        # Without making an object for a thread that has none.
        found = getattr(threading, "_active", {}).get(get_ident())
    call = _starter_of(found)
    return call if call is not None and call.request is outermost else None


def _started(
    original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    __traceback_hide__ = True
    if context.running.get() is not None:
        tell(_note, args[0])
    return original(*args, **kwargs)


def _given(original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    __traceback_hide__ = True
    result = _started(original, args, kwargs)
    if sys.gettrace() is not None:
        from ..finding import learn

        tell(learn.follow, args[0])
    return result


#: What is called by who starts something, by the class of that, which is the first argument.
_STARTS = (
    ("threading", "Thread", "start", _started),
    ("concurrent.futures.thread", "_WorkItem", "__init__", _given),
)


def _note(started: Any) -> None:
    call, key = context.current(), id(started)
    if call is not None:
        _starters[key] = ref(started, lambda _: _starters.pop(key, None)), ref(call)


def _starter_of(started: Any) -> Call | None:
    found = _starters.get(id(started))
    return None if found is None else found[1]()


def _work(pools: Any) -> Any:
    """What this thread of a pool is about, None if it is of none."""
    run = getattr(getattr(pools, "_WorkItem", None), "run", None)
    code = getattr(run, "__code__", None)
    frame = sys._getframe()
    for _ in range(_DEEPEST):
        if frame.f_code is code:
            return frame.f_locals.get("self")
        if frame.f_back is None:
            break
        frame = frame.f_back
    return None
