"""What is recorded at each stage while the application is served, and how it is sent.

`Recorder` is the tracer of a worker. All of one request is in its `Record`, which is made when a
stage within the outermost one is entered: a request of one stage costs nothing. Events are the
tuples that snifter's package ``devserver/wire`` lists ("Stages"), gathered in a list, and sent as
one frame right before any other frame of their request; but blocks that the server is given may go
ahead while more is to come.

A call that is recorded has `record`, and `index`, that of its pass, from 1.

A record holds no more than was not sent yet, beyond what tells one block or exception from another,
and lets go of all when its request ends.
"""

from __future__ import annotations

from itertools import count
from marshal import dumps
from time import monotonic_ns

from .. import frames, tracebacks
from ..body import EMPTY, ToldInput
from ..native import Lock
from ..streams import FileWrapper
from . import contents
from .environ import Seen, difference, fresh, plain_value, shown, type_name
from .guard import guarded
from .lint import Checker
from .responses import given, head

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterator

    from ..exchange import Exchange
    from ..link import Link
    from .calls import Call
    from .names import Stage

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
UNTOLD = 19
#: Exit and Spent in one.
LEFT = 64

#: So many passes and events of one request are told, and so many bytes of the blocks of a pass.
MOST_PASSES = 1000
MOST_EVENTS = 20_000
MOST_BYTES = 64 << 10

#: More than these are not kept back.
_MOST_UNSENT = 128
_MOST_UNSENT_BYTES = 64 << 10
_MOST_ERRORS = 100

_NO_BLOCKS = (0, 0)
_STAGE_EVENTS = frames.STAGE_EVENTS
_new = object.__new__
_header = frames.HEADER.pack
#: Held while events are taken to be sent, of whatever request: it takes no time.
_sending = Lock()


