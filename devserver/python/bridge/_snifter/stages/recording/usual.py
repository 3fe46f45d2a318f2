"""What happens at most boundaries, told at less expense: the short ways of the recorder.

Each does what the recorder's method of its boundary does together with what others do there, as far
as that comes up where nothing is odd; and leaves the rest to them.
"""

from __future__ import annotations

from marshal import dumps
from operator import attrgetter, is_

from ...clock import monotonic_ns
from ..checking.lint import EXTENSIONS
from ..checking.passes import CLOSED, MADE, OTHER, OVER, PASSED, UNSAID, Nothing
from ..checking.right import FORM, WHOLE
from ..events import CHUNK, CLOSE, ENVIRON_CHANGED, EXIT, LEFT, MORE, SHUT, START_RESPONSE
from . import copied
from .blocks import NO_BLOCK
from .record import changed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from ..kinds import ByClass
    from ..running.calls import Call
    from .environ import Seen
    from .record import Record

_index = attrgetter("index")
_MADE = frozenset((MADE, MADE | OTHER))


class Usual:
    """The base of the recorder."""

    #: The names of types that stages have returned.
    _types: ByClass
    _type: Callable[[type], str]

    def given(self, parent: Call, seen: Seen, before: dict[str, Any], change: Any) -> None:
        """A stage gives an environ to the next that it has changed otherwise than `GIVEN` tells, or
        has set what was in it: this is what `Seen.one` or `Seen.step` has told."""
        record = parent.record
        if change is not None:
            if len(change) == 2:
                change = seen.in_full(*change)
            new, objects, gone = change
            record.events.append(
                (ENVIRON_CHANGED, parent.index, monotonic_ns(), new, objects, gone, False)
            )
        if (held := seen.containers) is not None and held.aside:
            copied.tell_aside(parent, seen, monotonic_ns())
        keys, fewer = seen.fresh
        if fewer or len(keys) != 1 or keys[0] not in EXTENSIONS:
            record.lint.given(parent, before, seen.items, keys, fewer)

    def started(  # noqa: PLR0917 (as `Call`)
        self, call: Call, status: Any, headers: list[Any], given: list[Any], through: Any, now: int
    ) -> None:
        """`start_response` of a call that is recorded, as it is called by far the most: with two
        arguments, the second of them a list, of which this is a copy, or with None as exc_info; and
        `lint.started` where the headers are right and nothing is known of the call yet."""
        record = call.record
        lint = record.lint
        good = lint.good
        found = None
        if not good:
            try:
                found = WHOLE.get(dumps((status, given), FORM))
            except ValueError:
                pass  # of which there is something to say
        if found is not None:
            # As `is_right` finds at once, of the innermost stage's as a rule.
            lint.code, lint.length, lint.typed, lint.usual = found
            lint.status, lint.more, lint.good = status, None, given
            event: tuple[Any, ...] = (START_RESPONSE, call.index, now, status, given, False)
            record.head = given
        elif (
            good
            and good is record.head
            and status is lint.status
            and len(given) == len(good)
            and all(map(is_, good, given))
        ):
            # As the stage within gave them.
            lint.good = record.head = given
            event = (MORE, call.index, now, status, [])
        elif lint.is_right(status, headers, given):
            if good is record.head and lint.more is not None:
                event = (MORE, call.index, now, status, lint.more)
            else:
                event = (START_RESPONSE, call.index, now, status, given, False)
            record.head = lint.good
        else:
            event = (START_RESPONSE, call.index, now, status, given, False)
            record.head = None
        if through:
            event += ([*map(_index, through)],)
        record.events.append(event)
        if call.due is not UNSAID or call.lint is not None or lint.over or record.head is None:
            lint.started(call, (status, headers), {}, through)
            return
        call.due = lint.length
        if not lint.usual:
            lint.unusual(call)
        if lint.listed is not headers:
            lint.listed, lint.lister = headers, call.index
        if through:
            self._passed(call, status, headers, through)

    def _passed(self, call: Call, status: Any, headers: list[Any], through: list[Call]) -> None:
        """What a call has given to start_response has passed through these around it."""
        due = call.due
        for outer in through:
            made = outer.lint
            if made is None:
                if outer.due is UNSAID:
                    outer.due = due
                    continue
            elif not (made.started or made.blocks or made.closes or type(due) is Nothing):
                # As Pass.passed_on does; most are generators that have begun.
                made.started, made.length, made.watch = True, due, False
                continue
            if outer.record is not None:
                lint = call.record.lint
                lint.of(outer).passed_on(lint.of(call), (status, headers), {})

    def left(self, call: Call, result: Any, name: str | None = None) -> None:
        """A WSGI stage has returned a list, or else a tuple, which is named: what exit,
        bodies.relay and chunk are together, at less expense."""
        record = call.record
        passed = call.result
        parent = call.parent
        call.result = None
        if record is None:
            if parent is not None:
                own = passed is None or passed[0] is not result or passed[2] != result
                parent.result = (result, call, result[:]) if own else passed
            return
        now = monotonic_ns()
        seen = call.seen
        if seen.number.value != seen.known and not seen.is_same():
            changed(call, seen, now)
        taken = call.taken
        if taken is not None and taken[0] != taken[1]:
            record.lint.look_at_taken(call)
        if passed is None or passed[0] is not result or passed[2] != result:
            if not parent.body:  # type: ignore[union-attr]
                parent.result = (result, call, result[:])  # type: ignore[union-attr]
            events, index = record.events, call.index
            events.append((LEFT, index, now, name, -1, now - call.began, call.inner))
            if len(result) != 1 or record.full:
                self._gave(record, call, result, now)
                return
            # And as `lint.left` finds, where there is nothing to say.
            [block] = result
            record.block_at = -1 if record.block_at else len(events)
            events.append((CHUNK, index, now, block))
            if type(block) is bytes:
                record.newest, record.newest_of = block, index
                if call.lint is None:
                    due, size, exchange = call.due, len(block), record.exchange
                    if (due is None or due == size) and exchange.given_headers == exchange.headers:
                        call.gave = size
                        return
            else:
                record.newest = NO_BLOCK
            record.lint.left(call, None, result)
            return
        parent.result = passed  # type: ignore[union-attr]
        inner = passed[1]
        index = call.index
        lint = record.lint
        if inner.record is not record:
            record.events.append((LEFT, index, now, name, -1, now - call.began, call.inner))
            lint.left(call, None, ())
            return
        record.events.append((LEFT, index, now, name, inner.index, now - call.began, call.inner))
        exchange = record.exchange
        if (
            lint.passes
            or call.due is not None
            and call.due != inner.gave
            or exchange.given_headers != exchange.headers
        ):
            lint.left(call, inner, ())
            return
        # What was right where it was made, and was passed on, needs no look.
        call.gave = inner.gave
        lint.passed.append((index, inner))

    def _gave(self, record: Record, call: Call, blocks: Any, now: int) -> None:
        """These blocks are a stage's own: none, or several."""
        if not record.full:
            index, events = call.index, record.events
            record.block_at = -1
            for block in blocks:
                events.append((CHUNK, index, now, block))
            # Any of them may be told next.
            record.newest = NO_BLOCK
        else:
            record.untold += len(blocks)
        record.lint.left(call, None, blocks)

    def passed(self, call: Call, passed: tuple[Any, Call, Any], of: type) -> bool:
        """A WSGI stage has returned the body of one within, which is relayed, as one of a class:
        what exit and bodies.relay are together, at less expense. Return False where that takes
        more."""
        record, inner = call.record, passed[1]
        if (
            record is None
            or inner.record is not record
            or inner.body not in _MADE
            or call.lint is not None
            or inner.lint is not None
        ):
            return False
        exchange = record.exchange
        given = exchange.given_headers
        if given is not None and given != exchange.headers:
            return False
        now = monotonic_ns()
        call.spent = spent = now - call.began
        seen = call.seen
        if seen.number.value != seen.known and not seen.is_same():
            changed(call, seen, now)
        if record.copied:
            copied.look(call)
        if call.taken is not None:
            record.lint.look_at_taken(call)
        index, parent = call.index, call.parent
        call.result = None
        if not parent.body:  # type: ignore[union-attr]
            parent.result = passed  # type: ignore[union-attr]
        inner.passes_to(call)
        call.body, call.of = PASSED, inner.index
        record.open.append(call)
        name = self._types.get(id(of)) or self._type(of)
        record.events.append((LEFT, index, now, name, inner.index, spent, call.inner))
        return True

    def yielded(self, call: Call, result: Any, body: int = MADE) -> None:
        """A WSGI stage has returned a generator, or another body that has a close(), which is no
        other stage's body: what `exit` and the pass's are together, at less expense."""
        record = call.record
        if record is None:
            return
        now = monotonic_ns()
        call.spent += now - call.began
        seen = call.seen
        if seen.number.value != seen.known and not seen.is_same():
            changed(call, seen, now)
        if record.copied:
            copied.look(call)
        if call.taken is not None:
            record.lint.look_at_taken(call)
        self.made(call, result, body)
        of = type(result)
        name = self._types.get(id(of)) or self._type(of)
        record.events.append((EXIT, call.index, now, name, -1, False))

    def made(self, call: Call, result: Any, body: int = MADE) -> None:
        """The same where it was told that a WSGI stage has returned."""
        record = call.record
        if record is None:
            return
        record.open.append(call)
        exchange = record.exchange
        given = exchange.given_headers
        if call.lint is not None or given is not None and given != exchange.headers:
            record.lint.of(call).exit(result)
        else:
            # There is nothing yet that is to be said of it.
            call.body = body

    def closed(self, call: Call) -> None:
        """The body of a WSGI stage is closed, a generator that has run to its end: `close`."""
        record = call.record
        if call.lint is not None:
            record.events.append((CLOSE, call.index, monotonic_ns()))
            call.lint.close()
        elif call.due is not None and call.due != call.gave or record.copied:
            record.events.append((CLOSE, call.index, monotonic_ns()))
            call.body = CLOSED
        else:
            # And as `finish` finds, where there is nothing to say.
            record.events.append((SHUT, call.index, monotonic_ns(), call.spent, call.inner))
            call.body = OVER
