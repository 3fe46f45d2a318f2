"""A client that goes as soon as it has the first bytes of the body.

The application is left there: a short body would else be out before anybody knew. Whoever iterates
it is to call its close() all the same (PEP 3333, "Specification Details").
"""

from __future__ import annotations

from functools import partial

from .clock import monotonic_ns
from .frames import FLAG_WRITE
from .response import ClientGone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .exchange import Exchange


def attend(exchange: Exchange) -> None:
    """Have a request that is about to be run wait for that, and go no further."""
    exchange._block = partial(_first, exchange)  # type: ignore[method-assign]


def _first(exchange: Exchange, block: bytes, flags: int) -> None:
    del exchange._block
    exchange._block(block, flags)
    if exchange._is_bodiless() or exchange.length == 0:
        return  # nobody gets any
    since = monotonic_ns()
    exchange.link.wait(exchange.number, lambda: exchange.gone)
    exchange.waited += monotonic_ns() - since
    if not flags & FLAG_WRITE:
        raise ClientGone("the client has gone")
