"""The boundaries of a stage while requests may stop there: the slower way that `calls`, `bodies`,
`instances` and `layers` take while `stops.armed` is not empty.

The tracer is told of what happens at a boundary first. Then the request stops, if it is to, and
what was changed by hand is what crosses the boundary.
"""

from __future__ import annotations

from types import CoroutineType

from ...clock import monotonic_ns
from .. import context
from ..events import CHUNK, CLOSE, ENTER, EXCEPTION, EXIT, INPUT, START_RESPONSE
from ..frameworks import replies
from ..frameworks.responses import head, raised
from ..recording.record import look
from ..relaying import bodies, going
from ..running import calls, instances
from . import stops
from .parking import Answered, Halt, Replaced, park

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Awaitable, Callable, Iterator

    from ..frameworks.responses import Head
    from ..running.calls import Call
    from ..running.tracer import Tracer


def enter(call: Call) -> None:
    """The stage is about to run."""
    __traceback_hide__ = True
    if call.environ is None and call.record is not None and call.note:
        _stands(call, call.note[1])
    met = stops.met(call, ENTER)
    if met is not None:
        park(Halt(call, ENTER), met)


def read(call: Call) -> None:
    """The stage is about to read of wsgi.input."""
    __traceback_hide__ = True
    _go_back(call)
    met = stops.met(call, INPUT)
    if met is not None:
        calls.tell(look, call)  # it is its own, and no part of what is changed by hand
        park(Halt(call, INPUT), met)


