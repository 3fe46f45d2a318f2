"""Environs that stages have made for those within them, copies of their own as a rule. What a stage
changes in one later, while who was given it runs or is to go on, is told as its doing.

Nothing within has run since it was looked at last, where the stage returns, goes on, or is asked
for more of its body: what is found then is its own.
"""

from __future__ import annotations

from ...clock import monotonic_ns
from ..events import ENVIRON_CHANGED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..running.calls import Call
    from .environ import Seen

#: So many are looked at of those that one stage has made.
_MOST = 20


def note(outer: Call, seen: Seen, index: int) -> None:
    """A stage has given an environ that it has made to the pass of this index."""
    record = outer.record
    if not record.copied:
        record.copied = {}
    made = record.copied.setdefault(outer.index, [])
    if len(made) < _MOST:
        made.append((seen, index))


def look(call: Call) -> None:
    """Tell what a stage has changed in the environs that it has made, of a request that has any."""
    for seen, index in call.record.copied.get(call.index, ()):
        if not seen.is_same():
            change = seen.change()
            if change is not None:
                told = (ENVIRON_CHANGED, call.index, monotonic_ns(), *change, False, index)
                call.record.events.append(told)
            tell_aside(call, seen, monotonic_ns(), index)


def tell_aside(call: Call, seen: Seen, now: int, of: int = 0) -> None:
    """Tell what was found in the environ of a stage, or of one within it, that no stage has changed
    in it just now: others have changed a value that it shares with theirs, which was told of them,
    or have read of a buffer."""
    index = call.index
    for kind, *told in seen.aside():
        if kind == ENVIRON_CHANGED:
            call.record.events.append((kind, of or index, now, *told, of or index))
        else:
            call.record.events.append((kind, index, now, *told))


def look_around(call: Call) -> None:
    """The same of a stage and those around it."""
    outer: Call | None = call
    while outer is not None:
        if outer.record is not None:
            look(outer)
        outer = outer.parent
