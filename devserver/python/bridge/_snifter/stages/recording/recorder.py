"""The tracer while requests are served: what happens at each boundary is recorded, and checked."""

from __future__ import annotations

from functools import partial
from itertools import count
from marshal import dumps
from types import MethodType

from ... import frames, tracebacks
from ...body import EMPTY, ToldEmpty, ToldInput
from ...clock import monotonic_ns
from ...native import Mutex
from ...streams import FileWrapper
from .. import context
from ..checking import checks
from ..checking.passes import CLOSED, EXHAUSTED, OTHER, PASSED, UNSAID
from ..events import (
    AGAIN,
    CHUNK,
    CLOSE,
    ENTER,
    ENVIRON_CHANGED,
    EXCEPTION,
    EXIT,
    LEFT,
    MOST_UNSENT,
    SPENT,
    START_RESPONSE,
    WRITE,
)
from ..failures import failing
from ..frameworks import contents
from ..frameworks.responses import raised
from ..guard import guarded
from ..kinds import ByClass
from ..relaying.passed import is_passed
from ..running import byname
from ..running.byname import callers
from ..stepping import stops
from ..values import body_name
from .blocks import NO_BLOCK
from .copied import look as look_at_copies
from .copied import note as note_copy
from .environ import Seen, fresh
from .layered import Layered
from .record import MOST_PASSES, Record, changed, look_at
from .usual import Usual

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from ...exchange import Exchange
    from ...link import Link
    from ..finding.lessons import Lessons
    from ..names import Stage
    from ..running.calls import Call

_MOST_ERRORS = 100
_EXHAUSTED = frozenset((EXHAUSTED, EXHAUSTED | OTHER))