class Record:
    """What was recorded of one request. `exchange.record` is None until there is one."""

    over = False
    #: No more blocks are told.
    full = False
    #: How many passes were not told, and how many blocks and reads.
    passes_untold = untold = 0
    sent = 0
    # The last block that was told, with whose it was, and which.
    last: tuple[Any, int, int] = (None, 0, 0)
    raised = 0
    #: How many bytes there are in what the server was given.
    unsent = 0
    #: There are blocks among the events, or were.
    blocks_told = False
    # The list that the server is given, by whose pass it was made.
    answer = 0
    # What most requests don't need is made when it is.
    #: Calls whose body is not over.
    open: list[Call] | tuple[()] = ()
    # By pass: how many blocks it gave, and how many bytes of them were sent.
    blocks: dict[int, tuple[int, int]] | None = None
    #: Exceptions by their id: number, the pass that they left first, and where they rose.
    errors: dict[int, tuple[int, int, Any]] | None = None
    #: What the responses of a framework's layers are made of, by the pass that has them.
    contents: dict[int, Any] | None = None

    def __init__(self, exchange: Exchange, root: Call) -> None:
        self.exchange = exchange
        #: The outermost call, of index 1.
        self.root = root
        #: Events that are not sent yet. A block stands in its event as it is until then.
        self.events: list[tuple[Any, ...]] = []
        #: Blocks that the server was given, since there was something to be sent, and which.
        self.given: list[tuple[bytes, int]] = []
        #: Makes the index of the next pass.
        self.index = count(2).__next__
        #: What checks the boundaries.
        self.lint = exchange.checker = Checker(exchange, exchange.report)

    @guarded
    def gave(self, block: bytes, nth: int, soon: bool) -> None:
        """The server is given a block that is not empty, the nth. What is unsent is sent with it
        if that is soon, or if it is much."""
        if self.events:
            self.given.append((block, nth))
            self.unsent += len(block)
        if soon or len(self.events) > _MOST_UNSENT or self.unsent > _MOST_UNSENT_BYTES:
            self.send()

    @guarded
    def send(self) -> None:
        """Send what is unsent. Any thread may call it."""
        with _sending:
            # Another thread may add some meanwhile.
            n = len(self.events)
            if not n:
                return
            events = self.events[:n]
            del self.events[:n]
            self.sent += n
            if self.sent > MOST_EVENTS:
                self.full = True
            if not self.over:
                self._put(events)

    def _put(self, events: list[tuple[Any, ...]]) -> None:
        if self.blocks_told:
            self._tell_blocks(events)
        else:
            self.given, self.unsent = [], 0
        try:
            data = dumps(events, 2)
        except ValueError:
            events = [_plain(event) for event in events]
            data = dumps(events, 2)
        if len(data) > frames.MAX_PAYLOAD:
            self._halve(events)
            return
        exchange = self.exchange
        exchange.link.out.append(
            _header(len(data), _STAGE_EVENTS, 0, 0, exchange.number, monotonic_ns()) + data
        )

    def _halve(self, events: list[tuple[Any, ...]]) -> None:
        """Send what is too long for one frame, but for an event that is too long for any."""
        if len(events) > 1:
            self._put(events[: len(events) // 2])
            self._put(events[len(events) // 2 :])

    def _tell_blocks(self, events: list[tuple[Any, ...]]) -> None:
        """Put the blocks of events as they are told: as bytes, or as the same as another."""
        given = self.given
        self.given, self.unsent = [], 0
        at = given[0][1] if given else self.exchange.nth
        places: dict[int, list[int]] = {}
        taken: dict[tuple[int, int], Iterator[int]] = {}
        once: set[int] = set()
        if len(given) > 1:
            for block, nth in given:
                places.setdefault(id(block), []).append(nth)
        seen: dict[int, tuple[int, int]] | None = None
        counts = self.blocks
        answer = self.answer
        for n, event in enumerate(events):
            if len(event) != 4:
                continue
            kind, index, when, block = event
            if index == answer and type(block) is bytes and block:
                # The server is given the list itself.
                events[n] = (kind, index, when, len(block), None, 0, at)
                at += 1
                continue
            if counts is None:
                counts = self.blocks = {}
            nth, sent = counts.get(index, _NO_BLOCKS)
            counts[index] = nth + 1, sent
            if type(block) is not bytes:
                events[n] = (kind, index, when, 0, None, -1, 0, type_name(type(block)))
                continue
            size = len(block)
            if not size:
                events[n] = (kind, index, when, 0, block, -1, 0)
                continue
            if given:
                place = -1
                if len(given) == 1:
                    # What a framework has encoded of a view's text is equal, and not the same. The
                    # next that is equal is another.
                    if given[0][0] == block and index not in once:
                        once.add(index)
                        place = given[0][1]
                else:
                    # The same block may be given several times: each stage has given the next.
                    key = id(block)
                    if (index, key) not in taken:
                        taken[index, key] = iter(places.get(key, ()))
                    place = next(taken[index, key], -1)
                if place >= 0:
                    events[n] = (kind, index, when, size, None, 0, place)
                    continue
            if seen is None:
                last = self.last
                seen = {id(last[0]): last[1:]}
            same = seen.get(id(block))
            if same is not None and same[0] != index:
                events[n] = (kind, index, when, size, None, *same)
                continue
            seen[id(block)] = (index, nth)
            self.last = (block, index, nth)
            room = MOST_BYTES - sent
            kept = block if size <= room else block[:room]
            counts[index] = nth + 1, sent + len(kept)
            events[n] = (kind, index, when, size, kept, -1, 0)

    # The outermost stage, which the exchange calls.

    def returned(self, result: Any) -> None:
        """The outermost stage has returned."""
        root = self.root
        root.spent += monotonic_ns() - root.began
        same, root.result = root.result, None
        if same is not None and same[0] is result:
            index = same[1].index
            if type(result) in (list, tuple):
                self.answer = index
            elif type(result) is FileWrapper:
                self.events.append((EXIT, 1, monotonic_ns(), type_name(FileWrapper), index, True))

    def finish(self, block: bytes | None = None) -> None:
        """The request is over, with this block if it is all: tell of what is not told, and let go
        of everything."""
        root, exchange = self.root, self.exchange
        now = monotonic_ns()
        events = self.events
        for call in self.open:
            seen = call.seen
            if seen.number.value != seen.known:
                _look(call, now)
            spent, own = call.spent, call.spent - call.inner
            events.append((SPENT, call.index, now, spent, own if own > 0 else 0))
            call.result = None  # of what its body has called, which knows it as its parent
        seen = root.seen
        if seen.number.value != seen.known:
            _look(root, now)
        spent = root.spent
        own = spent - root.inner - exchange.inner
        if self.untold or self.passes_untold:
            events.append((UNTOLD, 1, now, self.passes_untold, self.untold))
        events.append((SPENT, 1, now, spent, own if own > 0 else 0))
        if block is not None:
            self.given = [(block, 0)]
        with _sending:
            # Nobody sends anything from now on.
            self.events, self.over = [], True
            self._put(events)
        lint = self.lint
        if lint.passes or lint.late:
            try:
                lint.end()
            except Exception as error:
                exchange.link.recorder.failing(lint.end, error)
        lint.over = True
        lint.passed.clear()
        exchange.checker = lint._root = None
        self.open = ()
        self.errors = self.contents = None
        self.last = (None, 0, 0)
        self.given = []
        # The environs hold wsgi.errors, which holds the exchange.
        root.result = None
        exchange.record = root.seen = root.environ = root.lint = root.record = None

    # By hand.

    def paused(self, call: Call, boundary: int, took: int, stop: int, then: str) -> None:
        """Tell that the call was stopped at a boundary for so many nanoseconds until now, by a
        breakpoint's number or 0, and how it went on. What is spent leaves that time out."""
        # A stage within may have called what stopped, as start_response or write().
        stopped = {*_outwards(call), *_outwards(self.exchange.link.recorder.running())}
        for each in stopped:
            each.began += took
        self.events.append((PAUSED, call.index, monotonic_ns(), boundary, took, stop, then))

    def edited(self, call: Call, boundary: int, changes: dict[str, Any]) -> None:
        """Tell what was changed by hand while the call was stopped; the dict is what goes over the
        wire."""
        self.events.append((EDITED, call.index, monotonic_ns(), boundary, changes))

    def looked(self, call: Call) -> None:
        """Take the environ of a call as it is now for what is known, and tell of no change: it was
        changed by hand."""
        if call.seen is not None:
            call.seen.change()

    # What tells of it.

    @guarded
    def read(self, index: int, at: int, reads: int, size: int, over: int) -> None:
        """The stage has read of wsgi.input. Consecutive reads of one stage are one event."""
        events = self.events
        with _sending:
            if events and events[-1][0] == INPUT and events[-1][1] == index:
                _, _, at, before, got, overs = events[-1]
                events[-1] = (INPUT, index, at, before + reads, got + size, overs + over)
                return
        if not self.full:
            events.append((INPUT, index, at, reads, size, over))
        else:
            self.untold += 1


def _outwards(call: Any) -> Iterator[Call]:
    """A call, and those that it was made within."""
    while call is not None and hasattr(call, "parent"):  # the exchange runs its outermost stage
        yield call
        call = call.parent


def look(call: Call | None) -> None:
    """Tell what the stage has changed in its environ until now."""
    if call is not None:
        _look(call, monotonic_ns())


def _look(call: Call, now: int) -> None:
    """Tell what the stage has changed in its environ."""
    seen = call.seen
    if seen is not None and not seen.is_same():
        changed(call, seen, now)


def changed(call: Call, seen: Seen, now: int) -> None:
    change = seen.change()
    if change is not None:
        call.record.events.append((ENVIRON_CHANGED, call.index, now, *change, False))


class Recorder:
    """The tracer while requests are served."""

    def __init__(self, link: Link) -> None:
        from . import calls, stops

        self.link = link
        #: The outermost stage, with its hook and the object that it is a method of.
        self.stage: Stage | None = None
        self.hook: Any = None
        self.receiver: Any = None
        self.app: Any = None
        #: The outermost stage is called past its trampoline.
        self.bypassed = False
        #: While there are any, requests are run by `teach`.
        self.lessons = 0
        self.teach: Callable[[Exchange], None] | None = None
        #: There were stages within the outermost one.
        self.deep = False
        #: Takes note of the environ that the application is called with then.
        self.seen = Seen
        #: Not empty while requests may stop at boundaries.
        self.armed = stops.armed
        #: Notes the exchange that the thread is about, or None.
        self.enter_context: Callable[[Any], Any] = calls._current.set
        self.running: Callable[[], Any] = calls._current.get
        self.failing = calls.failing
        self._call = calls.Call
        self._numbers = count(1)
        self._naming = Lock()
        self._types: dict[type, str] = {}

    def begin(self, exchange: Exchange) -> Record | None:
        """Make the exchange's record: a stage is entered within the outermost."""
        with self._naming:
            record: Record | None = exchange.record
            if record is not None or exchange.over:
                return record
            seen = exchange.seen
            if seen is None:
                if exchange.handed is None:
                    return None
                seen = Seen(exchange.environ, exchange.handed)  # type: ignore[arg-type]
                self.deep = True
            root: Call = _new(self._call)
            root.stage, root.parent, root.environ = self.stage, None, exchange.environ  # type: ignore[assignment]
            root.receiver, root.hook = self.receiver, self.hook
            root._start, root._tracer = None, self
            root.index, root.seen = 1, seen
            root.began = exchange.began or exchange.entered
            record = root.record = Record(exchange, root)
            exchange.record = record
            if exchange.input is not EMPTY:
                exchange.input.note(root)
            return record

    def told(self, stream: Any, environ: dict[str, Any]) -> Any:
        """Have it be told which stage reads of a body."""
        try:
            self._have_told(stream, environ)
        except Exception as error:
            self.failing(self._have_told, error)
        return stream

    def _have_told(self, stream: Any, environ: dict[str, Any]) -> None:
        ToldInput.tell_of(stream, self.running, environ.get("CONTENT_LENGTH"))
        stream.__class__ = ToldInput

    def by_hand(self, exchange: Exchange) -> Callable[..., Any]:
        """What is called in the place of the application, where requests may stop."""
        from . import boundaries, reads

        app = exchange.link.app
        if exchange.surgery is not None:
            app, exchange.outermost = self.app, False
        reads.watch(exchange)
        return lambda environ, begin: boundaries.outermost(exchange, app, environ, begin)

    def number(self, stage: Stage) -> int:
        """The number by which the server knows a stage."""
        if not stage.number:
            with self._naming:
                if not stage.number:
                    number = next(self._numbers)
                    told = (number, stage.name, stage.kind, stage.role, stage.file, stage.line)
                    self.link.put(frames.STAGE_NAMED, 0, dumps(told, 2))
                    stage.number = number
        return stage.number

    def entered(  # noqa: PLR0917 (made on every call: keywords cost)
        self,
        stage: Stage,
        parent: Call | None,
        environ: dict[str, Any],
        receiver: Any,
        hook: Any,
        begin: Callable[..., Any],
    ) -> Call:
        """The call of a WSGI stage that is about to run, of which `enter` was told: all in one, at
        the expense of neither, where it is given the environ of the stage around, unchanged."""
        call: Call = _new(self._call)
        call.stage, call.parent, call.environ = stage, parent, environ
        call.receiver, call.hook = receiver, hook
        call._start, call._tracer = begin, self
        record = None if parent is None else parent.record
        if record is None:
            return call
        seen = parent.seen  # type: ignore[union-attr]
        if environ is not seen.environ or record.over:
            self.enter(call)
            return call
        index = record.index()
        if index > MOST_PASSES:
            record.passes_untold += 1
            return call
        before = None
        known = seen.known
        # A number that was known and is another tells of a change for sure.
        if seen.number.value != known and (known > 0 or not seen.is_same()):
            before = seen.items
            changed(parent, seen, monotonic_ns())  # type: ignore[arg-type]
        call.seen, call.index, call.record = seen, index, record
        # Set, since it takes longer to find that they are not.
        call.lint = call.result = None
        call.spent = call.inner = 0
        if before is not None:
            record.lint.given(parent, before, seen.items, *seen.fresh)
        call.began = now = monotonic_ns()
        number = stage.number or self.number(stage)
        record.events.append((ENTER, index, now, parent.index, number, False))  # type: ignore[union-attr]
        return call

    # The tracer's methods.

    def enter(self, call: Call) -> None:
        parent = call.parent
        record = None if parent is None else parent.record
        if record is None or record.over:
            return
        index = record.index()
        if index > MOST_PASSES:
            record.passes_untold += 1
            return
        now = monotonic_ns()
        seen = parent.seen  # type: ignore[union-attr]
        environ = call.environ
        before = seen.items
        if not seen.is_same():
            changed(parent, seen, now)  # type: ignore[arg-type]
        copied = False
        if environ is not None and environ is not seen.environ:
            copied = True
            outer, seen = seen.items, Seen(environ)
            change = difference(outer, seen.items)
            if change is not None:
                record.events.append((ENVIRON_CHANGED, parent.index, now, *change, True))  # type: ignore[union-attr]
        call.seen = seen
        call.index = index
        stage = call.stage
        record.events.append(
            (ENTER, index, now, parent.index, stage.number or self.number(stage), copied)  # type: ignore[union-attr]
        )
        call.record = record
        if environ is not None:
            record.lint.enter(call)
            if seen.items is not before:
                found = fresh(before, seen.items) if copied else seen.fresh
                record.lint.given(parent, before, seen.items, *found)
        else:
            call.note = given(call)
        call.began = now

    def start_response(
        self, call: Call, args: tuple[Any, ...], kwargs: dict[str, Any], through: Any = ()
    ) -> None:
        """The stage calls start_response, and the calls around it that are given pass that on."""
        record = call.record
        if record is None:
            for outer in through:
                self.start_response(outer, args, kwargs)
            return
        exc_info = None
        if not kwargs and (len(args) == 2 or len(args) == 3 and args[2] is None):
            status, headers = args[:2]
        else:
            status, headers, exc_info = _arguments(*args, **kwargs)
        if type(headers) is list:
            headers = headers[:]
        now = monotonic_ns()
        if not through:
            record.events.append(
                (START_RESPONSE, call.index, now, status, headers, exc_info is not None)
            )
            record.lint.started(call, args, kwargs)
            return
        passed = []
        for outer in through:
            if outer.record is not None:
                passed.append(outer.index)
        record.events.append(
            (START_RESPONSE, call.index, now, status, headers, exc_info is not None, passed)
        )
        record.lint.started(call, args, kwargs, through)

    def write(self, call: Call, block: Any) -> None:
        record = call.record
        if record is None:
            return
        if not record.full:
            record.blocks_told = True
            record.events.append((WRITE, call.index, monotonic_ns(), block))
        else:
            record.untold += 1
        record.lint.of(call).write(block)

    def exit(self, call: Call, result: Any) -> None:
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
        kind = type(result)
        index = call.index
        events = record.events
        name = self._types.get(kind) or self._type(kind)
        if call.environ is None:
            found = head(call, result)
            if found is None:
                events.append((EXIT, index, now, name, -1, False))
            else:
                before = call.note[1] if call.note else None
                events.append((EXIT, index, now, name, -1, False, *found, *(before or ())))
            contents.gave(call, result, now)
            call.note = None
        else:
            same = call.result
            of = -1
            if same is not None and same[0] is result and same[1].record is record:
                of = same[1].index
            lint = record.lint
            lint.of(call).exit(result, None if of < 0 else lint.of(same[1]))
            if of >= 0 and kind is not FileWrapper or kind is list or kind is tuple:
                events.append((LEFT, index, now, name, of, call.spent, call.spent - call.inner))
                return
            events.append((EXIT, index, now, name, of, kind is FileWrapper))
            if of < 0:
                if record.open:
                    record.open.append(call)  # type: ignore[union-attr]
                else:
                    record.open = [call]
                return
        events.append((SPENT, index, now, call.spent, call.spent - call.inner))

    def left(self, call: Call, result: Any) -> None:
        """A WSGI stage has returned a list or a tuple: what exit, bodies.relay and chunk are
        together, at less expense."""
        passed, call.result = call.result, None
        parent: Call = call.parent  # type: ignore[assignment]
        own = passed is None or passed[0] is not result
        if parent is not None:
            parent.result = (result, call) if own else passed
        record = call.record
        if record is None:
            return
        now = monotonic_ns()
        took = now - call.began
        spent = call.spent = call.spent + took
        parent.inner += took
        seen = call.seen
        if seen.number.value != seen.known and not seen.is_same():
            changed(call, seen, now)
        index, events = call.index, record.events
        of = -1 if own or passed[1].record is not record else passed[1].index
        name = "list" if type(result) is list else "tuple"
        events.append((LEFT, index, now, name, of, spent, spent - call.inner))
        if own and not record.full:
            record.blocks_told = True
            for block in result:
                events.append((CHUNK, index, now, block))
        elif own:
            record.untold += len(result)
        lint = record.lint
        if of < 0:
            lint.left(call, None, result if own else ())
            return
        inner = passed[1]
        if lint.passes or not call.usual or call.due is not None and call.due != inner.gave:
            lint.left(call, inner, ())
            return
        exchange = record.exchange
        given = exchange.given_headers
        if given is None or given == exchange.headers:
            # What was right where it was made, and was passed on, needs no look.
            call.gave = inner.gave
            lint.passed[index] = inner
        else:
            lint.left(call, inner, ())

    def yielded(self, call: Call, result: Any) -> None:
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
        record.lint.yielded(call, result)
        record.events.append((EXIT, call.index, now, "generator", -1, False))
        if record.open:
            record.open.append(call)  # type: ignore[union-attr]
        else:
            record.open = [call]

    def chunk(self, call: Call, block: Any) -> None:
        record = call.record
        if record is None:
            return
        if not record.full:
            events = record.events
            record.blocks_told = True
            events.append((CHUNK, call.index, monotonic_ns(), block))
            if len(events) > _MOST_UNSENT:
                record.send()
        else:
            record.untold += 1
        lint = call.lint or record.lint.of(call)
        if lint.watch or lint.of is not None or type(block) is not bytes:
            lint.chunk(block)
            return
        # The same at less expense, of what needs no closer look.
        lint.sent += len(block)
        lint.blocks += 1
        if lint.stepwise:
            around = lint.around
            while around.of is not None:
                around = around.of
            given = around.blocks if around.index > 1 else record.exchange.blocks
            if given == lint.seen:
                lint._held_back()
            lint.seen = given

    def close(self, call: Call) -> None:
        record = call.record
        if record is not None:
            record.events.append((CLOSE, call.index, monotonic_ns()))
            record.lint.of(call).close()

    def exception(self, call: Call, where: str, error: BaseException) -> None:
        record = call.record
        if record is None:
            return
        now = monotonic_ns()
        if where == "call":
            took = now - call.began
            call.spent += took
            call.parent.inner += took  # type: ignore[union-attr]
        _look(call, now)
        number, told = _number(record, call, error)
        record.events.append(
            (
                EXCEPTION,
                call.index,
                now,
                where,
                tracebacks.type_name(type(error)),
                tracebacks.message(error),
                number,
                tracebacks.walk(error.__traceback__) if told else None,
            )
        )
        if where == "call":
            record.events.append((SPENT, call.index, now, call.spent, call.spent - call.inner))
        if call.environ is not None:
            record.lint.of(call).exception(where, error)

    def _type(self, kind: type) -> str:
        # A body that is relayed goes by the name of the body's own type.
        name = kind.__dict__.get("_snifter_name") or type_name(kind)
        if len(self._types) < 1000:  # of an application that makes a class a request
            self._types[kind] = name
        return name


def _arguments(status: Any = None, headers: Any = None, exc_info: Any = None, *rest: Any) -> Any:
    return status, headers, exc_info


def _number(record: Record, call: Call, error: BaseException) -> tuple[int, bool]:
    """The number of an exception, and whether it is new.

    It is not kept, so that another may have its id: one that leaves a stage that was entered later
    has risen there anew.
    """
    if record.errors is None:
        record.errors = {}
    known = record.errors.get(id(error))
    rose = tracebacks.origin(error.__traceback__)
    if known is not None and call.index <= known[1] and known[2] == rose:
        return known[0], False
    record.raised += 1
    if record.raised <= _MOST_ERRORS:
        record.errors[id(error)] = (record.raised, call.index, rose)
    return record.raised, record.raised <= _MOST_ERRORS


def _plain(event: tuple[Any, ...]) -> tuple[Any, ...]:
    """An event in which something has no form in marshal."""
    if event[0] == START_RESPONSE:
        kind, index, at, status, headers, *more = event
        if type(status) is not str:
            status = str.__str__(status) if isinstance(status, str) else shown(status)
        return (kind, index, at, status, _pairs(headers), *more)
    return tuple(_any(each) for each in event)


def _any(value: Any) -> Any:
    try:
        return plain_value(value)
    except ValueError:
        return str.__str__(value) if isinstance(value, str) else shown(value)


def _pairs(headers: Any) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if not isinstance(headers, (list, tuple)):
        return found
    for pair in headers:
        if isinstance(pair, (list, tuple)) and len(pair) == 2:
            name, value = (
                str.__str__(each) if isinstance(each, str) else shown(each) for each in pair
            )
            found.append((name, value))
        else:
            found.append(("", shown(pair)))
    return found
