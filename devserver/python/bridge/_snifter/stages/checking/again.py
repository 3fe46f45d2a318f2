"""Who has called start_response once too often, where that is not the stage that it was given to: a
stage within has called that of another, beside its own."""

from __future__ import annotations

import sys

from .. import ours
from ..context import current

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

    from ..running.calls import Call
    from .heads import Head
    from .lint import Checker


def caller(checker: Checker, made: Head) -> Head:
    """The pass of whoever is to blame for the second call of a stage's start_response, which is
    being made, or is passed on by it."""
    call = _running(checker)
    if call is None or call.index <= made.index:
        return made
    from ..running.calls import Call

    given, by = _called()
    if given is None or type(given) is Call and given.index != made.index:
        # The stage within has called its own. The first call was another's, unless it was made
        # while that runs.
        return checker.of(call) if checker.exchange.started >= call.began else made
    starts = Call.start_response.__code__, Call._start_unusually.__code__
    # What was called as start_response itself is a function that the stage has made.
    return made if by is not None and by.f_code in starts else checker.of(call)


def _running(checker: Checker) -> Call | None:
    """The innermost call of a WSGI stage that runs now, of this request."""
    call = current()
    while call is not None and call.environ is None:
        call = call.parent
    if call is None or call.record is None or call.record.lint is not checker:
        return None
    return call


def _called() -> tuple[object, FrameType | None]:
    """Whose start_response is called; and the frame of ours that has called what calls it."""
    last: FrameType = sys._getframe()
    frame: FrameType | None = last
    while frame is not None and ours.is_bridge(frame.f_code):
        last, frame = frame, frame.f_back
    while frame is not None and not ours.is_bridge(frame.f_code):
        frame = frame.f_back
    given = last.f_locals.get("self")
    return getattr(given, "_snifter_call", given), frame  # what stands for that of a call
