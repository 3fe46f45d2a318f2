"""Exceptions that rise in what a stage has put in the place of start_response, or of what that
returns: a stage within has called it, so that they leave that one first, and all the same it is
not where they rose. They are told of the stage whose code it is before, as what leaves it inwards.
"""

from __future__ import annotations

from ... import tracebacks
from ...clock import monotonic_ns
from .. import ours
from ..events import EXCEPTION
from ..stepping.parking import Answered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .calls import Call

#: So many exceptions of one request are told apart, as those are that leave a stage.
_MOST = 100
#: How many arguments start_response has.
_TAKEN = (2, 3)


def inwards(call: Call, outer: Call | None, error: BaseException, given: Any = None) -> None:
    """An exception has left a function of a stage for the call within which has called that, with
    these arguments where they are seldom ones: start_response raises the exception that it is given
    again, which rose where it was caught. There is no such stage where it has passed what another
    has."""
    record = call.record
    if record is None or type(error) is Answered:
        return
    if given is None:
        given = ()
    elif _is_refused(error, len(given)):
        return
    if any(type(each) is tuple and len(each) > 1 and each[1] is error for each in given):
        return
    errors = record.errors
    if errors is None:
        errors = record.errors = {}
    rose = tracebacks.origin(error.__traceback__)
    known = errors.get(id(error))
    if known is not None and known[2] == rose:
        # It was told of a stage further out, and goes on to where it was called from.
        errors[id(error)] = (known[0], max(known[1], call.index), rose)
        return
    if outer is None or outer.record is not record:
        return
    record.raised += 1
    if record.raised > _MOST:
        return
    errors[id(error)] = (record.raised, call.index, rose)
    record.events.append(
        (
            EXCEPTION,
            outer.index,
            monotonic_ns(),
            "iterate" if outer.spent else "call",
            tracebacks.type_name(type(error)),
            tracebacks.message(error),
            record.raised,
            tracebacks.walk_from(error.__traceback__),
        )
    )


def _is_refused(error: BaseException, given: int) -> bool:
    """Whether a function has not run at all, as it was called with fewer or more arguments than a
    start_response takes: that rose where it was called."""
    if type(error) is not TypeError or given in _TAKEN:
        return False
    tb = error.__traceback__
    while tb is not None and ours.is_ours(tb.tb_frame.f_code):
        tb = tb.tb_next
    return tb is None
