"""The stage that waits for another thread, which has an environ of its request and no more: neither
its context nor its start_response. Or the stage that runs something in a context of its own."""

from __future__ import annotations

import os
import sys
from threading import get_ident
from types import MethodType

from ...streams import running
from ..guard import guarded
from ..ours import is_ours

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Iterator

    from .calls import Call

#: What waits by a lock of these: for a thread, a future, a queue.
_WAITING = tuple(
    os.path.join(os.path.dirname(os.__file__), *parts)
    for parts in (("threading.py",), ("queue.py",), ("concurrent", "futures", ""))
)
_DEEPEST = 1000


@guarded
def waiter(outermost: Call) -> Call | None:
    """The stage of a request that waits in the thread of that, or, in this very thread, the one
    that runs. None if it does not wait: then any stage around the one that runs there may be who
    has started the other thread."""
    for ident, exchange in running.copy().items():
        record = None if exchange is None else exchange.record
        if record is not None and record is outermost.record:
            if ident == get_ident():
                return _innermost(sys._getframe(), outermost)
            # Nothing holds them all: the frame of this thread is one of them.
            frame = sys._current_frames().get(ident)
            if frame is None or not frame.f_code.co_filename.startswith(_WAITING):
                return None
            return _innermost(frame, outermost) or outermost
    return None


def _innermost(frame: FrameType, outermost: Call) -> Call | None:
    from .calls import Call

    for each in _outwards(frame):
        # A stage that waits, or one whose body does, has what it was called with. Of ours it is
        # what has called the stage: what it is called with is of the stage around.
        found = each.f_locals
        values = [found.get("call")] if is_ours(each.f_code) else list(found.values())
        for value in values:
            call = value.__self__ if type(value) is MethodType else value
            if type(call) is Call and call.request is outermost:
                return call
    return None


def _outwards(frame: FrameType | None) -> Iterator[FrameType]:
    for _ in range(_DEEPEST):
        if frame is None:
            return
        yield frame
        frame = frame.f_back
