"""The stage that a greenlet was made in: it begins with a context of its own, where nothing is set.

A greenlet of package greenlet runs when its parent switches to it, one of gevent's when its hub
does; that one knows who has spawned it, and waits for it as a rule.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from contextvars import ContextVar
    from typing import Any

    from .calls import Call

_DEEPEST = 20


def spawner(current: ContextVar[Any], outermost: Call) -> Call | None:
    """The stage of a request that this greenlet was made in, None where that is not known."""
    package = sys.modules.get("greenlet")
    if package is None:
        return None
    one = package.getcurrent()
    for _ in range(_DEEPEST):
        spawning = getattr(one, "spawning_greenlet", None)
        one = (spawning() if callable(spawning) else None) or one.parent
        if one is None:
            break
        context = getattr(one, "gr_context", None)
        call = None if context is None else context.get(current)
        if call is not None:
            # It may have gone on to another request.
            return call if getattr(call, "request", None) is outermost else None
    return None
