"""Running a stage: its call, start_response and body, and what a tracer is told of them.

The parent of a stage is a context variable, set during the call, each step of the body and close().
Where that is lost (in a thread that a middleware starts), it is the stage whose start_response was
passed in, directly or within a function that closes over it.
"""

from __future__ import annotations

import contextvars
import sys
from functools import partial, partialmethod
from types import FunctionType, GeneratorType, MethodType

from ..native import Lock
from . import collecting, greenlets, hide, names, shapes, swap
from .names import Stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any, Callable, Protocol

    class Tracer(Protocol):
        """Who wants to know of boundaries. Its methods are called in the thread of the request,
        in the order in which things happen. What one of them raises is reported once, and never
        reaches the application; only a BaseException that is no Exception goes through."""

        def enter(self, call: Call) -> None:
            """The stage is about to run. Its environ is as it gets it."""

        def start_response(self, call: Call, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
            """The stage calls start_response with these."""

        def write(self, call: Call, block: Any) -> None:
            """The stage passes a block to write()."""

        def exit(self, call: Call, result: Any) -> None:
            """The stage has returned what its body will be, or, being a framework's layer,
            its response. The tracer must not keep it: it could live for ever."""

        def chunk(self, call: Call, block: Any) -> None:
            """The stage's body gives a block."""

        def close(self, call: Call) -> None:
            """close() of the stage's body is about to run."""

        def exception(self, call: Call, where: str, error: BaseException) -> None:
            """An exception left the stage: in its "call", while one "iterate"s, or in "close"."""


class Call:
    """One pass of one request through one stage."""

    # Defaults, so that a call sets few of them.
    #: The tracer's own: what follows, too.
    note: Any = None
    record: Any = None
    index = 0
    seen: Any = None
    lint: Any = None
    spent = inner = began = 0
    #: What a call within this one has returned last, with the call whose body it is.
    result: Any = None
    #: It has called start_response.
    begun = False
    # What `lint` needs of a call about which there is nothing to say: that it has called
    # start_response as it should, with which Content-Length, and how many bytes are in the list
    # that it has returned.
    usual = False
    due: int | None = None
    gave = -1
    # Of `boundaries`, set where they come up: the calls that passed its body on, the class that is
    # the application, and what is answered by hand.
    passing: Any
    made: Any
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
        #: The call that this one was made within, None for the outermost.
        self.parent = parent
        #: What a WSGI stage was called with; None for a framework's layer.
        self.environ = environ
        #: The object that the stage is a method of, or None.
        self.receiver = receiver
        self.hook = hook
        self._start = start
        self._tracer = tracer

    @property
    def depth(self) -> int:
        """How many calls this one was made within."""
        depth, call = 0, self.parent
        while call is not None:
            depth, call = depth + 1, call.parent
        return depth

    @property
    def request(self) -> Call:
        """The outermost call of the same request."""
        call = self
        while call.parent is not None:
            call = call.parent
        return call

    def start_response(self, *args: Any, **kwargs: Any) -> Any:
        """What the stage is given as its start_response."""
        __traceback_hide__ = True
        tracer = self._tracer
        start: Any = self._start
        owner = start.__self__ if type(start) is MethodType else None
        through: Any = ()
        if type(tracer) is Recorder and not stops.armed:
            if type(owner) is Call:
                # Stages around that were entered with the start_response of the next as it is have
                # no part in this call but to see it pass.
                through = []
                while type(owner) is Call:
                    owner.begun = True
                    through.append(owner)
                    start = owner._start
                    owner = start.__self__ if type(start) is MethodType else None
            try:
                tracer.start_response(self, args, kwargs, through)
            except Exception as error:
                failing(tracer.start_response, error)
        else:
            tell(tracer.start_response, self, args, kwargs)
            if stops.armed:
                args, kwargs = boundaries.start(self, args, kwargs)
        self.begun = True
        if type(owner) is Exchange or type(owner) is Call:
            write = start(*args, **kwargs)
        else:
            # A function that a stage around this one has made: it may change the environ, too.
            seen = self.seen
            if seen is None or seen.number.value != seen.known:
                tell(look, self)
            try:
                write = start(*args, **kwargs)
            finally:
                if seen is None or seen.number.value != seen.known:
                    tell(look, stage_around(through[-1] if through else self))
        return write if type(write) in _NO_WRITE else partial(_write, write, (self, *through))


def _write(write: Callable[[Any], Any], through: tuple[Call, ...], block: Any) -> Any:
    """What start_response returns: the block passes through these calls, the innermost first."""
    __traceback_hide__ = True
    for call in through:
        tell(call._tracer.write, call, block)
        if stops.armed:
            block = boundaries.block(call, WRITE, block)
    return write(block)


_starts = shapes.starts()
_collects = collecting.thread
_NO_WRITE = (type(None), int, str, bytes)
#: The call that runs, or the exchange, which is then in its outermost stage (see Exchange.call).
_current: contextvars.ContextVar[Any] = contextvars.ContextVar("snifter", default=None)

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


def tracing() -> Tracer | None:
    return _tracer


def current() -> Call | None:
    """The innermost call that runs in this context."""
    found = _current.get()
    return found if found is None or type(found) is Call else found.call()


_reported: set[tuple[str, type]] = set()
_reporting = Lock()


def tell(callback: Callable[..., None], *args: Any) -> None:
    """Call one of a tracer's methods. A failure is reported once, by method and type of error."""
    try:
        callback(*args)
    except Exception as error:
        failing(callback, error)


def failing(callback: Callable[..., None], error: Exception) -> None:
    """A tracer's method has failed."""
    with _reporting:
        key = (getattr(callback, "__qualname__", repr(callback)), type(error))
        if key in _reported:
            return
        _reported.add(key)
    report(key[0], error)


def report(what: str, error: Exception) -> None:
    """Tell of a failure of our own where it disturbs nobody."""
    try:
        sys.stderr.write(f"snifter: tracing failed in {what}: {type(error).__name__}: {error}\n")
    except Exception:
        pass  # without a stderr there is nowhere to tell


class StageHook:
    """What a swapped WSGI callable calls. One for each function, or for each def whose functions
    are made later on."""

    __slots__ = (
        "code",
        "name",
        "makes",
        "qualname",
        "module",
        "function",
        "_stages",
        "_methods",
        "_statics",
    )

    kind = "wsgi"
    #: What a generator function makes is relayed as any other body is: it has a close() of its own,
    #: which a generator around it would call where nobody else does.
    makes_bodies = True

    def __init__(
        self, code: CodeType, qualname: str, module: str, function: FunctionType | None = None
    ) -> None:
        self.code = code
        self.name = code.co_name
        #: It is an application class that is called, and the instance is its body.
        self.makes = code.co_name == "__init__"
        self.qualname = qualname
        self.module = module
        self.function = function
        self._stages: dict[Any, Stage] = {}
        self._methods: dict[type, bool] = {}
        self._statics: dict[type, bool] = {}

    def __call__(
        self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        __traceback_hide__ = True
        tracer = _tracer
        if tracer is None or _collects[0] and collecting.here():
            return original(*args, **kwargs)
        outer = _current.get()
        at, receiver = len(args) - 2, None
        if at == 0:
            environ, begin = args
        elif at == 1:
            receiver, environ, begin = args
        else:
            environ = begin = None
        owner = begin.__self__ if type(begin) is MethodType else None
        # By far the most are called with what the stage around them was called with.
        if (
            outer is None
            or environ is not outer.environ
            or owner is not outer
            and (
                type(begin) is not FunctionType
                or _starts.get(id(begin.__code__)) is not begin.__code__
                and not shapes.is_start_response(begin)
            )
        ):
            at = shapes.position(args)
            if at < 0:
                found = keywords.in_place(self.code, original, args, kwargs)
                if found is not None:
                    return self(*found, {})
                tell(lint_environ.look_at_unknown, args)
                return original(*args, **kwargs)
            environ, begin = args[at], args[at + 1]
            receiver = args[0] if at else None
            owner = begin.__self__ if type(begin) is MethodType else None
            if type(owner) is not Call and not shapes.is_start_response(begin):
                return original(*args, **kwargs)
        if receiver is not None and not (
            self._methods.get(type(receiver)) or self.is_method_of(type(receiver))
        ):
            receiver = None
        stage = self._stages.get(None if receiver is None else type(receiver))
        if stage is None:
            stage = self.stage_of(receiver)
        made = None
        if self.makes:
            made, receiver = receiver, None
        armed = stops.armed
        parent: Call | None
        if type(outer) is Call and not armed and (owner is outer or type(begin) is FunctionType):
            parent = outer  # as parent_of would say
        elif type(outer) is Exchange:
            if (
                outer.record is None
                and (receiver is not None or not outer.outermost)
                and outer.is_outermost(self, receiver, environ)
            ):
                # What the server itself calls is told of by the exchange.
                return original(*args, **kwargs)
            if owner is outer:
                record = outer.record
                if record is None:
                    recorder = outer.link.recorder
                    try:
                        record = recorder.begin(outer)
                    except Exception as error:
                        failing(recorder.begin, error)
                parent = None if record is None else record.root
            else:
                parent = parent_of(begin, environ)
        elif armed and boundaries.is_outermost(outer, self, receiver, environ):
            return original(*args, **kwargs)
        else:
            parent = parent_of(begin, environ)
        if (
            parent is not None
            and parent.receiver is not None
            and (
                parent.receiver is receiver
                and (parent.environ is environ or parent.hook is not self)
                or receiver is None
                and at
                and parent.environ is environ
                and self.is_function_of(type(parent.receiver))
            )
        ):
            # The same layer, one method further: Flask.__call__ and wsgi_app, or super(). The same
            # method with another environ is a further pass.
            return original(*args, **kwargs)
        if armed and surgery.is_skipped(parent, stage):
            more = [*args[:at], *args[at + 2 :], *kwargs.values()]
            instead = surgery.inner_of(stage, receiver, original, more, parent)
            return surgery.body_of(original, instead(environ, begin))
        call = None
        try:
            if type(tracer) is Recorder:
                call = tracer.entered(stage, parent, environ, receiver, self, begin)
            else:
                call = Call(stage, parent, environ, receiver, self, tracer, begin)
                tracer.enter(call)
        except Exception as error:
            failing(tracer.enter, error)
            if call is None:
                call = Call(stage, parent, environ, receiver, self, tracer, begin)
        if made is not None:
            call.made = type(made)
        token = _current.set(call)
        try:
            if armed:
                boundaries.enter(call)
            if at == 0 and not kwargs and len(args) == 2:
                result = original(environ, call.start_response)
            else:
                given = (*args[:at], environ, call.start_response, *args[at + 2 :])
                result = original(*given, **kwargs)
        except BaseException as error:
            if not failed(call, tracer, "call", error):
                raise
            answered = True
        else:
            answered = False
        finally:
            _current.reset(token)
        if answered:
            return boundaries.answer(call, tracer, made)
        if armed:  # by now, it may be
            return boundaries.leave(call, tracer, result, made)
        if made is not None:
            instances.made(call, tracer, made)
            return result
        kind = type(result)
        if (kind is list or kind is tuple) and type(tracer) is Recorder and len(result) < _MANY:
            try:
                tracer.left(call, result)
            except Exception as error:
                failing(tracer.left, error)
            return result
        if kind is GeneratorType and type(tracer) is Recorder:
            return bodies.generator(call, tracer, result)
        try:
            tracer.exit(call, result)
        except Exception as error:
            failing(tracer.exit, error)
        return bodies.relay(call, tracer, result)

    def is_method_of(self, kind: type) -> bool:
        """Whether the function is what a class has under its name."""
        found = self._methods.get(kind)
        if found is None:
            # An overridden method that is called by super() is one too.
            found = self._methods[kind] = any(self._stands_in(base) for base in kind.__mro__)
        return found

    def _stands_in(self, base: type) -> bool:
        """Whether the function stands in a class, under whatever name, or decorated."""
        values = list(base.__dict__.values())
        if any(type(each) is FunctionType and swap.hook_of(each) is self for each in values):
            return True
        if getattr(base.__dict__.get("__call__"), "_snifter_stage", None) is self:
            return True
        return (
            self.name in base.__dict__
            and base.__module__ == self.module
            and self.qualname == f"{base.__qualname__}.{self.name}"
        )

    def is_function_of(self, kind: type) -> bool:
        """Whether the function is a static or class method of a class."""
        found = self._statics.get(kind)
        if found is None:
            values = (b.__dict__[self.name] for b in kind.__mro__ if self.name in b.__dict__)
            value = next(values, None)
            function = value.__func__ if isinstance(value, (staticmethod, classmethod)) else None
            found = self._statics[kind] = type(function) is FunctionType and (
                swap.hook_of(function) is self
            )
        return found

    def stage_of(self, receiver: Any) -> Stage:
        """The stage by its name; a method's bears that of the object's class."""
        kind = None if receiver is None else type(receiver)
        stage = self._stages.get(kind)
        if stage is None:
            stage = self._stages[kind] = self._named(kind)
        return stage

    def stages(self) -> list[Stage]:
        """The stages that it has been so far, or is going to be."""
        found = list(self._stages.values())
        if not found:
            stage = self._named(None)
            if self.name == "__init__":
                stage.name = stage.name[: -len(".__init__")]
            found.append(stage)
        return found

    def _named(self, kind: type | None) -> Stage:
        if kind is None:
            name = names.full_name(self.module, self.qualname)
            if name.endswith((".__call__", ".__new__")):
                name = name.rpartition(".")[0]  # a static method
            return Stage(name, self.kind, names.place_of_code(self.code))
        name = names.full_name(kind.__module__, kind.__qualname__)
        called = shapes.call_method(kind)
        called = called.func if type(called) is partialmethod else called
        if self.name in ("__call__", "__init__") or (
            type(called) is FunctionType and swap.hook_of(called) is self
        ):
            return Stage(name, self.kind, names.place(kind))
        return Stage(f"{name}.{self.name}", self.kind, names.place_of_code(self.code))


def failed(call: Call, tracer: Tracer, where: str, error: BaseException) -> bool:
    """Tell of an exception that leaves a stage, unless the stage answers by hand in its place,
    which is what is returned."""
    __traceback_hide__ = True
    if type(error) is Answered and error.call is call:
        return True
    if not isinstance(error, (StopIteration, GeneratorExit)):
        tell(tracer.exception, call, where, error)
    hide.strip(error)
    return bool(stops.armed) and boundaries.failed(call, tracer, where, error)


def stage_around(call: Call) -> Call | None:
    """The WSGI stage that a call was made within."""
    outer = call.parent
    while outer is not None and outer.environ is None and outer.parent is not None:
        outer = outer.parent
    return outer


def parent_of(begin: Any, environ: dict[str, Any] | None = None) -> Call | None:
    """The call that a stage is entered from: by the context, by its start_response, or by the
    wsgi.errors of its environ."""
    parent = _current.get()
    if type(begin) is MethodType and begin.__self__ is parent:
        return parent if type(parent) is Call else parent.call()
    if type(parent) is Exchange:
        parent = parent.call()
    owner = owner_of(begin, 0 if parent is not None else 2)
    if owner is not None:
        if (
            parent is None
            or owner.depth > parent.depth
            or owner is not parent
            and owner.request is not parent.request
        ):
            return owner
    elif parent is None and environ is not None:
        errors = environ.get("wsgi.errors")
        if type(errors) is Errors:
            return greenlets.spawner(_current, errors.call())
    return parent


def owner_of(begin: Any, depth: int) -> Call | None:
    """The call whose start_response this is, or (so deep) is closed over by this."""
    if type(begin) is MethodType:
        owner = begin.__self__
        if type(owner) is Call:
            return owner
        return owner.call() if type(owner) is Exchange else None
    if depth and type(begin) is FunctionType:
        for cell in begin.__closure__ or ():
            try:
                found = owner_of(cell.cell_contents, depth - 1)
            except ValueError:
                continue  # an empty cell
            if found is not None:
                return found
    return None


from ..exchange import Exchange  # noqa: E402
from ..streams import Errors  # noqa: E402
from . import (  # noqa: E402  (they need what is above)
    bodies,
    boundaries,
    instances,
    keywords,
    lint_environ,
    stops,
    surgery,
)
from .parking import Answered  # noqa: E402
from .record import WRITE, look  # noqa: E402
from .recorder import Recorder  # noqa: E402

#: Lists of so many blocks are told of block by block.
_MANY = 100
