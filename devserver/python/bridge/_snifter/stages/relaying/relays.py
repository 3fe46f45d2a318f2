"""What relays the bodies of stages, but for generators (`generated`): an object that has __len__,
__next__ and close only if the body has them, and tells a tracer of each block.
"""

from __future__ import annotations

from collections import defaultdict
from types import GeneratorType

from ...clock import monotonic_ns
from .. import context, failures, ours
from ..checking.passes import CLOSED, EXHAUSTED, MADE, OTHER, PASSED, UNSAID
from ..events import AGAIN, CLOSE
from ..kinds import ByClass, defines, is_plain
from ..reading import changes, results
from ..recording import record
from ..running import calls, collecting
from ..running.asked import between
from ..stepping import boundaries
from ..stepping.stops import armed
from ..values import body_name
from .going import elsewhere, exhausted, runner, shut
from .likeness import is_its_own_iterator, like
from .passed import Relayed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterator

    from ..running.calls import Call
    from ..running.tracer import Tracer

# Called by names of their own, at less expense.
_run = context.running.set
_back = context.running.reset
_new = object.__new__
_collects = collecting.thread
#: A body that is no generator's and goes on, and one that has run to its end.
_GOES, _RAN = MADE | OTHER, EXHAUSTED | OTHER


def _next(self: Any) -> Any:
    """The next block of a body, taken in the stage's own context. All is in one frame: there is one
    of these for each block and stage."""
    __traceback_hide__ = True
    call: Call = self._snifter_call
    if armed:
        try:
            return boundaries.step(call, self._snifter_tracer, self._snifter_body)
        except BaseException:
            ours.unwind()
            raise
    if _collects and collecting.here():
        return next(self._snifter_body)  # it is drained by what nobody has closed
    call.began = monotonic_ns()
    token = _run(call)
    try:
        block = next(self._snifter_body)
    except StopIteration:
        if call.body == _GOES and call.lint is None:
            call.body = _RAN
        else:
            exhausted(call)
        raise
    except BaseException as error:
        calls.failed(call, self._snifter_tracer, "iterate", error)
        if armed:
            boundaries.rescue(call.passing, error)
        raise
    finally:
        # As `end` does, which is called twice for each body and more.
        now = monotonic_ns()
        took = now - call.began
        call.spent += took
        if token.old_value is not self._snifter_runner:
            elsewhere(call, token.old_value, took)
        _back(token)
    outer: Any = call.parent
    tracer, taken = self._snifter_tracer, call.taken
    if (
        call.body == _GOES
        and block is (told := call.record).newest
        and call.gave < 0
        and call.due is not UNSAID
        and call.lint is None
        and (taken is None or taken[0] == taken[1])
        and not told.exchange.blocks
        and outer.gave < 0
        and outer.lint is None
        and outer.environ is not None
        and outer.body != PASSED
        and not armed
    ):
        # The first one, which is that of a stage within, where whoever gets it has given nothing:
        # as Recorder.chunk does.
        told.events.append((AGAIN, call.index, now))
        call.gave, call.taken = len(block), None
        return block
    try:
        tracer.chunk(call, block)
    except Exception as error:
        failures.failing(tracer.chunk, error)
    return boundaries.gave(call, block) if armed else block


class Blocks:
    """The iterator of a body that is none itself."""

    __slots__ = ("_snifter_call", "_snifter_tracer", "_snifter_runner", "_snifter_body")

    def __init__(self, call: Call, tracer: Tracer, blocks: Iterator[Any]) -> None:
        self._snifter_call, self._snifter_tracer, self._snifter_body = call, tracer, blocks
        self._snifter_runner = runner(call)

    def __iter__(self) -> Blocks:
        return self

    __next__ = _next


