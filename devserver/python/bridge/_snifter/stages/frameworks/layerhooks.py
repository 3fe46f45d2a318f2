"""What is called in the place of a framework's functions: of those that are layers (see `layers`),
and of those that are looked at."""

from __future__ import annotations

from inspect import CO_GENERATOR
from types import CoroutineType, FunctionType

from ...clock import monotonic_ns
from .. import context, failures, names
from ..checking.passes import UNSAID
from ..events import ENTER
from ..failures import failing
from ..hooking import compiled, swap
from ..kinds import ByClass, defines
from ..names import Stage
from ..reading import proxies, shapes
from ..recording.record import MOST_PASSES, changed
from ..running import calls, collecting
from ..running.calls import Call
from ..stepping import boundaries, skipping
from ..stepping.stops import armed
from .responses import giver, leaver

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Awaitable, Callable, Generator

    from ..running.tracer import Tracer

# Called by names of their own, at less expense.
_running = context.running.get
_run = context.running.set
_back = context.running.reset
_collects = collecting.thread
_new = object.__new__
#: Classes of what layers have returned that is awaited by nobody.
_ready = ByClass()
_MOST_CLASSES = 1000
_MOST_DECORATORS = 20
#: What a layer has returned that was answered by hand.
_ANSWERED = object()


