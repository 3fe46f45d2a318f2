"""A stage that has returned goes on: for a step of its body, or its close."""

from __future__ import annotations

from contextvars import Token

from ...clock import monotonic_ns
from .. import context, failures
from ..checking.passes import EXHAUSTED, MADE, OTHER, PASSED
from ..running import calls, collecting
from ..stepping import boundaries
from ..stepping.stops import armed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..running.calls import Call
    from ..running.tracer import Tracer

# Called by names of their own, at less expense.
_run = context.running.set
_back = context.running.reset
_collects = collecting.thread
_MISSING = Token.MISSING
_MADE = frozenset((MADE, MADE | OTHER))


def begin(call: Call) -> Any:
    """The call goes on, for a step of its body or its close; return what `end` takes."""
    call.began = monotonic_ns()
    if _collects and collecting.here():
        return None
    return _run(call)


def end(call: Call, token: Any) -> None:
    """The call has come to its next end. Its time is within that of whoever runs around it."""
    took = monotonic_ns() - call.began
    call.spent += took
    if token is not None:
        if token.old_value is not call.parent:
            elsewhere(call, token.old_value, took)
        _back(token)


def elsewhere(call: Call, outer: Any, took: int) -> None:
    """Another than the stage around has had the call go on: the time is within that one's. Who does
    so in a thread that runs none is taken for the one that has got the body."""
    record, parent = call.record, call.parent
    if outer is None or outer is _MISSING:
        outer = parent
        while outer is not None and outer.body == PASSED:
            outer = outer.parent
    if outer is parent:
        return
    if record is None:
        outer.inner += took
    elif outer is not record.exchange or parent is not record.root:
        outer.inner += took
        known = record.elsewhere
        if known is None:
            record.elsewhere = {call.index: took}
        else:
            known[call.index] = known.get(call.index, 0) + took


def runner(call: Call) -> Any:
    """What runs around a call as a rule: the stage around, or the exchange in the place of the
    outermost."""
    record, outer = call.record, call.parent
    return record.exchange if record is not None and outer is record.root else outer


def exhausted(call: Call) -> None:
    """The body has run to its end."""
    lint = call.lint
    if lint is None:
        if call.body in _MADE:
            call.body += EXHAUSTED - MADE
        elif call.body:
            failures.tell(_exhausted, call)
    elif lint.watch:
        failures.tell(lint.exhausted)
    else:
        lint.exhaust = True  # as that does


def _exhausted(call: Call) -> None:
    call.record.lint.of(call).exhausted()


def shut(call: Call, tracer: Tracer, close: Any, runs: bool = False) -> Any:
    """Close a body in the stage's own context. While it runs, the time is told as it returns."""
    __traceback_hide__ = True
    try:
        tracer.close(call)
    except Exception as error:
        failures.failing(tracer.close, error)
    token = _run(call) if runs else begin(call)
    try:
        if armed:
            try:
                boundaries.close_all(call)
            except BaseException:  # raised by hand: what is held is let go of all the same
                close()
                raise
        return close()
    except BaseException as error:
        calls.failed(call, tracer, "close", error)
        raise
    finally:
        if runs:
            _back(token)
        else:
            end(call, token)