class Looked:
    """What has been looked into. All but the names here is its own."""

    __slots__ = (
        *("_snifter_call", "_snifter_tracer", "_snifter_runner", "_snifter_body"),
        "__weakref__",
    )

    _snifter_blocks = Blocks

    def __init__(self, call: Call, tracer: Tracer, body: Any) -> None:
        self._snifter_call = call
        self._snifter_tracer = tracer
        self._snifter_runner = runner(call)
        self._snifter_body = body

    @property
    def __class__(self) -> Any:
        # isinstance() holds, as for werkzeug's ClosingIterator, or a generator.
        return self._snifter_body.__class__

    def __getattr__(self, name: str) -> Any:
        return getattr(self._snifter_body, name)

    def __repr__(self) -> str:
        return repr(self._snifter_body)

    def __iter__(self) -> Iterator[Any]:
        __traceback_hide__ = True
        call = self._snifter_call
        body = self._snifter_body
        if _collects and collecting.here():
            blocks = iter(body)
        else:
            # As `begin` and `end` do.
            call.began = monotonic_ns()
            token = _run(call)
            try:
                blocks = iter(body)
            except BaseException as error:
                calls.failed(call, self._snifter_tracer, "iterate", error)
                raise
            finally:
                took = monotonic_ns() - call.began
                call.spent += took
                if token.old_value is not self._snifter_runner:
                    elsewhere(call, token.old_value, took)
                _back(token)
        if blocks is body:
            return self  # type: ignore[return-value]
        relayed = self._snifter_blocks
        if relayed is Blocks:
            kind = type(blocks)
            relayed = (None if between else _known_steps.get(id(kind))) or steps_of(kind, blocks)
        steps = _new(relayed)
        steps._snifter_call, steps._snifter_tracer = call, self._snifter_tracer
        steps._snifter_runner = self._snifter_runner
        steps._snifter_body = blocks  # the last: from then on what is set is set in that
        return steps  # type: ignore[no-any-return]


class Relay(Looked, Relayed):
    """A body."""

    __slots__ = ()


class Steps(Looked):
    """What a body that is no iterator has given as such: who returns it returns not the body."""

    __slots__ = ()


_OURS = Blocks, Looked, Relayed


def _itself(self: Any) -> Any:
    return self


def _len(self: Any) -> int:
    __traceback_hide__ = True
    return len(self._snifter_body)


def _close(self: Any) -> Any:
    __traceback_hide__ = True
    call: Call = self._snifter_call
    if call.body == _RAN and call.lint is None and not armed and not _collects:
        # As `shut` does, where it has run to its end: all in one frame.
        close = self._snifter_body.close
        call.body += CLOSED - EXHAUSTED
        call.began = monotonic_ns()
        call.record.events.append((CLOSE, call.index, call.began))
        token = _run(call)
        try:
            return close()
        except BaseException as error:
            calls.failed(call, self._snifter_tracer, "close", error)
            ours.unwind()
            raise
        finally:
            took = monotonic_ns() - call.began
            call.spent += took
            if token.old_value is not self._snifter_runner:
                elsewhere(call, token.old_value, took)
            _back(token)
    try:
        return shut(self._snifter_call, self._snifter_tracer, self._snifter_body.close)
    except BaseException:
        ours.unwind()
        raise


def close_generator(self: Any) -> Any:
    __traceback_hide__ = True
    call = self._snifter_call
    lint = call.lint
    if armed or not (call.body == EXHAUSTED if lint is None else lint.exhaust):
        try:
            return _close(self)
        except BaseException:
            ours.unwind()
            raise
    # Nothing of it will run.
    tracer = self._snifter_tracer
    try:
        tracer.closed(call)
    except Exception as error:
        failures.failing(tracer.close, error)
    return self._snifter_body.close()


