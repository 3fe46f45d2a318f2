"""The pass of a call that had none until now: what was known of it by the call."""

from __future__ import annotations

from .passes import CLOSED, EXHAUSTED, KNOWN, OTHER, OVER, PASSED, Nothing, Pass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..running.calls import Call
    from .lint import Checker


class Generated(Pass):
    """That of a stage which has returned a generator of its own."""

    __slots__ = ()

    left = generator = True


class Iterated(Pass):
    """That of one which has returned a body of another class, which has a close()."""

    __slots__ = ()

    left = True


def made(checker: Checker, call: Call, around: Pass) -> Pass:
    if call.body and call.body != PASSED:
        found = _of_body(checker, call, around)
    else:
        found = Pass(checker, call.index, around)
        if call.gave >= 0 and call.index not in dict(checker.passed):
            found.left = found.whole = True
            found.stepwise = False
            found.sent = call.gave
    if call.usual:
        found.started, found.watch = True, bool(found.closes)
        if type(call.due) is Nothing:
            found.allow_nothing(call.due.code)
        else:
            found.length = call.due
    return found


def _of_body(checker: Checker, call: Call, around: Pass) -> Pass:
    kind = Iterated if call.body & OTHER else Generated
    found = kind(checker, call.index, around)
    state = call.body & ~OTHER
    closed = state in {CLOSED, OVER}
    found.unclosed = not closed
    found.exhaust = closed or state == EXHAUSTED
    found.closes = int(closed)
    if call.gave >= 0:
        # One block, and whoever got it had given none.
        found.sent, found.blocks, found.seen = call.gave, 1, 0
    if not closed:
        call.body = KNOWN
    return found
