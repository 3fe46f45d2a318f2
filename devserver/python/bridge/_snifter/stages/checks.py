"""Callables that take an environ and a start_response, as applications do, and only say yes or no,
or nothing at all: a hook that takes note of each request.

Nothing tells them before they are called: an application may be written so that it never looks at
its start_response, or returns True or None at times, by mistake. A call is none of a stage where
both is so: the code never looks at start_response, or it is given that among whatever else; and it
has returned a bool, a number or None, and called nothing as start_response. Then it is as if it was
never told that it was entered.
"""

from __future__ import annotations

from . import declines, loose
from .events import ENTER, ENVIRON_CHANGED, GIVEN, INPUT
from .kinds import ids
from .record import sending

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from .calls import Call
    from .record import Record

#: The ids of the classes of what those return.
KINDS = ids(bool, int, type(None))


def is_one(call: Call, result: Any) -> bool:
    """Whether a call that has returned this was none of a stage."""
    return (
        id(type(result)) in KINDS
        and call.environ is not None  # as that of a framework's layer is
        and call.parent is not None
        and call.lint is None
        and not call.has_started
        and (declines.leaves_start(call.hook.code) or loose.is_one(call.hook.code))
    )


def takes_back(call: Call, record: Record, result: Any) -> bool:
    """Tell nothing of a call that has returned this, where it was none of a stage."""
    return is_one(call, result) and withdraw(call, record)


def withdraw(call: Call, record: Record) -> bool:
    """Tell nothing of a call that is over, unless it was told already: what it has done is the
    doing of who called it."""
    index, outer = call.index, call.parent
    with sending:
        events = record.events
        at = len(events) - 1
        while at >= 0 and events[at][0] == INPUT and events[at][1] == index:
            at -= 1
        if at < 0 or events[at][0] not in (ENTER, GIVEN) or events[at][1] != index:
            return False
        entered, *reads = events[at:]
        events[at:] = [(INPUT, outer.index, *read[2:]) for read in reads]  # type: ignore[union-attr]
        if entered[0] == GIVEN:
            _, _, now, within, _, key, value = entered
            events.insert(at, (ENVIRON_CHANGED, within, now, {key: value}, {}, [], False))
        _give_back(record, index)
    call.record = call.parent = None
    return True


class _GivenBack:
    """Makes the index of the next pass, where there are some that no pass has any more."""

    __slots__ = ("indexes", "_next", "__self__")

    def __init__(self, following: Callable[[], int]) -> None:
        self.indexes: list[int] = []
        self._next = following
        #: As any method has it, of what knows how many it has.
        self.__self__ = following.__self__  # type: ignore[attr-defined]

    def __call__(self) -> int:
        try:
            return self.indexes.pop()
        except IndexError:
            return self._next()


def _give_back(record: Record, index: int) -> None:
    """Have an index be that of the next pass."""
    index_of = record.index
    if not isinstance(index_of, _GivenBack):
        index_of = record.index = _GivenBack(index_of)
    index_of.indexes.append(index)