def _watched(step: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A step of a body that may change the environ as it goes: what was changed by then is told as
    the doing of who asks for it, and what is changed meanwhile as the stage's."""

    def watched(self: Any) -> Any:
        __traceback_hide__ = True
        failures.tell(record.look, context.current())
        try:
            return step(self)
        except BaseException:
            ours.unwind()
            raise
        finally:
            failures.tell(record.look, self._snifter_call)

    return watched


def _timed(step: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A step of the outermost stage's body, of which the server itself tells how long it took."""

    def timed(self: Any) -> Any:
        __traceback_hide__ = True
        record = self._snifter_call.record
        if record is None:
            return step(self)  # the request is over
        root, exchange = record.root, record.exchange
        spent, inner = root.spent, exchange.inner
        try:
            return step(self)
        except BaseException:
            ours.unwind()
            raise
        finally:
            root.spent, exchange.inner = spent, inner

    return timed


_next_watched, _close_watched = _watched(_next), _watched(_close)


class _TimedBlocks(Blocks):
    __slots__ = ()

    __next__ = _timed(_next)


class _WatchedBlocks(Blocks):
    __slots__ = ()

    __next__ = _next_watched


def is_watched(kind: type, body: Any) -> bool:
    """Whether a body may change the environ as it goes."""
    if kind is GeneratorType:
        return changes.are_between_blocks((body.gi_code,))
    found = _steps.get(id(kind))
    if found is None:
        # What relays another's body tells of its changes itself.
        found = not issubclass(kind, _OURS) and changes.in_steps(kind)
        if len(_steps) < _MOST_CLASSES:
            _steps.add(kind, found)
    return found


def blocks_of(kind: type, blocks: Any) -> type[Blocks]:
    """What relays the blocks of an iterator of a class."""
    return _WatchedBlocks if between or is_watched(kind, blocks) else Blocks


def steps_of(kind: type, blocks: Any) -> type:
    """What relays an iterator that a body has given, which is closed and asked for what it has."""
    if not is_plain(kind):
        return Blocks
    watched = bool(between) or is_watched(kind, blocks)
    known = _classes_of_steps[watched]
    found = known.get(id(kind)) or _added(known, kind, Steps, watched=watched)
    if not between and kind is not GeneratorType and len(_known_steps) < _MOST_CLASSES:
        _known_steps.add(kind, found)
    return found


_name_of = type.__dict__["__name__"].__get__
#: By whether a body closes, is watched and timed, and by its type.
_classes: defaultdict[tuple[bool, bool, bool], ByClass] = defaultdict(ByClass)
_classes_of_steps: defaultdict[bool, ByClass] = defaultdict(ByClass)
_steps = ByClass()
#: What relays the steps of a class, unless the environ may change between blocks.
_known_steps = ByClass()
_MOST_CLASSES = 1000


def class_for(kind: type, closes: bool, watched: bool = False, timed: bool = False) -> type:
    """The relay for bodies of a type, whose changes of the environ are told step by step or not,
    and which are timed by who iterates them or not."""
    known = _classes[closes, watched, timed]
    relay: type | None = known.get(id(kind))
    if relay is not None:
        return relay
    return _added(known, kind, Relay, closes=closes, watched=watched, timed=timed)


def _added(
    known: ByClass,
    kind: type,
    base: type[Looked],
    *,
    closes: bool = False,
    watched: bool = False,
    timed: bool = False,
) -> type:
    name = body_name(kind)  # it may be relayed already, where a response was made of it
    members: dict[str, Any] = {"__slots__": (), "_snifter_name": name}
    if defines(kind, "__next__"):
        begins = _itself if is_its_own_iterator(kind) else Looked.__iter__
        members.update(__iter__=begins, __next__=_next_watched if watched else _next)
    if defines(kind, "__len__"):
        members["__len__"] = _len
    if closes and watched:
        members["close"] = _close_watched
    elif closes:
        members["close"] = close_generator if kind is GeneratorType else _close
    if timed:
        members = {"__iter__": Looked.__iter__, "_snifter_blocks": _TimedBlocks, **members}
        for step in {"__iter__", "__next__", "close"} & members.keys():
            members[step] = _timed(members[step])
    # Who asks for the name of its type is told that of the body's.
    found = like(kind, base, _name_of(kind), members)
    if kind is GeneratorType:
        results.known.add(found, results.STEPS)
    if len(known) < _MOST_CLASSES:  # of an application that makes a class a request
        known.add(kind, found)
    return found