class Recorder(Usual, Layered):
    """The tracer while requests are served."""

    def __init__(self, link: Link) -> None:
        from ..running.calls import Call, Exchange

        self.link = link
        #: The outermost stage, with its hook and the object that it is a method of.
        self.stage: Stage | None = None
        self.hook: Any = None
        self.receiver: Any = None
        self.app: Any = None
        #: The outermost stage is called past its trampoline.
        self.bypassed = False
        #: Requests that it does not know are watched from `teach` on, until it is None.
        self.lessons: Lessons | None = None
        self.teach: Callable[[Exchange], Callable[[], None] | None] | None = None
        #: There were stages within the outermost one.
        self.deep = False
        #: Takes note of the environ that the application is called with then.
        self.seen = Seen
        #: Not empty while requests may stop at boundaries.
        self.armed = stops.armed
        #: Notes the exchange that the thread is about, or None.
        self.enter_context: Callable[[Any], Any] = context.running.set
        self.running: Callable[[], Any] = context.running.get
        self.failing = failing
        self._call = Call
        self._exchange = Exchange
        self._numbers = count(1)
        self._naming = Mutex()
        self._types: ByClass = ByClass()
        ToldInput.tell_of(EMPTY, self.reader, "0")
        EMPTY.__class__ = ToldEmpty

    def begin(self, exchange: Exchange, deep: bool = True) -> Record | None:
        """Make the exchange's record: a stage is entered within the outermost, or, where it is not
        deep, the outermost has read of the request's body."""
        with self._naming:
            record: Record | None = exchange.record
            if record is not None or exchange.over:
                return record
            seen = exchange.seen
            if seen is None:
                if exchange.handed is None:
                    return None
                seen = Seen(exchange.environ, exchange.handed)  # type: ignore[arg-type]
                self.deep = self.deep or deep
            root: Call = self._call(
                self.stage, None, exchange.environ, self.receiver, self.hook, self
            )
            root.index, root.seen = 1, seen
            began = exchange.began
            root.began = began or exchange.entered
            record = root.record = Record()
            record.begin(exchange, root)
            exchange.record = record
            if began:  # it is a generator, whose call was over before
                record.events.append((EXIT, 1, began, "", -1, False))
            if exchange.input is not EMPTY:
                exchange.input.note(root)
            if callers:
                byname.watch(record)
            return record

    def told(self, stream: Any, environ: dict[str, Any]) -> Any:
        """Have it be told which stage reads of a body."""
        try:
            self._have_told(stream, environ)
        except Exception as error:
            self.failing(self._have_told, error)
        return stream

    def _have_told(self, stream: Any, environ: dict[str, Any]) -> None:
        ToldInput.tell_of(stream, self.reader, environ.get("CONTENT_LENGTH"))
        stream.__class__ = ToldInput

    @guarded
    def reader(self) -> Any:
        """Who reads now: a call, or the exchange, which has a record then."""
        running = self.running()
        if type(running) is self._exchange and running.record is None:
            self.begin(running, False)
        return running

    def by_hand(self, exchange: Exchange) -> Callable[..., Any]:
        """What is called in the place of the application, where requests may stop."""
        from ..stepping import outermost, reads

        exchange.by_hand = True
        app = exchange.link.app
        if exchange.surgery is not None:
            app, exchange.outermost = self.app, False
        reads.watch(exchange, self.reader)
        return lambda environ, begin: outermost.run(exchange, app, environ, begin)

    @guarded
    def name_known(self) -> None:
        """Tell of the stages that are known without a request."""
        from ..finding import holders
        from ..frameworks import layers

        for node in holders.nodes(self.app).values():
            self.number(node.stage)
        for stage in layers.known():
            self.number(stage)

    def number(self, stage: Stage) -> int:
        """The number by which the server knows a stage."""
        if not stage.number:
            with self._naming:
                if not stage.number:
                    number = next(self._numbers)
                    told = (number, stage.name, stage.kind, stage.role, stage.file, stage.line)
                    self.link.put(frames.STAGE_NAMED, 0, dumps(told, 2))
                    stops.known(stage)
                    stage.number = number
        return stage.number

    def root_entered(self, at: int) -> tuple[Any, ...]:
        """The event that tells when the outermost stage was entered."""
        return ENTER, 1, at, 0, self.number(self.stage), False  # type: ignore[arg-type]

    def enter(self, call: Call) -> None:
        parent = call.parent
        record = None if parent is None else parent.record
        if record is None or record.over:
            return
        index = record.index()
        if index > MOST_PASSES:
            record.passes_untold += 1
            return
        start = call._start
        owner = start.__self__ if type(start) is MethodType else None
        if type(owner) is self._call and owner.record is not record:
            # It was given that of another request, whose stages have no part in this one.
            call._start = partial(start)  # type: ignore[arg-type]
        now = monotonic_ns()
        seen = parent.seen  # type: ignore[union-attr]
        environ = call.environ
        before = seen.items
        if seen.number.value != seen.known and not seen.is_same():
            changed(parent, seen, now)  # type: ignore[arg-type]
        copied, further = False, seen.items is not before
        if environ is not seen.environ and issubclass(type(environ), dict):
            copied = True
            seen, change = seen.copied(environ)
            if change is not None:
                record.events.append((ENVIRON_CHANGED, parent.index, now, *change, True))  # type: ignore[union-attr]
            note_copy(parent, seen, index)  # type: ignore[arg-type]
        call.seen = seen
        call.index = index
        stage = call.stage
        record.events.append(
            (ENTER, index, now, parent.index, stage.number or self.number(stage), copied)  # type: ignore[union-attr]
        )
        call.record = record
        call.began = now
        record.lint.enter(call)
        if seen.items is not before:
            found = fresh(before, seen.items) if copied and further else seen.fresh
            record.lint.given(parent, before, seen.items, *found)

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
        record.head = None
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
            record.block_at, record.newest = -1, NO_BLOCK
            record.events.append((WRITE, call.index, monotonic_ns(), block))
        else:
            record.untold += 1
        record.lint.of(call).write(block)

    def exit(self, call: Call, result: Any) -> None:
        record = call.record
        if record is None:
            return
        if call.environ is None:
            self.layer_left(call, result)
            return
        kind = type(result)
        may_be_none = id(kind) in checks.KINDS or issubclass(kind, tuple)
        if may_be_none and checks.takes_back(call, record, result):
            return
        now = monotonic_ns()
        call.spent = spent = call.spent + now - call.began
        seen = call.seen
        if seen.number.value != seen.known and not seen.is_same():
            changed(call, seen, now)
        if record.copied:
            look_at_copies(call)
        if call.taken is not None:
            record.lint.look_at_taken(call)
        index = call.index
        events = record.events
        name = self._types.get(id(kind)) or self._type(kind)
        same = call.result
        of = -1
        if is_passed(same, result) and same[1].record is record:
            of = same[1].index
        lint = record.lint
        lint.of(call).exit(result, None if of < 0 else lint.of(same[1]))
        if of >= 0 and kind is not FileWrapper or kind is list or kind is tuple:
            events.append((LEFT, index, now, name, of, spent, call.inner))
            return
        events.append((EXIT, index, now, name, of, kind is FileWrapper))
        if of >= 0:
            events.append((SPENT, index, now, spent, call.inner))
        else:
            record.open.append(call)

    def chunk(self, call: Call, block: Any, now: int = 0) -> None:
        record = call.record
        if record is None:
            return
        parent: Any = call.parent
        while parent.body == PASSED:
            parent = parent.parent  # who gets the block
        if call.taken is not None:
            record.lint.look_at_taken(call)
        is_bytes = type(block) is bytes
        if not record.full:
            events = record.events
            index = call.index
            if block is record.newest and record.newest_of != index:
                events.append((AGAIN, index, now or monotonic_ns()))
            else:
                record.block_at = -1
                record.newest, record.newest_of = block if is_bytes else NO_BLOCK, index
                events.append((CHUNK, index, now or monotonic_ns(), block))
                if len(events) > MOST_UNSENT:
                    record.send()
        else:
            record.untold += 1
        lint = call.lint
        if lint is None:
            if (
                call.gave < 0
                and call.due is not UNSAID
                and call.body
                and is_bytes
                and not record.exchange.blocks
                and parent.gave < 0
                and parent.lint is None
                and parent.environ is not None
            ):
                # The first one, where whoever gets it has given nothing.
                call.gave = len(block)
                return
            lint = record.lint.of(call)
        if lint.watch or lint.of is not None or not is_bytes:
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
            if call.lint is None and call.body in _EXHAUSTED:
                call.body += CLOSED - EXHAUSTED
            else:
                record.lint.of(call).close()

    def exception(self, call: Call, where: str, error: BaseException) -> None:
        record = call.record
        if record is None:
            return
        now = monotonic_ns()
        answer: Any = ()
        if where == "call":
            call.spent += now - call.began
            if call.environ is None:
                answer = _answer(call, error, now)
        look_at(call, now)
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
                *answer,
            )
        )
        if where == "call":
            record.events.append((SPENT, call.index, now, call.spent, call.inner))
        if call.environ is not None:
            record.lint.of(call).exception(where, error)
        else:
            record.lint.raised(call, where, error)

    def type_of(self, result: Any) -> str:
        """The name of the type of what a stage has returned."""
        kind = type(result)
        return self._types.get(id(kind)) or self._type(kind)

    def _type(self, kind: type) -> str:
        name = body_name(kind)
        if len(self._types) < 1000:  # of an application that makes a class a request
            self._types.add(kind, name)
        return name


