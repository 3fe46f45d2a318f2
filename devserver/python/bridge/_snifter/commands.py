"""What the server says beside requests: what becomes of those that are open, and of the worker."""

from __future__ import annotations

from marshal import loads

from . import frames

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .exchange import Exchange
    from .link import Link

_u32 = frames.U32.unpack_from


def take(link: Link, kind: int, flags: int, number: int, payload: memoryview) -> None:
    """Take a frame that is no request."""
    if kind == frames.STOP:
        link.stopping = True
        return
    if kind == frames.LOAD:
        link.plan = loads(payload)
        return
    if kind == frames.SURGERY:
        link.surgeries[number] = loads(payload)
        return
    if kind == frames.STOPS:
        from .stages.stepping import stops

        stops.replace(loads(payload))
        if stops.armed and link.recorder is not None:
            from .stages.stepping import late

            link.recorder.name_known()
            late.attend(list(link.open.values()))
        link.put(frames.TAKEN, 0)
        return
    exchange = link.open.get(number)
    if exchange is None:
        return  # it has ended
    if kind == frames.BODY:
        exchange.input.more(bytes(payload), bool(flags & frames.FLAG_END))
    elif kind == frames.BODY_ERROR:
        exchange.input.fail(str(payload, "utf-8", "replace"))
    elif kind == frames.CREDIT:
        exchange.credit += _u32(payload)[0]
    elif kind == frames.GONE:
        exchange.gone = True
        exchange.input.fail("the client has gone")
        if exchange.hand is not None:
            exchange.hand.wake.set()
    elif exchange.hand is not None and kind in (frames.RESUME, frames.STAY):
        exchange.hand.told(loads(payload) if kind == frames.RESUME else None)
    if link.waiting:
        link.wake(number)


def operate(link: Link, exchange: Exchange) -> None:
    """Have a request go as was said of it, if it was."""
    told = link.surgeries.pop(exchange.number, {})
    if told.get("leave"):
        from . import leaving

        leaving.attend(exchange)
    if told.get("enter") or told.get("skip"):
        from .stages.stepping import stops, surgery

        exchange.surgery = surgery.Plan(told)
        stops.hand_of(exchange)
