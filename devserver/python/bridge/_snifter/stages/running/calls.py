"""Running a stage: its call, start_response and body, and what a tracer is told of them.

The parent of a stage is a context variable, set during the call, each step of the body and close();
see `parents` for where that is lost.
"""

from __future__ import annotations

from operator import is_
from types import MethodType

from ...clock import monotonic_ns
from .. import ours
from ..checking.passes import UNSAID
from ..events import ONE_MORE, WRITE
from ..failures import failing, tell
from ..hooking import swap
from ..kinds import ids
from ..names import Stage
from . import asked, collecting, handed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from .tracer import Tracer

#: What is no argument.
_NONE: Any = object()


class Call:
    """One pass of one request through one stage."""

    # What whoever makes one sets (see `answer.Answer`).
    __slots__ = (
        *("stage", "parent", "environ", "receiver", "hook", "_start", "_tracer", "record"),
        *("index", "seen", "lint", "due", "gave", "spent", "inner", "began", "result"),
        *("taken", "body", "of", "_passing"),
        *("__dict__", "__weakref__"),
    )

    stage: Stage
    #: The call that this one was made within, None for the outermost.
    parent: Call | None
    #: What a WSGI stage was called with; None for a framework's layer.
    environ: dict[str, Any] | None
    #: The object that the stage is a method of, or None.
    receiver: Any
    hook: Any
    _start: Callable[..., Any] | None
    _tracer: Tracer
    # The tracer's own.
    record: Any
    index: int
    seen: Any
    lint: Any
    spent: int
    inner: int
    began: int
    # What `lint` needs of a call about which there is nothing to say: with which Content-Length it
    # has called start_response as it should (`passes.UNSAID` where it has not), and how many bytes
    # are in the list that it has returned (-1 where none was).
    due: Any
    gave: int
    #: And what it has returned, where that is a body of its own which is relayed: one of
    #: `passes.MADE` and so on, or 0. Of a block of that, `gave` is how long it is.
    body: int
    #: What a call within this one has returned last, with the call whose body it is, and, of a
    #: list or a tuple, what is in it: see `passed`.
    result: Any
    #: The list of headers that it gave to a start_response of the stage around, and a copy.
    taken: tuple[list[Any], list[Any]] | None
    #: The index of the call whose body it is, where that is `passes.PASSED`; else it is not set.
    of: int

    # And what few set.
    #: The tracer's own, too.
    note: Any = None
    #: It has called start_response as it is seldom called: see `has_started`.
    begun = False
    #: While its start_response is called by that of a call within, which was given it as it is: the
    #: innermost such call.
    starter: Call | None = None
    #: How long functions of stages around have run in its own, once its time was told.
    lent = 0
    #: How many of those that run, beside its hook, have it answer by hand where they are told to.
    catching = 0
    #: What a framework's layer was called in the place of, and with, where it may stop.
    given: tuple[Any, tuple[Any, ...]] | None = None
    # Set where they come up: the class that is the application, with the id of what it makes; and
    # of `boundaries`, what is answered by hand.
    made: Any
    instance: int
    answer: Any

    def __init__(  # noqa: PLR0917 (made on every call: keywords cost)
        self,
        stage: Stage,
        parent: Call | None,
        environ: dict[str, Any] | None,
        receiver: Any,
        hook: Any,
        tracer: Tracer,
        start: Callable[..., Any] | None = None,
    ) -> None:
        self.stage = stage
        self.parent = parent
        self.environ = environ
        self.receiver = receiver
        self.hook = hook
        self._start = start
        self._tracer = tracer
        self.record = self.seen = self.lint = self.result = self.taken = None
        self.due, self.gave = UNSAID, -1
        self.index = self.spent = self.inner = self.began = self.body = 0

    @property
    def depth(self) -> int:
        """How many calls this one was made within."""
        depth, call = 0, self.parent
        while call is not None:
            depth, call = depth + 1, call.parent
        return depth

    @property
    def passing(self) -> tuple[Call, ...]:
        """The calls that passed its body on, the innermost first."""
        return getattr(self, "_passing", ())

    def passes_to(self, call: Call) -> None:
        """Another call passes its body on."""
        self._passing = (*getattr(self, "_passing", ()), call)

    @property
    def usual(self) -> bool:
        """Whether it has called start_response, and there is nothing to say of that."""
        return self.due is not UNSAID

    @property
    def has_started(self) -> bool:
        """Whether start_response was called."""
        return self.begun or self.usual or self.lint is not None and self.lint.started

    @property
    def request(self) -> Call:
        """The outermost call of the same request."""
        call = self
        while call.parent is not None:
            call = call.parent
        return call

    def start_response(
        self,
        status: Any = _NONE,
        headers: Any = _NONE,
        exc_info: Any = _NONE,
        /,
        *more: Any,
        **kwargs: Any,
    ) -> Any:
        """What the stage is given as its start_response."""
        __traceback_hide__ = True
        record = self.record
        if (
            type(headers) is not list
            or exc_info is not None
            and exc_info is not _NONE
            or record is None
            or armed
            or kwargs
            or more
        ):
            args = tuple(each for each in (status, headers, exc_info, *more) if each is not _NONE)
            try:
                return self._start_unusually(args, kwargs)
            except BaseException:
                ours.unwind()
                raise
        start: Any = self._start
        through: Any = ()
        server = None
        if type(start) is MethodType:
            server = start.__self__
            if type(server) is Call:
                start, through, server = server.passed_by()
            if type(server) is not Exchange:
                server = None
        seen = self.seen
        if seen.number.value != seen.known:
            tell(look, self)
        now = monotonic_ns()
        given = [*headers]
        try:
            lint = record.lint
            good = lint.good
            if (
                good
                and good is record.head
                and status is lint.status
                and len(given) == len(good) + 1
                and (id(pair := given[-1]) in PLAIN or is_plain(pair))
                and all(map(is_, good, given))
                and self.due is UNSAID
                and self.lint is None
                and not lint.over
                and lint.usual
                and not through
            ):
                # As `Usual.started` does, and `Checker.is_right` finds, where a header is added to
                # those of the stage within: most middlewares that call it do that.
                lint.good = record.head = given
                name, value = pair
                record.events.append((ONE_MORE, self.index, now, name, value))
                self.due = lint.length
                if lint.listed is not headers:
                    lint.listed, lint.lister = headers, self.index
            else:
                self._tracer.started(self, status, headers, given, through, now)
        except Exception as error:
            given = None
            failing(self._tracer.start_response, error)
        if server is not None:
            try:
                write = server.start_as_found(status, headers, given)
            except BaseException:
                tell(_refused, self, *through)
                ours.unwind()
                raise
        else:
            # A function that a stage around this one has made: it may change the environ, too.
            try:
                if exc_info is _NONE:
                    write = start(status, headers)
                else:
                    write = start(status, headers, None)
            except BaseException as error:
                outer = self._leave_to(through[-1] if through else self, now)
                tell(look, outer)
                tell(rises.inwards, self, outer, error)
                tell(_refused, self, *through)
                ours.unwind()
                raise
            outer = (through[-1] if through else self).parent
            if outer.environ is None or outer.spent or self.spent:
                outer = self._leave_to(through[-1] if through else self, now)
            else:
                # As that does, where it was called by another stage that still runs.
                took = monotonic_ns() - now
                self.inner += took
                outer.inner -= took
            if (
                seen.number.value != seen.known
                or record.copied
                and (outer.seen is not seen or outer.index in record.copied)
            ):
                tell(look, outer)
            if headers == given:  # else the stage around has changed it, as it may in time
                self.taken = headers, given
            elif self.record is not None:
                tell(handed.changed_around, self.record, outer, headers)
        if type(write) is not MethodType and id(type(write)) in _NO_WRITE:
            return write
        return MethodType(_write, (write, self, *through) if through else (write, self))

    def _leave_to(self, last: Call, began: int) -> Call | None:
        """A function of the stage around the last call has run since then, within this call: its
        time is that stage's own. Return the call of that."""
        outer = stage_around(last)
        if outer is not None:
            tell(lending.lend, self, outer, monotonic_ns() - began)
        return outer

    def passed_by(self) -> tuple[Callable[..., Any], list[Call], Any]:
        """What this call of a stage, and those around it, were entered with that were entered with
        the start_response of the next as it is: they have no part in a call of that but to see it
        pass. And what it is a method of, None where it is none."""
        through: list[Call] = []
        owner: Any = self
        while type(owner) is Call:
            through.append(owner)
            start: Any = owner._start
            if type(start) is not MethodType:
                return start, through, None
            owner = start.__self__
        return start, through, owner

    def _start_unusually(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """start_response is called with exc_info, or what it should not be called with, or may
        stop, or whoever is told is no recorder."""
        __traceback_hide__ = True
        tracer = self._tracer
        start: Any = self._start
        owner = start.__self__ if type(start) is MethodType else None
        through: Any = ()
        if self.starter is None:
            tell(look, self)
        if type(tracer) is Recorder and not armed:
            if type(owner) is Call:
                start, through, owner = owner.passed_by()
                for outer in through:
                    outer.begun = True
            try:
                tracer.start_response(self, args, kwargs, through)
            except Exception as error:
                failing(tracer.start_response, error)
        else:
            tell(tracer.start_response, self, args, kwargs)
            if armed:
                args, kwargs = boundaries.start(self, args, kwargs)
        self.begun = True
        if type(owner) is Exchange:
            try:
                write = start(*args, **kwargs)
            except BaseException:
                tell(_refused, self, *through)
                raise
        elif type(owner) is Call:
            owner.starter = self.starter or self
            try:
                write = start(*args, **kwargs)
            finally:
                owner.starter = None
        else:
            tell(look, self.starter or self)
            began = monotonic_ns()
            try:
                write = start(*args, **kwargs)
            except BaseException as error:
                around = stage_around(through[-1] if through else self)
                tell(rises.inwards, self.starter or self, around, error, (*args, *kwargs.values()))
                tell(_refused, self, *through)
                raise
            finally:
                if self.record is not None:
                    began += self.record.paused_since(began) or 0
                of = self.starter or self
                tell(look, of._leave_to(through[-1] if through else self, began))
        if id(type(write)) in _NO_WRITE:
            return write
        return MethodType(_write, (write, self, *through))


def _write(by: tuple[Any, ...], block: Any) -> Any:
    """What start_response returns: the block is given to what stands first, and passes through
    these calls before, the innermost first."""
    __traceback_hide__ = True
    write, *through = by
    for call in through:
        tell(call._tracer.write, call, block)
        if armed:
            block = boundaries.block(call, WRITE, block)
    try:
        return write(block)
    except BaseException as error:
        is_ours = type(write) is MethodType and id(type(write.__self__)) in _WRITERS
        tell(rises.inwards, through[0], None if is_ours else stage_around(through[-1]), error)
        ours.unwind()
        raise


def _refused(*calls: Call) -> None:
    """A call of start_response that has passed through these has failed: it may be called once
    more, with something better."""
    for call in calls:
        if call.record is not None:
            call.record.lint.of(call).refused = True


_NO_WRITE = ids(type(None), int, str, bytes)
#: Whoever is told; None while nothing is traced.
_tracer: Tracer | None = None


def start(tracer: Tracer) -> None:
    """Have the tracer told of every stage that is entered from now on."""
    global _tracer
    _tracer = tracer
    collecting.watch()
    swap.switch[:] = [True]


def stop() -> None:
    """Trace no more. The requests under way tell the tracer of what they have entered."""
    global _tracer
    swap.switch.clear()
    _tracer = None
    asked.forget()


def tracing() -> Tracer | None:
    return _tracer


def failed(call: Call, tracer: Tracer, where: str, error: BaseException) -> bool:
    """Tell of an exception that leaves a stage, unless the stage answers by hand in its place,
    which is what is returned."""
    __traceback_hide__ = True
    if type(error) is Answered and error.call is call:
        return True
    if is_failure(where, error):
        tell(tracer.exception, call, where, error)
        # What it has called will not be passed on any more, and knows this call as its parent.
        call.result = None
    ours.strip(error)
    return bool(armed) and boundaries.failed(call, tracer, where, error)


def is_failure(where: str, error: BaseException) -> bool:
    """Whether an exception is one where it leaves a stage: iterators end by StopIteration."""
    return where != "iterate" or not isinstance(error, StopIteration)


def stage_around(call: Call) -> Call | None:
    """The WSGI stage that a call was made within."""
    outer = call.parent
    while outer is not None and outer.environ is None and outer.parent is not None:
        outer = outer.parent
    return outer


from ...exchange import Exchange  # noqa: E402  (they need what is above)
from ..checking.right import PLAIN, is_plain  # noqa: E402
from ..recording.record import look  # noqa: E402
from ..recording.recorder import Recorder  # noqa: E402
from ..stepping import boundaries  # noqa: E402
from ..stepping.parking import Answered  # noqa: E402
from ..stepping.stops import armed  # noqa: E402
from . import lending, rises  # noqa: E402

#: What the write() of a server, or of another stage's start_response, is a method of.
_WRITERS = ids(Exchange, tuple)
