"""The outermost stage, where requests may stop: the server's boundaries are its own."""

from __future__ import annotations

from ...clock import monotonic_ns
from .. import context, ours
from ..events import EXIT
from ..kinds import ids
from ..relaying.passed import is_passed
from ..running import calls
from . import boundaries, stops

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from ...exchange import Exchange
    from ..recording.record import Record
    from ..running.calls import Call
    from ..running.tracer import Tracer

#: What takes no steps.
_WHOLE = ids(list, tuple, type(None))


class _Silent:
    """The tracer of the outermost stage: its boundaries are the server's, and told by that."""

    def _ignore(self, *args: Any) -> None:
        pass

    enter = start_response = started = write = exit = chunk = close = exception = _ignore


SILENT = _Silent()


def run(
    exchange: Exchange,
    app: Callable[..., Any],
    environ: dict[str, Any],
    start_response: Callable[..., Any],
) -> Any:
    """Call the application as what stops at its boundaries as any stage does."""
    __traceback_hide__ = True
    if exchange.surgery is not None:
        app = exchange.surgery.application(exchange, app, environ)
    call = exchange.call()
    if call is None:
        return app(environ, start_response)
    tracer: Tracer = SILENT
    call._start, call._tracer = start_response, tracer
    token = context.running.set(call)
    call.catching += 1
    try:
        boundaries.enter(call)
        result = app(environ, _start_of(call))
    except BaseException as error:
        if not calls.failed(call, tracer, "call", error):
            raise
        result, answered = None, True
    else:
        answered = False
    finally:
        call.catching -= 1
        context.running.reset(token)
    return leave(call, result, answered)


def _start_of(call: Call) -> Callable[..., Any]:
    """What the outermost stage is given as its start_response: a function, which tells of what
    inner stages pass through it as the server's own does (see `Call.passed_by`)."""
    begin = call.start_response

    def start_response(*args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        try:
            return begin(*args, **kwargs)
        except BaseException:
            ours.unwind()
            raise

    return start_response


def leave(call: Call, result: Any, answered: bool = False) -> Any:
    """The outermost stage has returned, or answers by hand; return what the server iterates."""
    __traceback_hide__ = True
    exchange = call.record.exchange
    if stops.armed or answered:
        call.begun |= exchange.status is not None
        body, exchange.body_by_hand = call.result, True
        if answered:
            result = boundaries.answer(call, SILENT)
        else:
            result = boundaries.leave(call, SILENT, result)
        if is_passed(body, result):
            call.result = body  # what the server gets is that stage's own
    # Else the exchange asks at each step of the body, where there is to be a stop by then (`late`).
    if call.record.following() == 2 and id(type(result)) not in _WHOLE:
        # Whatever is within it is called by its body.
        name = exchange.link.recorder.type_of(result)
        call.record.events.append((EXIT, call.index, monotonic_ns(), name, -1, False))
    return result


def is_it(outer: Any, hook: Any, receiver: Any, environ: Any) -> bool:
    """Whether what is called within the outermost stage is that stage itself, or a method further
    of the same layer."""
    record: Record | None = getattr(outer, "record", None)
    if record is None or outer is not record.root or environ is not outer.environ:
        return False
    exchange = record.exchange
    return exchange.is_outermost(hook, receiver, exchange.environ)
