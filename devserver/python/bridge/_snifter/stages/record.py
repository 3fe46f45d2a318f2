"""What is recorded at each stage while the application is served, and how it is sent.

`Recorder` is the tracer of a worker. All of one request is in its `Record`, which is made when a
stage within the outermost one is entered: a request of one stage costs nothing. Events are the
tuples that snifter's package ``devserver/wire`` lists ("Stages"), gathered in a list, and sent as
one frame right before any other frame of their request.

A call that is recorded has `record`, and `index`, that of its pass, from 1.
"""

from __future__ import annotations

import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..exchange import Exchange
    from ..link import Link
    from .calls import Call

# The kinds of events, as package ``devserver/event`` numbers them.
ENTER = 1
INPUT = 2
START_RESPONSE = 3
WRITE = 4
CHUNK = 5
CLOSE = 6
EXIT = 7
EXCEPTION = 8
ENVIRON_CHANGED = 15
SPENT = 16
PAUSED = 17
EDITED = 18


class Record:
    """What was recorded of one request. `exchange.record` is None until there is one."""

    def __init__(self, exchange: Exchange, root: Call) -> None:
        self.exchange = exchange
        #: The outermost call, of index 1.
        self.root = root
        #: Events that are not sent yet.
        self.events: list[tuple[Any, ...]] = []
        #: How many passes there were: the index of the last one.
        self.passes = 1
        self.lock = threading.Lock()

    def send(self) -> None:
        """Send what is unsent. Any thread may call it."""

    def paused(self, call: Call, boundary: int, took: int, stop: int, then: str) -> None:
        """Tell that the call was stopped at a boundary for so many nanoseconds until now, by a
        breakpoint's number or 0, and how it went on. What is spent leaves that time out."""

    def edited(self, call: Call, boundary: int, changes: dict[str, Any]) -> None:
        """Tell what was changed by hand while the call was stopped; the dict is what goes over the
        wire. The environ is not looked at: it is as it should be."""

    def looked(self, call: Call) -> None:
        """Take the environ of a call as it is now for what is known, and tell of no change: it was
        changed by hand."""


class Recorder:
    """The tracer while requests are served."""

    def __init__(self, link: Link) -> None:
        self.link = link

    def record_of(self, exchange: Exchange) -> Record:
        """The exchange's record, made if it has none yet."""
        raise NotImplementedError
