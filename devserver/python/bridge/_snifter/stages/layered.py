"""What happens at the boundaries of frameworks' layers, as the recorder tells it."""

from __future__ import annotations

from time import monotonic_ns

from . import contents
from .record import ENTER, EXIT, LEFT, MOST_PASSES, SPENT, changed
from .responses import given, head

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from .calls import Call
    from .kinds import ByClass
    from .layerhooks import LayerHook
    from .names import Stage

_new = object.__new__
#: Whose layers have nothing of a response where they return nothing, and were given none.
_SILENT = ("django", "flask")


class Layered:
    """A base of the recorder."""

    #: The class of calls.
    _call: Any
    #: The number by which the server knows a stage.
    number: Callable[[Stage], int]
    #: The names of types that stages have returned.
    _types: ByClass
    _type: Callable[[type], str]

    def layer(
        self, stage: Stage, parent: Call, receiver: Any, hook: LayerHook, args: tuple[Any, ...]
    ) -> Call:
        """The call of a layer that is about to run with these, of which is told."""
        call: Call = _new(self._call)
        call.stage, call.parent, call.environ = stage, parent, None
        call.receiver, call.hook = receiver, hook
        call._start, call._tracer = None, self
        call.note = args
        record = parent.record
        if record is None or record.over:
            return call
        index = record.index()
        if index > MOST_PASSES:
            record.passes_untold += 1
            return call
        now = monotonic_ns()
        seen = parent.seen
        if seen.number.value != seen.known and not seen.is_same():
            changed(parent, seen, now)
        call.seen, call.index, call.record = seen, index, record
        record.events.append(
            (ENTER, index, now, parent.index, stage.number or self.number(stage), False)
        )
        if hook.is_given:
            call.note = given(call)
            now = monotonic_ns()
        else:
            call.note = None
        call.began = now
        return call

    def layer_left(self, call: Call, result: Any) -> None:
        """A layer has returned."""
        record = call.record
        if record is None:
            return
        now = monotonic_ns()
        took = now - call.began
        call.spent = spent = call.spent + took
        call.parent.inner += took  # type: ignore[union-attr]
        seen = call.seen
        if seen.number.value != seen.known and not seen.is_same():
            changed(call, seen, now)
        index, events, own = call.index, record.events, spent - call.inner
        kind = type(result)
        name = self._types.get(id(kind)) or self._type(kind)
        note = call.note
        if result is None and note is None and call.stage.kind in _SILENT:
            events.append((LEFT, index, now, name, -1, spent, own))
            if record.contents is not None:
                contents.gave(call, result, now)
            return
        found = head(call, result)
        if found is None:
            events.append((EXIT, index, now, name, -1, False))
        elif note and note[1]:
            events.append((EXIT, index, now, name, -1, False, *found, *note[1]))
        else:
            events.append((EXIT, index, now, name, -1, False, *found))
        contents.gave(call, result, now)
        call.note = None
        events.append((SPENT, index, now, spent, own))
