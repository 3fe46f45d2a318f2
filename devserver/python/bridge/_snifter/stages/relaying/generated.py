"""The bodies of stages that are generators, which most bodies are that are relayed at all: as
`relays`, at less expense."""

from __future__ import annotations

from itertools import chain
from types import GeneratorType

from ...clock import monotonic_ns
from .. import context, failures, ours
from ..checking.passes import EXHAUSTED, MADE, OTHER, OVER, PASSED, UNSAID
from ..events import AGAIN, SHUT
from ..reading import changes
from ..reading.returning import returns
from ..running import calls, collecting
from ..running.asked import between
from ..stepping import boundaries
from ..stepping.stops import armed
from . import going, likeness, relays
from .passed import RELAYED, Relayed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterator

    from ..recording.recorder import Recorder
    from ..running.calls import Call

_new = object.__new__
# Called by names of their own, at less expense.
_run = context.running.set
_back = context.running.reset
_collects = collecting.thread

_OfGenerator = relays.class_for(GeneratorType, True)
_OfWatched = relays.class_for(GeneratorType, True, True)


class _OfSteps(chain, Relayed):  # type: ignore[type-arg]
    """The relay of a generator that returns nothing: its steps are those of another, of which no
    other object hands out the next at as little expense."""

    __slots__ = ("_snifter_call", "_snifter_body", "__weakref__")

    _snifter_name = "generator"

    __class__ = relays.Looked.__dict__["__class__"]
    __getattr__ = relays.Relay.__getattr__
    __repr__ = relays.Relay.__repr__
    __eq__, __hash__ = likeness.is_same, likeness.hash_of
    _snifter_tracer = property(lambda self: self._snifter_call._tracer)

    def close(self) -> Any:
        __traceback_hide__ = True
        call = self._snifter_call
        if call.body == EXHAUSTED and not armed:
            record = call.record
            if (call.due is None or call.due == call.gave) and not record.copied:
                # As Record.finish finds, where there is nothing to say: nothing of it will run.
                record.events.append((SHUT, call.index, monotonic_ns(), call.spent, call.inner))
                call.body = OVER
                return None
        try:
            return relays.close_generator(self)
        except BaseException:
            ours.unwind()
            raise

    def __reduce_ex__(self, protocol: Any) -> Any:
        return self._snifter_body.__reduce_ex__(protocol)


_OfSteps.__name__ = _OfSteps.__qualname__ = "generator"  # as those of bodies are named


def _steps_of(
    call: Call, tracer: Recorder, blocks: Iterator[Any], around: Any
) -> Iterator[Any]:
    """As the steps of other bodies, all in one, of a call that is recorded, within a WSGI stage:
    around is what it was made in, which has its body go on as a rule. No exception ends them: that
    costs much."""
    __traceback_hide__ = True
    record: Any = call.record
    outer: Any = call.parent
    while True:
        if armed or _collects:
            try:
                block = next(relays.Blocks(call, tracer, blocks))
            except StopIteration:
                return
            except BaseException:
                ours.unwind()
                raise
            yield block
            continue
        call.began = monotonic_ns()
        token = _run(call)
        try:
            for block in blocks:  # noqa: B007
                break
            else:
                if call.body == MADE:
                    call.body = EXHAUSTED
                else:
                    going.exhausted(call)
                return
        except BaseException as error:
            calls.failed(call, tracer, "iterate", error)
            if armed:
                boundaries.rescue(call.passing, error)
            raise
        finally:
            now = monotonic_ns()
            call.spent += now - call.began
            if token.old_value is not around:
                going.elsewhere(call, token.old_value, now - call.began)
            _back(token)
        taken = call.taken
        if (
            block is record.newest
            and call.gave < 0
            and call.due is not UNSAID
            and call.lint is None
            and (taken is None or taken[0] == taken[1])
            and not record.exchange.blocks
            and outer.gave < 0
            and outer.lint is None
            and outer.body != PASSED
        ):
            # As Recorder.chunk does with the first block, which is that of a stage within, where
            # whoever gets it has given nothing.
            record.events.append((AGAIN, call.index, now))
            call.gave, call.taken = len(block), None
        else:
            try:
                tracer.chunk(call, block, now)
            except Exception as error:
                failures.failing(tracer.chunk, error)
        yield boundaries.gave(call, block) if armed else block