def start(call: Call, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The stage calls start_response; return with what it is to be called."""
    __traceback_hide__ = True
    _go_back(call)
    given = [*args, *kwargs.values()]
    if len(given) < 2:
        return args, kwargs
    if call.record is not None:
        call.record.exchange.head = (given[0], given[1])
    met = stops.met(call, START_RESPONSE)
    if met is None:
        return args, kwargs
    halt = Halt(call, START_RESPONSE)
    halt.status, halt.headers = given[:2]
    park(halt, met)
    if halt.status is given[0] and halt.headers is given[1]:
        return args, kwargs
    call.record.exchange.head = (halt.status, halt.headers)
    return (halt.status, halt.headers, *given[2:]), {}


def block(call: Call, boundary: int, given: Any, nth: int = 0) -> Any:
    """The stage gives a block, the nth of a list that it passes on; return which."""
    __traceback_hide__ = True
    met = stops.met(call, boundary)
    if met is None:
        return given
    halt = Halt(call, boundary)
    halt.block, halt.nth = given, nth
    park(halt, met)
    return halt.block


def close_all(call: Call) -> None:
    """close() of the body of the stage, and of those that passed it on, is about to run."""
    __traceback_hide__ = True
    for outer in reversed(call.passing):
        try:
            close(outer)
        except BaseException as error:
            calls.failed(outer, outer._tracer, "close", error)
            raise
    close(call)


def close(call: Call) -> None:
    """close() of the body of the stage is about to run."""
    __traceback_hide__ = True
    met = stops.met(call, CLOSE)
    if met is not None:
        park(Halt(call, CLOSE), met)


def _exit(call: Call, result: Any) -> None:
    __traceback_hide__ = True
    met = stops.met(call, EXIT)
    if met is not None:
        calls.tell(look, call)
        halt = Halt(call, EXIT)
        halt.result = result
        if call.spent:
            call.began = monotonic_ns()  # what it took until here was told
        park(halt, met)


def failed(call: Call, tracer: Tracer, where: str, error: BaseException) -> bool:
    """An exception is leaving the stage, and was told of. Say whether the stage answers in its
    place; another exception may be raised instead."""
    __traceback_hide__ = True
    if not calls.is_failure(where, error) or isinstance(error, Answered):
        return False
    if call.environ is None and where == "call":
        calls.tell(lambda: _stands(call, raised(call, error)))
    met = stops.met(call, EXCEPTION)
    if met is None:
        return False
    halt = Halt(call, EXCEPTION)
    halt.error, halt.where = error, where
    try:
        park(halt, met)
    except Answered as answered:
        if answered.call is call:
            call.began = monotonic_ns()  # what it took until here was told with the exception
            return True
        raise
    except BaseException as other:
        calls.tell(tracer.exception, call, where, other)
        raise
    finally:
        halt.error = None
    return False


def leave(call: Call, tracer: Tracer, result: Any, made: Any = None) -> Any:
    """The stage has returned, or an instance of it was made; return what its caller gets."""
    __traceback_hide__ = True
    call.catching += 1
    try:
        if _is_waiting(call):
            # The application has caught what was to lead here.
            result = _answer(call, tracer, "call", result)
        if made is None:
            calls.tell(tracer.exit, call, result)
        else:
            instances.made(call, tracer, made)
        try:
            _exit(call, result if made is None else made)
        except BaseException as error:
            if not calls.failed(call, tracer, "call", error):
                _discard(call, tracer, result, made)
                raise
            result = _answer(call, tracer, "call", result, made)
        return None if made is not None else bodies.relay(call, tracer, result)
    finally:
        call.catching -= 1


def answer(call: Call, tracer: Tracer, made: Any = None) -> Any:
    """The stage answers by hand instead of what it would have returned; return what its caller
    gets."""
    __traceback_hide__ = True
    return leave(call, tracer, _answer(call, tracer, "call"), made)


def run_layer(
    call: Call, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Run a framework's layer that is entered; return what it returns."""
    __traceback_hide__ = True
    try:
        enter(call)
    except Exception as error:
        if (made := _converted(call, error)) is None:
            raise
        return made
    return original(*args, **kwargs)


def leave_layer(call: Call, tracer: Tracer, result: Any) -> Any:
    """A framework's layer has returned, or is to answer by hand; return what its caller gets."""
    __traceback_hide__ = True
    if _is_waiting(call):
        result = _reply(call)
    _left(call, tracer, result)
    try:
        _exit(call, result)
    except BaseException as error:
        made = _converted(call, error)
        if made is None and not calls.failed(call, tracer, "call", error):
            raise
        if type(made) is CoroutineType:
            return _leave_later(call, tracer, made)
        result = _reply(call) if _is_waiting(call) else made
        _left(call, tracer, result)
    if _raises(call):
        raise result
    return result


async def _leave_later(call: Call, tracer: Tracer, made: Awaitable[Any]) -> Any:
    """As `leave_layer`, with a response that is to be awaited first."""
    __traceback_hide__ = True
    token = context.running.set(call)
    try:
        result = await made
    finally:
        try:
            context.running.reset(token)
        except ValueError:
            pass  # it was finished in another context
    _left(call, tracer, result)
    return result


def _left(call: Call, tracer: Tracer, result: Any) -> None:
    if _raises(call):
        calls.tell(lambda: _stands(call, raised(call, result)))
        calls.tell(tracer.exception, call, "call", result)
    else:
        calls.tell(lambda: _stands(call, head(call, result)))
        calls.tell(tracer.exit, call, result)


def _raises(call: Call) -> bool:
    """Whether a framework's layer has answered by hand with what it raises."""
    return has_answered(call) and replies.is_raised(call)


def _converted(call: Call, error: BaseException) -> Any:
    """The response that a framework makes, within what is called as the layer, of an exception that
    is raised there by hand; None where it makes none."""
    __traceback_hide__ = True
    original, args = call.given  # type: ignore[misc]
    convert = call.hook.converter(original) if isinstance(error, Exception) else None
    if convert is None:
        return None
    token = context.running.set(call)
    try:
        return convert(args[0], error)
    finally:
        context.running.reset(token)


def _reply(call: Call) -> Any:
    """The framework's response that is made of an answer by hand."""
    call.answer.given = True
    call.answer.args = call.given[1]  # type: ignore[index]
    return replies.response(call, call.answer)


def _stands(call: Call, found: Head | None) -> None:
    """What the response of a framework's layer has for its head stands until another is given."""
    if found is not None and call.record is not None:
        call.record.exchange.head = found


def whole(call: Call, tracer: Tracer, blocks: Any, told: bool = True) -> Any:
    """A body that is there as a whole, or was passed on, its blocks told by then; return which."""
    __traceback_hide__ = True
    given = []
    for nth, each in enumerate(blocks, 1):
        if told:
            calls.tell(tracer.chunk, call, each)
        try:
            given.append(block(call, CHUNK, each, 0 if told else nth))
        except BaseException as error:
            calls.failed(call, tracer, "iterate", error)
            raise
    if all(new is old for new, old in zip(given, blocks)):
        return blocks
    return type(blocks)(given)


def step(call: Call, tracer: Tracer, blocks: Iterator[Any]) -> Any:
    """The next block of a body, taken in the stage's own context."""
    __traceback_hide__ = True
    passing = call.passing
    for each in (call, *passing):
        each.catching += 1
    try:
        return _step(call, tracer, blocks, passing)
    finally:
        for each in (call, *passing):
            each.catching -= 1


def _step(call: Call, tracer: Tracer, blocks: Iterator[Any], passing: tuple[Call, ...]) -> Any:
    __traceback_hide__ = True
    token = going.begin(call)
    try:
        if has_answered(call) or any(has_answered(outer) for outer in passing):
            raise StopIteration
        try:
            given = next(blocks)
        except StopIteration:
            if not _is_waiting(call):
                raise
        if _is_waiting(call):
            given = _answer(call, tracer, "iterate")[0]
    except StopIteration:
        going.exhausted(call)
        raise
    except BaseException as error:
        of = call if calls.failed(call, tracer, "iterate", error) else rescue(passing, error)
        if of is None:
            raise
        given = _answer(of, of._tracer, "iterate")[0]
    finally:
        going.end(call, token)
    calls.tell(tracer.chunk, call, given)
    return gave(call, given)


def gave(call: Call, given: Any) -> Any:
    """The body of the stage has given a block, which those that passed it on give, too; return
    which."""
    __traceback_hide__ = True
    for of in (call, *call.passing):
        try:
            given = block(of, CHUNK, given)
        except BaseException as error:
            calls.failed(of, of._tracer, "iterate", error)
            raise
    return given


def rescue(passing: tuple[Call, ...], error: BaseException) -> Call | None:
    """The stage that answers in the place of an exception in the body that it passed on, None where
    none can or does."""
    __traceback_hide__ = True
    for outer in passing:
        if type(error) is Answered and error.call is outer:
            return outer
        if failed(outer, outer._tracer, "iterate", error):
            return outer
    return None


def answered_blocks(call: Call, tracer: Tracer) -> Iterator[bytes]:
    """The body of an application class that was answered by hand."""
    blocks: list[bytes] = whole(call, tracer, [call.answer.block])
    return iter(blocks)


def has_answered(call: Call) -> bool:
    """Whether the stage has answered by hand."""
    found = getattr(call, "answer", None)
    return found is not None and bool(found.given)


def _is_waiting(call: Call) -> bool:
    """Whether the stage is to answer by hand, and has not yet."""
    found = getattr(call, "answer", None)
    return found is not None and not found.given


def _go_back(call: Call) -> None:
    """Lead to a call that is to answer, where the application goes on all the same."""
    __traceback_hide__ = True
    outer: Call | None = call
    while outer is not None:
        if _is_waiting(outer):
            raise Answered(outer)
        outer = outer.parent


def _answer(
    call: Call, tracer: Tracer, where: str, result: Any = None, made: Any = None
) -> list[bytes]:
    """Start the response that was given by hand, in the place of what the stage has returned."""
    __traceback_hide__ = True
    given = call.answer
    args: tuple[Any, ...] = (given.status, given.headers)
    if call.has_started:
        error, given.error = given.error or Replaced("the response was replaced by hand"), None
        args += ((type(error), error, error.__traceback__),)
    try:
        try:
            _discard(call, tracer, result, made)
        except Exception:
            pass  # it was told of, and the answer is given all the same
        given.given = True
        call.record.exchange.head = args[:2]
        call.record.exchange.hand.replaces = True
        # What the stage has done to its environ on its way out (Flask, as its context ends).
        calls.tell(look, call)
        calls.tell(tracer.start_response, call, args, {})
        begin: Callable[..., Any] = call._start  # type: ignore[assignment]
        token = context.running.set(call)  # it runs, and stands where a stage around stops in there
        try:
            begin(*args)
        except BaseException as raised:
            if len(args) < 3 or raised is not args[2][1] and not isinstance(raised, Replaced):
                raise
            # Not all look whether anything was sent before they raise what they are given.
            begin(*args[:2])
        finally:
            context.running.reset(token)
    except BaseException as error:
        calls.failed(call, tracer, where, error)
        raise
    finally:
        given.given = True
    return [given.block]


def _discard(call: Call, tracer: Tracer, result: Any, made: Any) -> None:
    """Close what a stage has returned, or the instance that it was made, which nobody will see."""
    __traceback_hide__ = True
    if made is not None:
        if hasattr(made, "close"):
            made.close()  # its hook tells of it
        return
    shut = getattr(result, "close", None)
    if shut is not None:
        going.shut(call, tracer, shut, runs=not call.spent)
