"""The call that a stage is entered from: by the context variable which is set during a call, each
step of its body and its close. Where that is lost (in a thread that a middleware starts), it is the
stage whose start_response was passed in, directly or within a function that closes over it; and
where that is, too, the stage that has started the thread, or waits for it.
"""

from __future__ import annotations

import sys
from types import FunctionType, MethodType

from ...exchange import Exchange
from ...streams import Errors
from .. import context
from . import greenlets, threads, waiting
from .begun import Begun
from .calls import Call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Called by a name of its own, at less expense.
_running = context.running.get

#: Whether a thread has the context of what has started it, which may be that of another request.
_INHERITS = bool(getattr(sys.flags, "thread_inherit_context", False))


def parent_of(begin: Any, environ: dict[str, Any] | None = None) -> Call | None:
    """The call that a stage is entered from: by the context, by its start_response, or by the
    wsgi.errors of its environ."""
    parent = _running()
    if type(begin) is MethodType and begin.__self__ is parent:
        return parent if type(parent) is Call else parent.call()
    if type(parent) is Exchange:
        parent = parent.call()
    owner = owner_of(begin, 0 if parent is not None else 2)
    if owner is not None:
        if parent is None:
            return owner
        if owner is not parent and owner.request is not parent.request:
            # The context is that of another request, or else the start_response.
            return parent if _request_of(environ) is parent.request else owner
        if owner.depth > parent.depth:
            return owner
    elif environ is not None and (parent is None or _INHERITS):
        outermost = _request_of(environ)
        if outermost is not None and (parent is None or parent.request is not outermost):
            owner = None if parent is None else owner_of(begin, 2)
            spawned = owner or greenlets.spawner(context.running, outermost)
            spawned = spawned or threads.starter(outermost)
            return spawned or waiting.waiter(outermost) or outermost
    return parent


def _request_of(environ: dict[str, Any] | None) -> Call | None:
    """The outermost call of the request that an environ is of."""
    errors = dict.get(environ, "wsgi.errors") if isinstance(environ, dict) else None
    return errors.call() if type(errors) is Errors else None


def owner_of(begin: Any, depth: int) -> Call | None:
    """The call whose start_response this is, or (so deep) is closed over by this."""
    if type(begin) is MethodType:
        owner = begin.__self__
        if type(owner) is Call:
            return owner
        return owner.call() if type(owner) is Exchange else None
    if depth and type(begin) is FunctionType:
        for cell in begin.__closure__ or ():
            try:
                found = owner_of(cell.cell_contents, depth - 1)
            except ValueError:
                continue  # an empty cell
            if found is not None:
                return found
    return begin._snifter_call if type(begin) is Begun else None
