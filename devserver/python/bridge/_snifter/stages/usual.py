"""What happens at most boundaries, told at less expense: the short ways of the recorder.

Each does what the recorder's method of its boundary does together with what others do there, as far
as that comes up where nothing is odd; and leaves the rest to them.
"""

from __future__ import annotations

from operator import is_
from time import monotonic_ns

from .lint import EXTENSIONS
from .passes import CLOSED, MADE, OTHER, OVER
from .record import (
    CHUNK,
    CLOSE,
    ENTER,
    ENVIRON_CHANGED,
    EXIT,
    GIVEN,
    LAZY,
    LEFT,
    MORE,
    MOST_PASSES,
    SHUT,
    START_RESPONSE,
    changed,
)
from .right import PLAIN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from .calls import Call
    from .kinds import ByClass
    from .names import Stage
    from .record import Record

_new = object.__new__


class Usual:
    """The base of the recorder."""

    #: The class of calls.
    _call: Any
    #: The number by which the server knows a stage.
    number: Callable[[Stage], int]
    enter: Callable[[Call], None]
    #: The names of types that stages have returned.
    _types: ByClass
    _type: Callable[[type], str]

    def entered(  # noqa: PLR0917 (made on every call: keywords cost)
        self,
        stage: Stage,
        parent: Call,
        environ: dict[str, Any],
        receiver: Any,
        hook: Any,
        begin: Callable[..., Any],
        kind: int = ENTER,
    ) -> Call:
        """The call of a WSGI stage that is about to run, of which `enter` was told: all in one, at
        the expense of neither, where it is given the environ of the stage around, unchanged. Where
        the kind of event is LAZY, `made` is to be called next."""
        call: Call = _new(self._call)
        call.stage = stage
        call.parent = parent
        call.environ = environ
        call.receiver = receiver
        call.hook = hook
        call._start = begin
        call._tracer = self
        call.lint = call.due = call.result = call.taken = None
        call.usual = False
        call.gave = -1
        call.spent = call.inner = call.body = 0
        record = parent.record
        if record is None:
            return _untold(call)
        seen = parent.seen
        if environ is not seen.environ or record.over:
            self.enter(_untold(call))
            if kind == LAZY and call.record is not None:
                record.events.append((EXIT, call.index, call.began, "generator", -1, False))
            return call
        index = record.index()
        if index > MOST_PASSES:
            record.passes_untold += 1
            return _untold(call)
        call.seen = seen
        call.index = index
        call.record = record
        number = stage.number or self.number(stage)
        now = seen.number.value
        # A number that was known and is another tells of a change for sure.
        if now != seen.known and (seen.known > 0 or not seen.is_same()):
            before = seen.items
            change = now == seen.next and seen.one(parent.stage, EXTENSIONS) or seen.step()
            if change is not None:
                if len(change) == 2:
                    key, value = change
                    if key in EXTENSIONS:
                        parent.stage.sets = key
                        call.began = now = monotonic_ns()
                        record.events.append((GIVEN, index, now, parent.index, number, key, value))
                        if kind == LAZY:
                            record.events.append((EXIT, index, now, "generator", -1, False))
                        return call
                    change = seen.in_full(key, value)
                new, objects, gone = change
                record.events.append(
                    (ENVIRON_CHANGED, parent.index, monotonic_ns(), new, objects, gone, False)
                )
            keys, fewer = seen.fresh
            if fewer or len(keys) != 1 or keys[0] not in EXTENSIONS:
                record.lint.given(parent, before, seen.items, keys, fewer)
        call.began = now = monotonic_ns()
        record.events.append((kind, index, now, parent.index, number, False))
        return call

    def started(
        self, call: Call, status: Any, headers: list[Any], through: Any, now: int
    ) -> list[Any]:
        """`start_response` of a call that is recorded, as it is called by far the most: with two
        arguments, the second of them a list, or with None as exc_info; and `lint.started` where
        the headers are right and nothing is known of the call yet. Return a copy of the list."""
        record = call.record
        lint = record.lint
        given = headers[:]
        good = lint.good
        if (
            good
            and good is record.head
            and status is lint.status
            and len(given) == len(good) + 1
            and id(pair := given[-1]) in PLAIN
            and all(map(is_, good, given))
        ):
            # As `is_right` finds, where one is added to those of the stage within.
            lint.good = record.head = given
            event: tuple[Any, ...] = (MORE, call.index, now, status, [pair])
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
            event += ([outer.index for outer in through if outer.record is not None],)
        record.events.append(event)
        if call.usual or call.lint is not None or not lint.usual or lint.over or not record.head:
            lint.started(call, (status, headers), {}, through)
            return given
        call.usual = True
        call.due = lint.length
        listed = id(headers)
        if lint.listed != listed:
            lint.listed = listed
            lint.lister = call.index
        if through:
            self._passed(call, status, headers, through)
        return given

    def _passed(self, call: Call, status: Any, headers: list[Any], through: list[Call]) -> None:
        """What a call has given to start_response has passed through these around it."""
        lint = call.record.lint
        for outer in through:
            made = outer.lint
            if made is None:
                if not outer.usual:
                    outer.usual, outer.due = True, call.due
                    continue
            elif not (made.started or made.blocks or made.closes):
                # As Pass.passed_on does; most are generators that have begun.
                made.started, made.length, made.watch = True, call.due, False
                continue
            if outer.record is not None:
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
        spent = now - call.began
        parent.inner += spent  # type: ignore[union-attr]
        seen = call.seen
        if seen.number.value != seen.known and not seen.is_same():
            changed(call, seen, now)
        taken = call.taken
        if taken is not None and taken[0] != taken[1]:
            record.lint.look_at_taken(call)
        if passed is None or passed[0] is not result or passed[2] != result:
            parent.result = (result, call, result[:])  # type: ignore[union-attr]
            record.events.append((LEFT, call.index, now, name, -1, spent, spent - call.inner))
            self._gave(record, call, result, now)
            return
        parent.result = passed  # type: ignore[union-attr]
        inner = passed[1]
        index = call.index
        lint = record.lint
        if inner.record is not record:
            record.events.append((LEFT, index, now, name, -1, spent, spent - call.inner))
            lint.left(call, None, ())
            return
        record.events.append((LEFT, index, now, name, inner.index, spent, spent - call.inner))
        exchange = record.exchange
        if (
            lint.passes
            or not call.usual
            or call.due != inner.gave
            and call.due is not None
            or exchange.given_headers != exchange.headers
        ):
            lint.left(call, inner, ())
            return
        # What was right where it was made, and was passed on, needs no look.
        call.gave = inner.gave
        lint.passed[index] = inner

    def _gave(self, record: Record, call: Call, blocks: Any, now: int) -> None:
        """These blocks are a stage's own."""
        if len(blocks) == 1 and not record.full:
            # And as `lint.left` finds, where there is nothing to say.
            [block] = blocks
            index, due, events = call.index, call.due, record.events
            record.block_at = -1 if record.block_at else len(events)
            events.append((CHUNK, index, now, block))
            record.newest, record.newest_of = block, index
            if type(block) is bytes and call.usual and call.lint is None:
                size, exchange = len(block), record.exchange
                if (due is None or due == size) and exchange.given_headers == exchange.headers:
                    call.gave = size
                    return
        elif not record.full:
            index, events = call.index, record.events
            record.block_at = -1
            for block in blocks:
                events.append((CHUNK, index, now, block))
            # Any of them may be told next.
            record.newest = None
        else:
            record.untold += len(blocks)
        record.lint.left(call, None, blocks)

    def yielded(self, call: Call, result: Any, body: int = MADE) -> None:
        """A WSGI stage has returned a generator, which is no other stage's body: what `exit` and
        the pass's are together, at less expense."""
        record = call.record
        if record is None:
            return
        now = monotonic_ns()
        took = now - call.began
        call.spent += took
        call.parent.inner += took  # type: ignore[union-attr]
        seen = call.seen
        if seen.number.value != seen.known and not seen.is_same():
            changed(call, seen, now)
        if call.taken is not None:
            record.lint.look_at_taken(call)
        self.made(call, result, body)
        of = type(result)
        name = self._types.get(id(of)) or self._type(of)
        record.events.append((EXIT, call.index, now, name, -1, False))

    def iterated(self, call: Call, result: Any) -> None:
        """The same of another body that has a close()."""
        self.yielded(call, result, MADE | OTHER)

    def made(self, call: Call, result: Any, body: int = MADE) -> None:
        """The same where it was told that a WSGI stage has returned."""
        record = call.record
        if record is None:
            return
        if record.open:
            record.open.append(call)  # type: ignore[union-attr]
        else:
            record.open = [call]
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
        elif (
            call.due != call.gave
            and (call.due is not None or not call.usual)
            or call.seen is not record.root.seen
        ):
            record.events.append((CLOSE, call.index, monotonic_ns()))
            call.body = CLOSED
        else:
            # And as `finish` finds, where there is nothing to say.
            spent = call.spent
            own = spent - call.inner
            record.events.append((SHUT, call.index, monotonic_ns(), spent, own if own > 0 else 0))
            call.body = OVER
            call.result = None


def _untold(call: Call) -> Call:
    """A new call of which nothing is recorded, by then."""
    call.record = call.seen = None
    call.index = call.began = 0
    return call
