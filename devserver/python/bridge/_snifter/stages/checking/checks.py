"""Callables that take an environ and a start_response, as applications do, and only say yes or no,
or nothing at all: a hook that takes note of each request; or give a named tuple.

Nothing tells them before they are called: an application may be written so that it never looks at
its start_response, or returns True or None at times, by mistake. A call is none of a stage where
both is so: the code never looks at start_response, or it is given that among whatever else; and it
has returned a bool, a number or None, and called nothing as start_response. Then it is as if it was
never told that it was entered. What is no body by any mistake needs no look at the code.
"""

from __future__ import annotations

from ..events import CHUNK, ENTER, ENVIRON_CHANGED, GIVEN, INPUT, LEFT
from ..kinds import ids
from ..reading import acts, declines, loose
from ..recording.blocks import NO_BLOCK
from ..recording.record import sending

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from ..recording.record import Record
    from ..running.calls import Call

#: The ids of the classes of what those return, and of what a library's step does.
_ANSWERS = ids(bool, int, type(None))
KINDS = _ANSWERS | ids(dict)
_LISTS = ids(list, tuple)
#: What it may have done, and what is told of it beside that and that it was entered.
_DONE = frozenset((INPUT, ENVIRON_CHANGED))
_OF_ONE = _DONE | {LEFT, CHUNK}
#: What a block may be, if by mistake.
_BLOCKS = ids(bytes, bytearray, memoryview, str)


def is_one(call: Call, result: Any) -> bool:
    """Whether a call that has returned this was none of a stage."""
    if (
        call.environ is None  # as that of a framework's layer is
        or call.parent is None
        or call.lint is not None
        or call.has_started
    ):
        return False
    code = call.hook.code
    if id(type(result)) in _ANSWERS:
        return declines.leaves_start(code) or loose.is_one(code)
    return is_record(result) or is_step(result) and not acts.is_own(code)


def is_record(result: Any) -> bool:
    """Whether this is a named tuple, or the like, and not of bytes alone: nobody returns that as a
    body."""
    kind = type(result)
    if not issubclass(kind, tuple) or kind is tuple or kind.__iter__ is not tuple.__iter__:
        return False
    return any(type(each) is not bytes for each in tuple.__iter__(result))


def is_step(result: Any) -> bool:
    """Whether nobody returns this as a body, but a step on the way to one may."""
    kind = type(result)
    if id(kind) in _LISTS:
        return any(id(type(each)) not in _BLOCKS for each in result)
    return kind is dict


def left(call: Call, result: Any) -> bool:
    """Tell nothing of a call that has returned a list, where it was a library's step: whatever is
    told of it already."""
    if not is_step(result) or not is_one(call, result):
        return False
    record, outer = call.record, call.parent
    if outer.result is not None and outer.result[1] is call:  # type: ignore[union-attr]
        outer.result = None  # type: ignore[union-attr]
    record.block_at, record.newest = -1, NO_BLOCK  # type: ignore[union-attr]
    withdraw(call, record)  # type: ignore[arg-type]
    _forget(call.hook)
    return True


def _forget(hook: Any) -> None:
    """Take what has a hook for a stage no more: it is called again and again."""
    declines.take(hook.code)
    hook.take_off()


def takes_back(call: Call, record: Record, result: Any) -> bool:
    """Tell nothing of a call that has returned this, where it was none of a stage."""
    if not is_one(call, result):
        return False
    if type(result) is dict:
        _forget(call.hook)
    return withdraw(call, record)


def withdraw(call: Call, record: Record) -> bool:
    """Tell nothing of a call that is over, unless it was told already: what it has done is the
    doing of who called it."""
    index, outer = call.index, call.parent
    with sending:
        events = record.events
        at = len(events) - 1
        while at >= 0 and events[at][0] in _OF_ONE and events[at][1] == index:
            at -= 1
        if at < 0 or events[at][0] not in (ENTER, GIVEN) or events[at][1] != index:
            return False
        entered, *done = events[at:]
        events[at:] = [
            (kind, outer.index, *rest)  # type: ignore[union-attr]
            for kind, _, *rest in done
            if kind in _DONE
        ]
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
