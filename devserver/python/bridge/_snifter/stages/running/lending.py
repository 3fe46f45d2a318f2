"""Whose time it is that a start_response of one stage takes within another.

As a rule the stage around has made it, and runs still. Where the stage within is a generator, it is
called when that goes on, and who has made it may have returned, and its time be told by then.
"""

from __future__ import annotations

from ...clock import monotonic_ns
from ..checking.passes import OVER, PASSED
from ..events import ELSEWHERE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .calls import Call

_TOLD = (OVER, PASSED)


def lend(call: Call, outer: Call, took: int) -> None:
    """A function of the outer stage has run for so long within the call: it is that one's time."""
    if _is_told(call):
        call.lent += took
    else:
        call.inner += took
    if not _is_told(outer):
        outer.inner -= took
    elif outer.record is call.record:
        # What it has called itself was lent by then.
        took, outer.lent = max(took - outer.lent, 0), 0
        outer.record.events.append((ELSEWHERE, outer.index, monotonic_ns(), call.index, took))


def _is_told(call: Call) -> bool:
    """Whether the time of a stage is told, or is about to be: it has returned what is no body of
    its own, or that is closed."""
    record = call.record
    if not call.spent or call.index == 1 or record is None:
        return False
    return call.body in _TOLD or not any(each is call for each in record.open)
