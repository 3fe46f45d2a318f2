"""A WSGI stage has returned, by whichever way it was entered."""

from __future__ import annotations

from types import GeneratorType

from ..failures import failing
from ..recording.recorder import Recorder
from ..relaying import bodies, generated
from ..relaying.passed import RELAYED, Relayed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .calls import Call
    from .tracer import Tracer

_new = object.__new__
#: Lists of so many blocks are told of block by block.
MANY = 100


def left(call: Call, tracer: Tracer, result: Any) -> Any:
    """Tell of what it has returned; return what its caller gets."""
    __traceback_hide__ = True
    kind = type(result)
    if type(tracer) is Recorder:
        if (kind is list or kind is tuple) and len(result) < MANY:
            try:
                tracer.left(call, result, None if kind is list else "tuple")
            except Exception as error:
                failing(tracer.left, error)
            return result
        if kind is GeneratorType:
            return call.hook.generator(call, tracer, result)
        passed = call.result
        if passed is not None and (
            passed[0] is result
            or passed[0] is RELAYED
            and issubclass(kind, Relayed)
            and result._snifter_call is passed[1]
        ):
            try:
                if tracer.passed(call, passed, kind):
                    return result
            except Exception as error:
                failing(tracer.passed, error)
        elif (relay := bodies.usual(call, kind)) is not None:
            return generated.iterated(call, tracer, result, _new(relay))
    try:
        tracer.exit(call, result)
    except Exception as error:
        failing(tracer.exit, error)
    return bodies.relay(call, tracer, result)
