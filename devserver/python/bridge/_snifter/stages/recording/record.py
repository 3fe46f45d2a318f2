"""What is recorded at each stage while the application is served, and how it is sent.

All of one request is in its `Record`, which the tracer of a worker (`recorder`) makes when a stage
within the outermost one is entered: a request of one stage costs nothing. Events are the
tuples that snifter's package ``devserver/wire`` lists ("Stages"), gathered in a list, and sent as
one frame right before any other frame of their request; but blocks that the server is given may go
ahead while more is to come.

A call that is recorded has `record`, and `index`, that of its pass, from 1.

A record holds no more than was not sent yet, beyond what tells one block or exception from another,
and lets go of all when its request ends.
"""

from __future__ import annotations

from marshal import dumps
from operator import length_hint

from ... import frames
from ...clock import monotonic_ns
from ...native import Mutex
from ...streams import FileWrapper
from ..checking import beside
from ..checking.lint import Checker
from ..checking.passes import CLOSED, OTHER, OVER, PASSED
from ..events import (
    CHUNK,
    CLOSE,
    ELSEWHERE,
    ENVIRON_CHANGED,
    EXIT,
    INPUT,
    MOST_UNSENT,
    SPENT,
    UNTOLD,
)
from ..guard import guarded
from ..relaying.passed import is_passed
from ..running.asked import between
from ..values import type_name
from . import blocks, copied, empties, forms
from .blocks import NO_BLOCK
from .byhand import ByHand

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from ...exchange import Exchange
    from ..frameworks.responses import Head
    from ..frameworks.unchanged import Kept
    from ..running.calls import Call
    from .environ import Seen

#: So many passes and events of one request are told.
MOST_PASSES = 1000
MOST_EVENTS = 20_000

_MOST_UNSENT_BYTES = 64 << 10

_STAGE_EVENTS = frames.STAGE_EVENTS
_END = frames.FLAG_END
_MOST_BYTES = frames.MAX_PAYLOAD
_CLOSED = frozenset((CLOSED, CLOSED | OTHER))
_header = frames.HEADER.pack
_INDEXES = range(2, 1 << 30)
_NONE_TOLD: tuple[Any, int, int] = (None, 0, 0)
#: Held while events are taken to be sent, or taken back, of whatever request: it takes no time.
sending = Mutex()


