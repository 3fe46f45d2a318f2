"""Telling stages apart while an application is served."""

from __future__ import annotations

from types import FunctionType, MethodType

from . import calls, holders, layers, shapes, stops, swap
from .record import Recorder
from .scan import Scanner

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..link import Link


def trace(link: Link) -> int:
    """Hook what is loaded, and record what requests pass from now on; return the number of the
    outermost stage."""
    Scanner().scan()
    layers.look()
    recorder = link.recorder = Recorder(link)
    recorder.stage = holders.node_of(link.app).stage
    recorder.hook, recorder.receiver = _entry(link.app)
    calls.start(recorder)
    return recorder.number(recorder.stage)


def _entry(app: Any) -> tuple[Any, Any]:
    """The hook that a call of the application comes to, and the object that it is a method of."""
    receiver = None
    if type(app) is FunctionType:
        function = app
    elif type(app) is MethodType:
        function, receiver = app.__func__, app.__self__
    elif issubclass(type(app), type):
        function = app.__dict__.get("__init__")
    else:
        function, receiver = shapes.call_method(type(app)), app
    hook = getattr(function, "_snifter_stage", None)
    if hook is None and type(function) is FunctionType:
        hook = swap.hook_of(function)
    return hook, receiver
