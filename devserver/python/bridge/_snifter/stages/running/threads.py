"""The stage that has started a thread, or given a pool what a thread of it does.

Where that thread has an environ of the request and no more, neither its context nor its
start_response, this is what tells where its stages were called from.
"""

from __future__ import annotations

import sys
from _thread import get_ident
from types import FunctionType
from weakref import WeakValueDictionary, ref

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
#: What pools of multiprocessing have to do, by the numbers that their threads know it by.
_jobs: WeakValueDictionary[int, Any] = WeakValueDictionary()


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
    found = _work()
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


def _numbered(
    original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    __traceback_hide__ = True
    result = _started(original, args, kwargs)
    job = getattr(args[0], "_job", None)
    if job is not None and id(args[0]) in _starters:
        _jobs[job] = args[0]
    return result


#: What is called by who starts something, by the class of that, which is the first argument.
_STARTS = (
    ("threading", "Thread", "start", _started),
    ("concurrent.futures.thread", "_WorkItem", "__init__", _given),
    ("multiprocessing.pool", "ApplyResult", "__init__", _numbered),
    ("multiprocessing.pool", "IMapIterator", "__init__", _numbered),
)


def _note(started: Any) -> None:
    call, key = context.current(), id(started)
    if call is not None:
        _starters[key] = ref(started, lambda _: _starters.pop(key, None)), ref(call)


def _starter_of(started: Any) -> Call | None:
    found = _starters.get(id(started))
    return None if found is None else found[1]()


def _work() -> Any:
    """What this thread of a pool is about, None if it is of none."""
    futures = sys.modules.get("concurrent.futures.thread")
    pools = sys.modules.get("multiprocessing.pool")
    run = _code(getattr(getattr(futures, "_WorkItem", None), "run", None))
    worker = _code(getattr(pools, "worker", None))
    if run is None and worker is None:
        return None
    frame = sys._getframe()
    for _ in range(_DEEPEST):
        if frame.f_code is run:
            return frame.f_locals.get("self")
        if frame.f_code is worker:
            return _jobs.get(frame.f_locals.get("job"))
        if frame.f_back is None:
            break
        frame = frame.f_back
    return None


def _code(function: Any) -> Any:
    return getattr(function, "__code__", None)