class Record(ByHand):
    """What was recorded of one request. `exchange.record` is None until there is one."""

    # What whoever makes one sets (see `answer.Answer`).
    __slots__ = (
        *("exchange", "root", "events", "given", "index", "lint", "over", "full", "sent"),
        *("passes_untold", "untold", "last", "block_at", "newest", "newest_of", "head", "relays"),
        *("passed", "open", "errors", "contents", "kept", "told", "unsent", "blocks", "copied"),
        *("elsewhere", "__dict__"),
    )

    exchange: Exchange
    #: The outermost call, of index 1.
    root: Call
    #: Events that are not sent yet. A block stands in its event as it is until then.
    events: list[tuple[Any, ...]]
    #: Blocks that the server was given, since there was something to be sent, and which.
    given: list[tuple[bytes, int]] | tuple[()]
    #: How many bytes there are in these.
    unsent: int
    #: By pass: how many blocks it gave, and how many bytes of them were sent.
    blocks: dict[int, tuple[int, int]] | None
    #: Makes the index of the next pass.
    index: Callable[[], int]
    #: What checks the boundaries.
    lint: Checker
    over: bool
    #: No more blocks are told.
    full: bool
    #: The environs that stages were given which are not what the one around has: by the index of
    #: that, what they held, and whose they are.
    copied: dict[int, list[tuple[Seen, int]]] | tuple[()] | None
    sent: int
    #: How many passes were not told, and how many blocks and reads.
    passes_untold: int
    untold: int
    #: The last block that was told, with whose it was, and which.
    last: tuple[Any, int, int]
    #: The place of the only block among the events, as long as none was sent; -1 where there are
    #: more, or were, and 0 where there are none.
    block_at: int
    #: What the server knows as the block that was told last, and the pass of that. It is bytes, or
    #: `NO_BLOCK` where the next is none that was told.
    newest: Any
    newest_of: int
    #: What the server knows as the headers that were told last, None where those may be odd.
    head: list[tuple[str, str]] | None
    #: Passes that have told of another's block as that, of what was sent.
    relays: set[int] | tuple[()]
    #: What the outermost stage has passed on, by whose pass it was made.
    passed: int
    #: Calls that have returned a body which is relayed.
    open: list[Call]
    #: Exceptions by their id: number, the pass that they left first, and where they rose.
    errors: dict[int, tuple[int, int, Any]] | None
    #: What the responses of a framework's layers are made of, by the pass that has them.
    contents: dict[int, Any] | None
    #: The response of a framework's that was read last.
    kept: Kept | None
    #: The head that the server knows as that of a framework's layer which was told last.
    told: Head | None
    #: How long a body was gone on with by others than the stage around, by whose pass it is.
    elsewhere: dict[int, int] | None

    # And what few set.
    raised = 0
    #: A list that the server is given as it is: by whose pass it was made, and how many blocks were
    #: written before.
    answer = written = 0
    #: Of what was sent before the end what may have to be looked at then.
    earlier: tuple[tuple[Any, ...], ...] = ()
    gave_nothing = empties.gave

    def begin(self, exchange: Exchange, root: Call) -> None:
        """In the place of `__init__`, which costs more."""
        self.exchange = exchange
        self.root = root
        self.events = []
        self.index = iter(_INDEXES).__next__
        self.over = self.full = False
        self.sent = self.passes_untold = self.untold = 0
        self.block_at = self.passed = 0
        self.last = _NONE_TOLD
        self.newest = NO_BLOCK
        self.open = []
        self.given = self.relays = self.copied = ()
        self.head = self.errors = self.contents = self.kept = self.told = None
        self.blocks = self.elsewhere = None
        self.lint = checker = Checker()
        checker.begin(exchange)
        exchange.checker = checker

    def following(self) -> int:
        """The index that the next pass has."""
        return _INDEXES.stop - length_hint(self.index.__self__)  # type: ignore[attr-defined]

    def opened(self, index: int) -> Call:
        """The call of an index, which has returned a body that is relayed."""
        return next(call for call in self.open if call.index == index)

    def gave(self, block: bytes, nth: int, now: bool) -> None:
        """The server is given a block that is not empty, the nth. What is unsent is sent before it
        if it is much, or must be now, since nobody waits for a nudge, by which it would be sent if
        nothing followed. Else the client need not wait for it."""
        events = self.events
        if events:
            given = self.given
            if given:
                given.append((block, nth))  # type: ignore[union-attr]
                self.unsent += len(block)
            else:
                self.given, self.unsent = [(block, nth)], len(block)
            if now or len(events) > MOST_UNSENT or self.unsent > _MOST_UNSENT_BYTES:
                self.send()

    @guarded
    def add(self, made: Callable[[], Any]) -> None:
        """Have an event be told, if one is made, unless all is told by now. Any thread may call."""
        with sending:
            event = None if self.over else made()
            if event is not None:
                self.events.append(event)

    @guarded
    def send(self) -> None:
        """Send what is unsent. Any thread may call it."""
        with sending:
            # Another thread may add some meanwhile.
            n = len(self.events)
            if not n:
                return
            events = self.events[:n]
            del self.events[:n]
            self.sent += n
            self.earlier += beside.worth_keeping(events)
            if self.sent > MOST_EVENTS:
                self.full, self.newest = True, NO_BLOCK
            if not self.over:
                if self.block_at:
                    blocks.put(self, events)
                else:
                    self.given = ()
                self._tell(events, monotonic_ns())

    def _tell(self, events: list[tuple[Any, ...]], now: int, flags: int = 0) -> None:
        try:
            data = dumps(events, 2)
        except ValueError:
            events = [forms.plain(event) for event in events]
            data = dumps(events, 2)
        if len(data) > _MOST_BYTES:
            self._halve(events, now, flags)
            return
        exchange = self.exchange
        exchange.link.out.append(
            _header(len(data), _STAGE_EVENTS, flags, 0, exchange.number, now) + data
        )

    def _halve(self, events: list[tuple[Any, ...]], now: int, flags: int) -> None:
        """Send what is too long for one frame, but for an event that is too long for any."""
        half = len(events) // 2
        if half:
            self._tell(events[:half], now)
            self._tell(events[half:], now, flags)
        elif flags:
            self._tell([], now, flags)

    # The outermost stage, which the exchange calls.

    def returned(self, result: Any) -> None:
        """The outermost stage has returned."""
        root = self.root
        now = monotonic_ns()
        root.spent += now - root.began
        seen = root.seen
        if seen.number.value != seen.known:
            look_at(root, now)
        if type(result) is FileWrapper:
            self.lint.root.file_within = 0
        same, root.result = root.result, None
        of = -1
        if is_passed(same, result):
            of = self.passed = same[1].index
            if type(result) is list or type(result) is tuple:
                self.answer, self.written = of, self.exchange.nth
            elif type(result) is FileWrapper:
                self.events.append((EXIT, 1, now, type_name(FileWrapper), of, True))
                return
        if self.open and result is not None:
            # Of their bodies there may be told before anything of what the server gets.
            name = self.exchange.link.recorder.type_of(result)
            self.events.append((EXIT, 1, now, name, of, False))

    def closing(self, now: int) -> None:
        """close() of what the outermost stage has returned is about to run."""
        if self.open:
            self.events.append((CLOSE, 1, now))

    def finish(self, now: int, block: bytes | None = None, last: bool = False) -> bool:
        """The request is over, with this block if it is all: tell of what is not told, and let go
        of everything. Where nothing else is to be told behind it, the end is told with it; return
        whether it was."""
        root, exchange = self.root, self.exchange
        events = self.events
        looked: Seen | None = None
        made = root
        seen = root.seen
        if between and seen.number.value != seen.known:
            look_at(root, now)  # those within have told of what they did
        for call in self.open:
            call.result = None  # of what its body has called, which knows it as its parent
            if call.body == OVER:
                made = call
                continue  # all is told
            if call.body == PASSED:
                if call.due is not None and call.lint is None:
                    made = made if made.index == call.of else self.opened(call.of)
                    if call.due != made.gave:
                        self.lint.of(call)
                continue
            made = call
            if call.body not in _CLOSED or (
                call.due is not None and call.due != call.gave
            ):
                self.lint.of(call)  # there may be something to say
            if self.copied:
                copied.look_around(call)
            seen = call.seen
            if seen is not looked:
                looked = seen
                if seen.number.value != seen.known:
                    look_at(call, now)
            events.append((SPENT, call.index, now, call.spent, call.inner))
        seen = root.seen
        if seen.number.value != seen.known:
            look_at(root, now)
        if self.elsewhere:
            # A thread that outlives the request may add to it meanwhile, but not to a copy.
            events += [(ELSEWHERE, 1, now, *told) for told in self.elsewhere.copy().items()]
        if self.untold or self.passes_untold:
            events.append((UNTOLD, 1, now, self.passes_untold, self.untold))
        events.append((SPENT, 1, now, root.spent, root.inner + exchange.inner, self.passed))
        if block is not None:
            self.given = [(block, 0)]
        with sending:
            # Nobody sends anything from now on, nor adds to it who had the list at hand.
            events, self.events, self.over = events[:], [], True
        if self.block_at:
            blocks.put(self, events)
        lint = self.lint
        if lint.passes or lint.late:
            last = self._tell_checked(events, now)
        else:
            self._tell(events, now, _END if last else 0)
        self.open.clear()
        self._let_go(root, exchange, lint)
        return last

    def answered(self, result: Any, now: int, last: bool) -> bool:
        """The outermost stage has returned a list or a tuple of one block, and the request is over
        with that: `returned` and `finish`, at less expense. Where nothing else is to be told behind
        it, the end is told with it; return whether it was."""
        if self.open or self.passes_untold:
            self.returned(result)
            self.finish(monotonic_ns(), result[0])
            return False
        root, exchange, lint = self.root, self.exchange, self.lint
        root.spent = spent = root.spent + now - root.began
        seen = root.seen
        if seen.number.value != seen.known:
            look_at(root, now)
        same, of = root.result, 0
        # As `is_passed` finds of a list or a tuple.
        if same is not None and same[0] is result and same[2] == result:
            of = same[1].index
        with sending:
            # Nobody sends anything from now on, nor adds to it who had the list at hand.
            events, self.events, self.over = [*self.events], [], True
        events.append((SPENT, 1, now, spent, root.inner + exchange.inner, of))
        at, block = self.block_at, result[0]
        if at > 0 and not self.sent and (told := events[at])[-1] is block and told[1] == of:
            # The server is given the list itself, and it is all.
            events[at] = (CHUNK, of, told[2], len(block), None, 0, 0)
        elif at:
            self.given, self.answer = [(block, 0)], of
            blocks.put(self, events)
        if lint.passes or lint.late:
            last = self._tell_checked(events, now)
        else:
            self._tell(events, now, _END if last else 0)
        self._let_go(root, exchange, lint)
        return last

    def _tell_checked(self, events: list[tuple[Any, ...]], now: int) -> bool:
        """Tell the last events, and what is found at the end; the end comes behind that."""
        self._tell(events, now)
        try:
            self.lint.end(events)
        except Exception as error:
            self.exchange.link.recorder.failing(self.lint.end, error)
        return False

    def _let_go(self, root: Call, exchange: Exchange, lint: Checker) -> None:
        """All is told."""
        lint.over = True
        lint.passed.clear()
        # The environs hold wsgi.errors, which holds the exchange.
        exchange.record = exchange.checker = root.record = root.seen = root.environ = None
        self.errors = self.contents = self.kept = lint._root = lint.listed = root.result = None
        self.copied = None
        self.newest, self.last = NO_BLOCK, _NONE_TOLD

    # What tells of it.

    @guarded
    def read(self, index: int, at: int, reads: int, size: int, over: int) -> None:
        """The stage has read of wsgi.input. Consecutive reads of one stage are one event."""
        events = self.events
        with sending:
            if events and events[-1][0] == INPUT and events[-1][1] == index:
                _, _, at, before, got, overs = events[-1]
                events[-1] = (INPUT, index, at, before + reads, got + size, overs + over)
                return
        if not self.full:
            events.append((INPUT, index, at, reads, size, over))
        else:
            self.untold += 1


def look(call: Call | None) -> None:
    """Tell what the stage has changed in its environ until now."""
    if call is not None:
        look_at(call, monotonic_ns())
        if call.record is not None and call.record.copied:
            copied.look(call)


def look_at(call: Call, now: int) -> None:
    """Tell what the stage has changed in its environ."""
    seen = call.seen
    if seen is None or seen.number.value == seen.known:
        return
    if seen.known or not seen.is_same():
        changed(call, seen, now)


def changed(call: Call, seen: Seen, now: int) -> None:
    before = seen.items
    change = seen.change(call.stage)
    if change is not None:
        call.record.events.append((ENVIRON_CHANGED, call.index, now, *change, False))
        if call.environ is None:
            call.record.lint.changed(call, before, seen)
    if (held := seen.containers) is not None and held.aside:
        copied.tell_aside(call, seen, now)