def _arguments(
    status: Any = None, headers: Any = None, exc_info: Any = None, *rest: Any, **named: Any
) -> Any:
    return status, named.get("response_headers", headers), exc_info


def _answer(call: Call, error: BaseException, now: int) -> tuple[Any, ...]:
    """What the response is where an exception leaves a framework's layer, and was before."""
    found = raised(call, error)
    if found is None:
        return ()
    if contents.is_response(call.stage.kind, error):
        contents.gave(call, error, now)
    before = call.note[1] if call.note else None
    return (*found, *(before or ()))


def _number(record: Record, call: Call, error: BaseException) -> tuple[int, bool]:
    """The number of an exception, and whether it is new.

    It is not kept, so that another may have its id: one that leaves a stage that was entered later
    has risen there anew, unless it was raised again there.
    """
    if record.errors is None:
        record.errors = {}
    known = record.errors.get(id(error))
    rose = tracebacks.origin(error.__traceback__)
    again = known is not None and known[2] in (None, rose)
    if again and (call.index <= known[1] or tracebacks.was_caught(error.__traceback__)):
        return known[0], False
    record.raised += 1
    if record.raised <= _MOST_ERRORS:
        record.errors[id(error)] = (record.raised, call.index, rose)
    return record.raised, record.raised <= _MOST_ERRORS