def _is_watched(call: Call, result: Any) -> bool:
    """Whether the generators that a stage makes are watched, of which this is the first."""
    return bool(between) or changes.are_between_blocks((result.gi_code, call.hook.code))


def first_generator(call: Call, tracer: Recorder, result: Any) -> Any:
    """As `generator`, of the first one that a stage has made."""
    call.hook.generator = _watched_generator if _is_watched(call, result) else generator
    return call.hook.generator(call, tracer, result)


def first_made(call: Call, tracer: Recorder, result: Any, around: Any) -> Any:
    """As `made`, of the first one that a stage has made, being a generator function: from then on
    it is known what they are."""
    hook = call.hook
    if _is_watched(call, result):
        hook.generator_made = _watched_made
    else:
        hook.generator_made = _returning_made if returns(result.gi_code) else _made
    return hook.generator_made(call, tracer, result, around)


def _made(call: Call, tracer: Recorder, result: Any, around: Any) -> Any:
    """What is returned in the place of a generator of which nothing has run, as the recorder has
    told when it was made. By far the most are of this kind: `_told` and `Recorder.made` are part of
    it, as far as something is to be said where nothing was entered within the call."""
    record = call.record
    if record is None:
        return _returning_made(call, tracer, result, around)
    body = _OfSteps(_steps_of(call, tracer, result, around))
    body._snifter_call, body._snifter_body = call, result
    outer: Any = call.parent
    if not outer.body:  # else it has returned by then
        outer.result = (RELAYED, call, None)
    record.open.append(call)
    call.body = MADE
    return body


def _returning_made(call: Call, tracer: Recorder, result: Any, around: Any) -> Any:
    return _told(call, tracer, result, _new(_OfGenerator), tracer.made)


def _watched_made(call: Call, tracer: Recorder, result: Any, around: Any) -> Any:
    return _told(call, tracer, result, _new(_OfWatched), tracer.made)


def generator(call: Call, tracer: Recorder, result: Any) -> Any:
    """What is returned in the place of a generator, which is no other stage's body; and the
    recorder is told of it. All that `relay` and `Recorder.exit` do, at less expense."""
    outer: Any = call.parent
    if outer is None or outer.environ is None or call.record is None or returns(result.gi_code):
        body = _new(_OfGenerator)  # `yield from` of steps gives no value
    else:
        around = going.runner(call)
        taken = call.taken
        blocks = result if taken is None else chain(_taken_anew(call, taken[0]), result)
        body = _OfSteps(_steps_of(call, tracer, blocks, around))
    return _told(call, tracer, result, body, tracer.yielded)


def _taken_anew(call: Call, headers: list[Any]) -> Iterator[Any]:
    """Before the first step of a body whose stage has called the start_response of the one around:
    what that has made of the list since is its own affair, but not what the step does."""
    call.taken = headers, headers[:]
    yield from ()


def _watched_generator(call: Call, tracer: Recorder, result: Any) -> Any:
    return _told(call, tracer, result, _new(_OfWatched), tracer.yielded)


def iterated(call: Call, tracer: Recorder, result: Any, body: Any) -> Any:
    """The same of what is relayed by this body otherwise."""
    body._snifter_call, body._snifter_tracer = call, tracer
    body._snifter_runner = going.runner(call)
    body._snifter_body = result  # the last: as in `_told`
    call.result, outer = None, call.parent
    if outer is not None and not outer.body:
        outer.result = (RELAYED, call, None)
    try:
        tracer.yielded(call, result, MADE | OTHER)
    except Exception as error:
        failures.failing(tracer.yielded, error)
    return body


def _told(
    call: Call, tracer: Recorder, result: Any, body: Any, tell: Callable[[Call, Any], Any]
) -> Any:
    """The recorder is told of a body of a stage's own, which goes on as this one."""
    body._snifter_call = call
    if type(body) is not _OfSteps:
        body._snifter_tracer, body._snifter_runner = tracer, going.runner(call)
    body._snifter_body = result  # the last: from then on what is set is set in that
    call.result, outer = None, call.parent
    if outer is not None and not outer.body:
        outer.result = (RELAYED, call, None)
    try:
        tell(call, result)
    except Exception as error:
        failures.failing(tell, error)
    return body
