"""What is called in the place of a function that is a stage: see `calls`."""

from __future__ import annotations

from inspect import CO_GENERATOR
from types import FunctionType, GeneratorType, MethodType

from ...clock import monotonic_ns
from ...exchange import Exchange
from .. import context
from ..checking.lint import EXTENSIONS
from ..checking.passes import UNSAID
from ..events import ENTER, EXIT, GIVEN, LAZY
from ..failures import failing
from ..kinds import ids
from ..names import Stage
from ..reading import shapes
from ..recording.record import MOST_PASSES
from ..relaying import generated
from ..stepping import boundaries, outermost, skipping
from ..stepping.stops import armed
from . import asked, begun, calls, clones, collecting, fresh, instances, keywords, positions
from .calls import Call, failed
from .hooked import Hooked
from .leaving import MANY, left
from .parents import parent_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any, Callable

# Called by names of their own, at less expense.
_running = context.running.get
_run = context.running.set
_back = context.running.reset
_starts = shapes.starts()
_collects = collecting.thread
_new = object.__new__

#: The classes of what is nothing but called.
_CALLED = begun.CALLED
#: What our own start_response is a method of.
_OWNERS = ids(Call, Exchange)
#: What a call has returned that was answered by hand.
_ANSWERED = object()


class StageHook(Hooked):
    """What a swapped WSGI callable calls. One for each function, or for each def whose functions
    are made later on."""

    __slots__ = ("generator", "generator_made", "enters", "begins", "is_noted", "_plain")

    #: `__call__` comes to `direct` itself.
    adapts = False
    #: What a generator function makes is relayed as any other body is: it has a close() of its own,
    #: which a generator around it would call where nobody else does.
    makes_bodies = True

    def __init__(
        self, code: CodeType, qualname: str, module: str, function: FunctionType | None = None
    ) -> None:
        super().__init__(code, qualname, module, function)
        #: The kind of event that it is entered by: as a rule nothing of a generator function runs
        #: when it is called.
        self.enters = LAZY if code.co_flags & CO_GENERATOR else ENTER
        #: Relays a generator that it has returned, or has made, being a generator function.
        self.generator: Callable[..., Any]
        self.generator_made: Callable[..., Any]
        self.undecided()
        #: It is known to `asked`.
        self.is_noted = False
        #: The code of what it was given last as start_response, where that was a function.
        self.begins: CodeType | None = None
        # The stage that it is where it is called with the two alone.
        self._plain: Stage | None = None

    def undecided(self) -> None:
        """What it makes is looked at as if it was the first."""
        self.generator = generated.first_generator
        self.generator_made = generated.first_made

    def entered_anew(self) -> None:
        """The next call of it is looked at as if it was the first."""
        self.is_noted, self._plain = False, None
        self._usual.clear()
        self.undecided()

    def direct(
        self,
        original: Callable[..., Any],
        environ: Any,
        begin: Any,
        receiver: Any = None,
        stage: Stage | None = None,
    ) -> Any:
        """As `__call__`, of a function of these two parameters, or with another before them. By far
        the most are called as they were before, within another stage and with what that was called
        with: what `_place` and `Recorder.enter` do is short then, and done here, in one frame."""
        __traceback_hide__ = True
        outer, tracer = _running(), calls._tracer
        if stage is None:
            stage = self._plain if receiver is None else self._usual.get(id(type(receiver)))
        if (
            stage is None
            or armed
            or outer is None
            or tracer is None
            or environ is not outer.environ
            or (
                begin.__self__ is not outer
                if type(begin) is MethodType
                else type(begin) is not FunctionType
                or begin.__code__ is not self.begins
            )
            and not self._takes(begin)
            or _collects
        ):
            return self._indirect(original, environ, begin, receiver)
        if type(outer) is Exchange:
            if (
                outer.record is None
                and receiver is not None
                and receiver is (recorder := outer.link.recorder).receiver
                and (self is not recorder.hook or not self.is_again(outer, receiver))
            ):
                # A method further of the outermost.
                return original(receiver, environ, begin)
            outer = outer.call() if outer.outermost else None
            if outer is None:
                return self._indirect(original, environ, begin, receiver)
        record = outer.record
        if record is None or record.over:
            return self._indirect(original, environ, begin, receiver)
        if receiver is not None and receiver is outer.receiver:
            if outer.hook is not self:
                # As `_place` finds: the same layer, one method further.
                return original(receiver, environ, begin)
            return self._indirect(original, environ, begin, receiver)
        call: Call = _new(Call)
        call.stage = stage
        call.parent = outer
        call.environ = environ
        call.receiver = receiver
        call.hook = self
        call._start = begin
        call._tracer = tracer
        call.lint = call.result = call.taken = None
        call.due = UNSAID
        call.gave = -1
        call.spent = call.inner = call.body = 0
        call.record = record
        call.seen = seen = outer.seen
        call.index = index = record.index()
        enters = self.enters
        try:
            if index > MOST_PASSES:
                record.passes_untold += 1
                _untold(call)
            else:
                number, found = stage.number or tracer.number(stage), seen.number.value
                # A number that was known and is another tells of a change for sure.
                if found == seen.known or seen.known is None and seen.is_same():
                    call.began = now = monotonic_ns()
                    record.events.append((enters, index, now, outer.index, number, False))
                else:
                    one = found == seen.next and seen.one(outer.stage, EXTENSIONS)
                    if not one:
                        before, change = seen.items, seen.step()
                        if change is not None and len(change) == 2 and change[0] in EXTENSIONS:
                            one = change
                    if one:
                        key, value = one
                        outer.stage.sets = key
                        call.began = now = monotonic_ns()
                        record.events.append((GIVEN, index, now, outer.index, number, key, value))
                        if enters == LAZY:
                            record.events.append((EXIT, index, now, "generator", -1, False))
                    else:
                        tracer.given(outer, seen, before, change)
                        call.began = now = monotonic_ns()
                        record.events.append((enters, index, now, outer.index, number, False))
        except Exception as error:
            failing(tracer.enter, error)
            _untold(call)
        if enters == LAZY:
            if receiver is None:
                result = original(environ, call.start_response)
            else:
                result = original(receiver, environ, call.start_response)
            return self.generator_made(call, tracer, result, _running())
        token = _run(call)
        try:
            if receiver is None:
                result = original(environ, call.start_response)
            else:
                result = original(receiver, environ, call.start_response)
        except BaseException as error:
            if not failed(call, tracer, "call", error):
                raise
            result = _ANSWERED
        finally:
            _back(token)
        kind = type(result)
        if kind is list and not armed and len(result) < MANY:
            try:
                tracer.left(call, result)
            except Exception as error:
                failing(tracer.exit, error)
            return result
        if result is _ANSWERED:
            return boundaries.answer(call, tracer)
        if armed:  # by now
            return boundaries.leave(call, tracer, result)
        if kind is GeneratorType:
            return self.generator(call, tracer, result)
        return left(call, tracer, result)

    def _takes(self, begin: Any) -> bool:
        """Whether what a stage has put in the place of its start_response may be one."""
        function = begin
        if type(begin) is MethodType:
            if id(type(begin.__self__)) in _OWNERS:
                return False
            function = begin.__func__
        if type(function) is not FunctionType:
            return id(type(begin)) in _CALLED and shapes.is_start_response(begin)
        code = function.__code__
        if code is self.begins:
            return True
        if id(code) not in _starts:
            return False
        if function is begin:
            self.begins = code
        return True

    def _indirect(
        self, original: Callable[..., Any], environ: Any, begin: Any, receiver: Any
    ) -> Any:
        __traceback_hide__ = True
        if type(original) is begun.Given:
            original, begin = original.original, original.own
        elif id(type(begin)) not in _CALLED:
            method = begun.method(begin)
            if method is not None:
                return self.direct(begun.Given(original, begin), environ, method, receiver)
        # Not those of the hook's code, which may be of what a library has made an application of.
        two = receiver is None and original.__code__.co_argcount == 2  # type: ignore[attr-defined]
        args = (environ, begin) if two else (receiver, environ, begin)
        if self.adapts:  # and has done so by now
            return StageHook.__call__(self, original, args, {})
        return self(original, args, {})

    def __call__(
        self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Run the stage, if it is one that is called, wherever it is called."""
        __traceback_hide__ = True
        tracer = calls._tracer
        if tracer is None or _collects and collecting.here():
            return original(*args, **kwargs)
        outer = _running()
        at = positions.of(outer, args)
        if at < 0:
            found = keywords.in_place(self.code, original, args, kwargs)
            if found is not None:
                return self(*found, {})
            at = positions.odd(self.code, args)
            if at < 0:
                return original(*args, **kwargs)
        own = args[at + 1]
        begin = begun.called(own)
        if begin is not own:
            args = (*args[: at + 1], begin, *args[at + 2 :])
        try:
            placed = self._place(args, outer, at)
        except Exception as error:
            failing(self._place, error)
            placed = None
        if placed is None:
            return original(*args[: at + 1], own, *args[at + 2 :], **kwargs)
        receiver, stage, parent = placed
        environ = args[at]
        if armed and skipping.is_skipped(parent, stage):
            more = [*args[:at], *args[at + 2 :], *kwargs.values()]
            plan = parent.record.exchange.surgery  # type: ignore[union-attr]
            held_by = type(receiver) if self.makes else receiver
            instead = plan.inner_of(stage, held_by, original, more, parent, hook=self)
            if self.makes:
                instances.check_gives_others(stage, held_by)
                return instances.give(receiver, instead(environ, begin), parent)
            return skipping.body_of(original, instead(environ, begin))
        made = None
        if self.makes:
            made, receiver = receiver, None
        call = Call(stage, parent, environ, receiver, self, tracer, begin)
        try:
            tracer.enter(call)
        except Exception as error:
            failing(tracer.enter, error)
        if made is not None:
            call.made, call.instance = type(made), id(made)
        token = _run(call)
        try:
            if armed:
                boundaries.enter(call)
            given = (*args[:at], environ, begun.like(own, call), *args[at + 2 :])
            result = original(*given, **kwargs)
        except BaseException as error:
            if not failed(call, tracer, "call", error):
                raise
            answered = True
        else:
            answered = False
        finally:
            _back(token)
        if answered:
            return boundaries.answer(call, tracer, made)
        if armed:  # by now, it may be
            return boundaries.leave(call, tracer, result, made)
        if made is not None:
            instances.made(call, tracer, made)
            return result
        return left(call, tracer, result)

    def _place(
        self, args: tuple[Any, ...], outer: Any, at: int
    ) -> tuple[Any, Stage, Call | None] | None:
        """What a call with an environ at a place among its arguments is a method of, which stage
        that makes it, and the call that it is made within; None where it is called as one that
        was entered already."""
        environ, begin = args[at], args[at + 1]
        owner = begin.__self__ if type(begin) is MethodType else None
        receiver = args[0] if at else None
        stage = self.stage_in(type(args[at - 1]), receiver) if at > 1 else None
        if stage is not None:
            # What decorates a method is an object: the stage is that which the method is of.
            receiver = args[at - 1]
        elif receiver is not None and not (
            self._methods.get(id(type(receiver))) or self.is_method_of(type(receiver))
        ):
            if self.name == "__new__":
                if not self.is_maker_of(receiver):
                    return None
                placed = self._place(args[at:], outer, 0)
                return placed and (None, self.stage_for(receiver), placed[2])
            receiver = None
        elif self.makes and not self.is_stage_of(type(receiver)):
            return None
        stage = stage or self.stage_of(receiver)
        known = None if receiver is None else type(receiver)
        is_clone = known is not None and clones.is_one(receiver, outer, self)
        if not self.makes and self._stages.get(id(known)) is stage and not is_clone:
            if known is not None:
                fresh.entered(receiver)
                self._usual.add(known, stage)
                if fresh.waits(known):
                    self.forget(known)
            elif len(args) == 2:
                self._plain = stage
        if not self.is_noted:
            self.is_noted = True
            asked.note(self)
        entered = type(receiver) if self.makes else receiver
        parent: Call | None
        if type(outer) is Exchange:
            if (
                outer.record is None
                and (entered is not None or not outer.outermost)
                and outer.is_outermost(self, entered, environ)
            ):
                # What the server itself calls is told of by the exchange.
                return None
            parent = outer.call() if owner is outer else parent_of(begin, environ)
        elif (
            outer is not None
            and outer.index == 1
            and outermost.is_it(outer, self, entered, environ)
        ):
            return None
        else:
            parent = parent_of(begin, environ)
        if self.makes:
            # A base class's __init__ that is called by the one of what is made is no further layer.
            if getattr(parent, "instance", 0) == id(receiver) and parent.environ is environ:
                return None
        elif (
            parent is not None
            and parent.receiver is not None
            and (
                parent.receiver is receiver
                and (
                    parent.hook is not self
                    or parent.environ is environ
                    and not self.is_once_in(type(receiver))
                )
                or is_clone
                or receiver is None
                and at
                and parent.environ is environ
                and self.is_function_of(type(parent.receiver))
            )
        ):
            # The same layer, one method further: Flask.__call__ and wsgi_app, or super(). The same
            # method once more is a further pass, as of what is mounted in itself.
            return None
        return receiver, stage, parent


def _untold(call: Call) -> None:
    """Nothing is recorded of the call."""
    call.record = call.seen = None
    call.index = call.began = 0


class WholeHook(StageHook):
    """The hook of a stage of which every call is looked at as a whole, by `__call__`."""

    __slots__ = ()

    def direct(
        self,
        original: Callable[..., Any],
        environ: Any,
        begin: Any,
        receiver: Any = None,
        stage: Stage | None = None,
    ) -> Any:
        __traceback_hide__ = True
        return self._indirect(original, environ, begin, receiver)
