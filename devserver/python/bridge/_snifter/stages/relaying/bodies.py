"""The bodies of stages: what a stage returned, with a tracer told of each block.

A list or a tuple is there as a whole, and passes through untouched. So does what was made by
wsgi.file_wrapper, which a server knows by its type (PEP 3333, "Optional Platform-Specific File
Handling"): it tells of itself. Any other body is relayed (see `relays`).
"""

from __future__ import annotations

from functools import partial
from inspect import getattr_static
from types import FunctionType

from ...streams import FileWrapper
from .. import failures
from ..kinds import ByClass, is_plain
from ..reading.results import is_body, is_iterated
from ..running.asked import between
from ..stepping import boundaries, outermost
from ..stepping.stops import armed
from ..values import may_close
from . import going, relays
from .passed import RELAYED, Relayed, held, is_passed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..running.calls import Call
    from ..running.tracer import Tracer

#: What can be no body: whoever gets it is left to complain.
_NO_BODIES = (type(None), str, bytes, int)
_usual = ByClass()
_MOST_CLASSES = 1000


def relay(call: Call, tracer: Tracer, result: Any) -> Any:
    """What is returned in the place of a stage's result.

    What is the very body of an inner stage is relayed already.
    """
    passed, call.result = call.result, None
    outer, given = call.parent, result
    if not is_passed(passed, result):
        given = _relayed(call, tracer, result)
        passed = _known(given, call)
    elif type(result) is not list and type(result) is not tuple:
        passed[1].passes_to(call)
    elif armed:
        given = boundaries.whole(call, tracer, result, False)
        passed = _known(given, passed[1])
    if outer is not None and not outer.body:  # else it has returned by then
        outer.result = passed
    return given


def _known(given: Any, call: Call) -> tuple[Any, Call, Any]:
    """What is known of a body to whoever has called the stages that return it: whose it is."""
    if issubclass(type(given), Relayed):
        return RELAYED, call, None
    return given, call, held(given)


def _relayed(call: Call, tracer: Tracer, result: Any) -> Any:
    kind = type(result)
    if kind is list or kind is tuple:
        if armed:
            return boundaries.whole(call, tracer, result)
        for block in result:
            failures.tell(tracer.chunk, call, block)
        return result
    if issubclass(kind, _NO_BODIES) or not is_plain(kind) or not is_iterated(kind):
        return result
    wrapper = _file_wrapper(call)
    if wrapper is not None and _makes(wrapper, kind):
        _have_told(call, tracer, result)
        return result
    watched = bool(between) or relays.is_watched(kind, result)
    timed = tracer is outermost.SILENT
    return relays.class_for(kind, may_close(result), watched, timed)(call, tracer, result)


def usual(call: Call, kind: type) -> type | None:
    """What relays a body of a class as it is by the class alone, and is a stage's own."""
    if type(call.environ) is not dict:
        return None
    wrapper = call.environ.get("wsgi.file_wrapper")
    # A middleware may have put its own in the place of the server's. What that makes is no usual
    # body anyway.
    if wrapper is not FileWrapper and _makes(wrapper, kind):
        return None
    found: type | None = _usual.get(id(kind), _usual)  # type: ignore[arg-type]
    if found is _usual:
        found = relays.class_for(kind, True) if _is_usual(kind) else None
        if len(_usual) < _MOST_CLASSES:
            _usual.add(kind, found)
    return relays.class_for(kind, True, True) if between and found is not None else found


def _is_usual(kind: type) -> bool:
    return (
        is_body(kind)
        and type(getattr_static(kind, "close", None)) is FunctionType
        and kind.__getattribute__ is object.__getattribute__
        and not relays.is_watched(kind, None)
    )


def _makes(wrapper: Any, kind: type) -> bool:
    """Whether what is of a class was made by a file wrapper, as far as the wrapper is a class. Its
    own metaclass is not asked."""
    return issubclass(type(wrapper), type) and type.__subclasscheck__(wrapper, kind)


def _file_wrapper(call: Call) -> Any:
    """What a stage was given to wrap files in, as far as what it was given is a dict."""
    outer: Call | None = call
    while outer is not None and not issubclass(type(outer.environ), dict):
        outer = outer.parent
    return None if outer is None else dict.get(outer.environ, "wsgi.file_wrapper")


def _have_told(call: Call, tracer: Tracer, file: Any) -> None:
    """Have a file wrapper tell of its close(), and of what a stage reads of it, if it is ours. A
    middleware may have put its own in the place of the server's."""
    if type(file) is FileWrapper:
        file.told = partial(failures.tell, tracer.chunk, call)
        if armed:
            file.stops = partial(boundaries.gave, call)
    attributes = getattr(file, "__dict__", None)
    if type(attributes) is dict and "close" in attributes:
        attributes["close"] = partial(going.shut, call, tracer, attributes["close"])
    elif type(attributes) is dict and type(getattr(type(file), "close", None)) is FunctionType:
        attributes["close"] = partial(_shut_file, call, tracer, file)
    elif call.lint is not None:
        call.lint.unclosed = False  # as far as can be seen


def _shut_file(call: Call, tracer: Tracer, file: Any) -> Any:
    """Close a file wrapper by the method of its class, which has been hidden until now."""
    __traceback_hide__ = True
    file.__dict__.pop("close", None)
    return going.shut(call, tracer, file.close)
