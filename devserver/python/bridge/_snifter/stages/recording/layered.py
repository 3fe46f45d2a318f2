"""What happens at the boundaries of frameworks' layers, as the recorder tells it."""

from __future__ import annotations

from ...clock import monotonic_ns
from ..events import LAYER_LEFT, LEFT
from ..frameworks import contents
from .record import changed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from ..kinds import ByClass
    from ..running.calls import Call

#: The head that was told last.
_AGAIN: tuple[None, tuple[()]] = (None, ())
#: Whose layers have nothing of a response where they return nothing, and were given none.
_SILENT = ("django", "flask")


class Layered:
    """A base of the recorder."""

    #: The names of types that stages have returned.
    _types: ByClass
    _type: Callable[[type], str]

    def layer_left(self, call: Call, result: Any) -> None:
        """A layer has returned, of whose call is told."""
        record: Any = call.record
        now = monotonic_ns()
        call.spent = spent = call.spent + now - call.began
        seen = call.seen
        if seen.number.value != seen.known and (seen.known or not seen.is_same()):
            changed(call, seen, now)  # as in LayerHook
        index, events, note = call.index, record.events, call.note
        if result is None and note is None and call.stage.kind in _SILENT:
            events.append((LEFT, index, now, "NoneType", -1, spent, call.inner))
            known = record.contents
            if known and index in known:
                # What a layer within it has made of the body stands.
                known[call.parent.index] = known.pop(index)  # type: ignore[union-attr]
            return
        kept = record.kept
        response = note[0] if result is None and note else result
        if kept is None or kept.response is not response or (found := kept.found()) is None:
            found, content = call.hook.left(call, result, response)
        else:
            content = kept.content
        kind = type(result)
        name = "NoneType" if result is None else self._types.get(id(kind)) or self._type(kind)
        event: tuple[Any, ...] = (LAYER_LEFT, index, now, name, spent, call.inner)
        if found is not None:
            last = record.told
            before = note and note[1] or None
            known = before or last
            kept = record.kept
            if found is known:
                event += _AGAIN
            elif kept is not None and kept.head is found and kept.of is known is not None:
                event += (None, kept.more)
            else:
                event += found
            if before:
                event += _AGAIN if before is last else before
            record.told = found
        events.append(event)
        if content is not None or record.contents:
            contents.stands(call, content, now)
        if note:
            call.note = None