class LayerHook:
    """What a swapped function of a framework's layer calls."""

    __slots__ = (
        *("kind", "role", "stage", "inner", "method", "objects", "given", "left"),
        *("_stages", "_known"),
    )

    #: As of a StageHook: a layer makes no instance by being called.
    makes = False

    def __init__(
        self,
        kind: str,
        role: str,
        stage: Stage | None = None,
        inner: Any = None,
        method: str = "",
    ) -> None:
        self.kind = kind
        self.role = role
        #: None for a method, whose stage bears the name of the object's class. Where it is there,
        #: it is the layer's identity: several hooks may stand for one layer.
        self.stage = stage
        #: What it calls, where that is known from how it was made.
        self.inner = inner
        #: The name that a method has in its class.
        self.method = method
        #: By their ids, those that the framework has, where others of the class may be of use in
        #: them without being layers; None or none where whatever has the method is one.
        self.objects: dict[int, Any] | tuple[()] | None = ()
        #: What finds the response that it is given, and what it has made of that.
        self.given = giver(kind, role)
        self.left = leaver(kind)
        self._stages: ByClass = ByClass()
        # By what they are called and where they stand: a class that each request makes is one.
        self._known: dict[tuple[str, str, int], Stage] = {}

    def __call__(
        self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        __traceback_hide__ = True
        tracer = calls._tracer
        parent = _running()
        if tracer is None or parent is None or _collects and collecting.here():
            return original(*args, **kwargs)
        if type(parent) is not Call:
            record = parent.record
            parent = parent.call() if record is None else record.root
            if parent is None:
                return original(*args, **kwargs)
        receiver = None
        stage = self.stage
        if stage is None:
            receiver = args[0] if args else None
            if self.objects and parent.environ is None and id(receiver) not in self.objects:
                return original(*args, **kwargs)
            stage = self._stages.get(id(type(receiver))) or self.stage_of(receiver)
        if parent.stage is stage or receiver is not None and parent.receiver is receiver:
            around = parent.hook
            if (
                around is not self
                and isinstance(around, LayerHook)
                and around.is_same(self, receiver)
            ):
                # The same layer, one function further: what a decorator is around, or super().
                return original(*args, **kwargs)
        if armed and skipping.is_skipped(parent, stage):
            return skipping.without(self, stage, original, args, kwargs)
        call: Call = _new(Call)
        call.stage = stage
        call.parent = parent
        call.receiver = receiver
        call.hook = self
        call._tracer = tracer
        call.environ = call._start = call.lint = call.result = call.taken = None
        call.due, call.gave = UNSAID, -1
        call.spent = call.inner = call.body = 0
        record = parent.record
        if record is None or record.over:
            _entered(call, tracer)
        elif (index := record.index()) > MOST_PASSES:
            record.passes_untold += 1
            _is_untold(call)
        else:
            # As `enter` does, at less expense.
            call.seen = seen = parent.seen
            call.record = record
            call.index = index
            try:
                now = monotonic_ns()
                # A number that was known and is another tells of a change for sure.
                if seen.number.value != seen.known and (seen.known or not seen.is_same()):
                    changed(parent, seen, now)
                number = stage.number or tracer.number(stage)
                record.events.append((ENTER, index, now, parent.index, number, False))
                given = self.given
                if given is not None:
                    call.note = given(call, args)
                    now = monotonic_ns()
                call.began = now
            except Exception as error:
                _is_untold(call)
                failing(tracer.enter, error)
        token = _run(call)
        try:
            if armed:
                call.given = original, args
                result = boundaries.run_layer(call, original, args, kwargs)
            else:
                # Where there are no names, a dict of none need not be made anew.
                result = original(*args, **kwargs) if kwargs else original(*args)
        except BaseException as error:
            if not calls.failed(call, tracer, "call", error):
                raise
            result = _ANSWERED
        finally:
            _back(token)
        if result is not None and id(type(result)) not in _ready and _is_awaited(type(result)):
            call.given = _awaited, args
            return _awaited(call, tracer, result)
        if armed or result is _ANSWERED:
            call.given = original, args
            return boundaries.leave_layer(call, tracer, result)
        try:
            if call.index:
                tracer.layer_left(call, result)
            else:
                tracer.exit(call, result)
        except Exception as error:
            failing(tracer.exit, error)
        return result

    def converter(self, original: Any) -> Callable[..., Any] | None:
        """What makes a response of an exception that the layer raises, within what is called as the
        layer; it is given what that is, and the exception."""
        return None

    def stages(self) -> list[Stage]:
        """The stages that it is, or has been so far."""
        return [*self._known.values()] if self.stage is None else [self.stage]

    def is_same(self, other: LayerHook, receiver: Any) -> bool:
        """Whether the other is of the same layer, given that its stage or its object is."""
        if self.role != other.role or other.inner is not None:
            return False
        return self.method == other.method or self._is_around(other, type(receiver))

    def _is_around(self, other: LayerHook, kind: type) -> bool:
        """Whether a class's method is a decorator around what bears another name, as another method
        that it inherits: Falcon decorates each of the responders of a class."""
        found = next((vars(b)[self.method] for b in kind.__mro__ if self.method in vars(b)), None)
        for _ in range(_MOST_DECORATORS):
            found = proxies.behind(found)
            if type(found) is FunctionType:
                if swap.hook_of(found) is other:
                    return True
            elif not shapes.is_cython(found):
                return False
            found = found.__dict__.get("__wrapped__")
        return False

    def stage_of(self, receiver: Any) -> Stage:
        kind = type(receiver)
        stage: Stage | None = self._stages.get(id(kind))
        if stage is None:
            name, where = names.name_of(kind), names.place(kind)
            if self.method != "__call__":
                name += "." + self.method
                found = proxies.behind(_method_of(kind, self.method))
                if type(found) is FunctionType or shapes.is_cython(found):
                    where = names.place(written(compiled.method_of(found)))
            stage = Stage(name, self.kind, where, self.role)
            stage = self._known.setdefault((stage.name, stage.file, stage.line), stage)
            self._stages.add(kind, stage)
        return stage


def _method_of(kind: type, name: str) -> Any:
    """What a class has by a name that was written in it, or in one that it is made of: such as
    begin with two underscores are mangled."""
    if name.startswith("__") and not name.endswith("__"):
        for base in kind.__mro__:
            mangled = f"_{base.__name__.lstrip('_')}{name}"
            if mangled in vars(base):
                return vars(base)[mangled]
    return getattr(kind, name, None)


def _is_awaited(kind: type) -> bool:
    if defines(kind, "__await__"):
        return True
    if len(_ready) < _MOST_CLASSES:
        _ready.add(kind, True)
    return False


def _is_untold(call: Call) -> None:
    """What is not known of it is not told."""
    call.record = call.seen = None
    call.index = call.began = 0


def _entered(call: Call, tracer: Tracer) -> None:
    _is_untold(call)
    try:
        tracer.enter(call)
    except Exception as error:
        call.index, call.record = 0, None
        failing(tracer.enter, error)


class LazyHook(LayerHook):
    """Of a generator function, of which nothing runs before the first step is asked for. That step
    is the layer's call: what it sets by then, the framework makes the head of."""

    __slots__ = ()

    def __call__(
        self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        __traceback_hide__ = True
        result = super().__call__(_Beginning(original), args, kwargs)
        # A response that is given by hand in its place is a block to the framework.
        return result if type(result) is _Begun else iter((result,))


class _Beginning:
    """A generator function that takes the first step as it is called."""

    def __init__(self, original: Any) -> None:
        self._original = original
        self.__code__ = original.__code__

    def __call__(self, *args: Any, **kwargs: Any) -> _Begun:
        __traceback_hide__ = True
        return _Begun(self._original(*args, **kwargs))


class _Begun:
    """A generator that has taken its first step: what `yield from` calls."""

    __slots__ = ("_steps", "_first", "send", "throw", "close")

    _snifter_name = "generator"

    def __init__(self, steps: Generator[Any, Any, Any]) -> None:
        __traceback_hide__ = True
        self._steps = steps
        self.send, self.throw, self.close = steps.send, steps.throw, steps.close
        try:
            self._first: Any = (next(steps),)
        except StopIteration as end:
            self._first = end

    def __iter__(self) -> _Begun:
        return self

    def __next__(self) -> Any:
        __traceback_hide__ = True
        first, self._first = self._first, None
        if first is None:
            return next(self._steps)
        if type(first) is tuple:
            return first[0]
        raise first


def layer_hook(function: FunctionType, *args: Any, **kwargs: Any) -> LayerHook:
    """A hook for a function of a framework's layer."""
    lazy = swap.original_code(function).co_flags & CO_GENERATOR
    return (LazyHook if lazy else LayerHook)(*args, **kwargs)


async def _awaited(call: Call, tracer: Tracer, result: Awaitable[Any]) -> Any:
    __traceback_hide__ = True
    token = context.running.set(call)
    try:
        value = await result
    except BaseException as error:
        calls.failed(call, tracer, "call", error)
        raise
    finally:
        try:
            context.running.reset(token)
        except ValueError:
            pass  # it was finished in another context
    if armed:
        given = boundaries.leave_layer(call, tracer, value)
        return await given if type(given) is CoroutineType and given is not value else given
    failures.tell(tracer.exit, call, value)
    return value


class ResultHook:
    """Looks at what a function returns, and lets it pass."""

    __slots__ = ("look",)

    def __init__(self, look: Callable[[tuple[Any, ...], Any], Any]) -> None:
        self.look = look

    def __call__(
        self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        __traceback_hide__ = True
        result = original(*args, **kwargs)
        if calls.tracing() is not None:
            failures.tell(self.look, args, result)
        return result


class ArgumentsHook:
    """Looks at what a function is called with, before that runs."""

    __slots__ = ("look",)

    def __init__(self, look: Callable[[tuple[Any, ...]], Any]) -> None:
        self.look = look

    def __call__(
        self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        __traceback_hide__ = True
        if calls.tracing() is not None:
            failures.tell(self.look, args)
        return original(*args, **kwargs)


def written(value: Any) -> Any:
    """The function within its decorators, as far as functools.wraps tells."""
    for _ in range(_MOST_DECORATORS):
        wrapped = proxies.behind(value.__dict__.get("__wrapped__"))
        if type(wrapped) is not FunctionType:
            wrapped = proxies.named_after(wrapped)
            if type(wrapped) is not FunctionType:
                break
        value = wrapped
    return value
