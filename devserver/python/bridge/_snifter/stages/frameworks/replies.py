"""An answer by hand as a response of the framework whose layer gives it: what is around the layer
has it as any other."""

from __future__ import annotations

import inspect
import sys

from ..hooking.swap import original_code
from . import copies

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from ..running.calls import Call
    from ..stepping.parking import Answer

#: The layers that return a response, or are given the one that is going to be sent.
_ROLES = {
    "django": (
        *("middleware", "process_request", "process_view", "view", "process_exception"),
        *("process_response", "error_view"),
    ),
    "flask": ("before_request", "view", "errorhandler", "after_request", "after_this_request"),
    "pyramid": ("tween", "view"),
    "bottle": ("plugin", "callback", "error", "before_request", "after_request"),
    "falcon": (
        *("process_request", "process_resource", "process_response"),
        *("before", "after", "responder", "sink", "error_handler"),
    ),
}
#: Those that answer by raising the response: whatever they return, the framework goes on.
_RAISING = {"bottle": ("before_request", "after_request"), "falcon": ("before",)}


def has_response(call: Call) -> bool:
    """Whether what is called is a framework's layer that can answer. A coroutine can't: its caller
    waits for it."""
    role = call.stage.role.partition(" of ")[0]
    if call.environ is not None or role not in _ROLES.get(call.stage.kind, ()):
        return False
    return call.given is None or not original_code(call.given[0]).co_flags & inspect.CO_COROUTINE


def is_raised(call: Call) -> bool:
    """Whether the response is to be raised by the layer."""
    return call.stage.role in _RAISING.get(call.stage.kind, ())


def response(call: Call, answer: Answer) -> Any:
    """What the layer returns, or raises."""
    return _MAKERS[call.stage.kind](call, answer)


def _django(call: Call, answer: Answer) -> Any:
    code, _, reason = answer.status.partition(" ")
    made = sys.modules["django.http"].HttpResponse(answer.block, reason=reason)
    made.status_code = int(code)  # of which Django itself takes those up to 599
    del made["Content-Type"]
    for name, value in answer.headers:
        if name.lower() == "set-cookie":
            made.cookies.load(value)
        else:
            made[name] = f"{made[name]}, {value}" if made.has_header(name) else value
    return made


def _flask(call: Call, answer: Answer) -> Any:
    made = sys.modules["flask"].Response(answer.block, answer.status)
    made.headers.clear()
    for name, value in answer.headers:
        made.headers.add(name, value)
    return made


def _pyramid(call: Call, answer: Answer) -> Any:
    return sys.modules["pyramid.response"].Response(
        body=answer.block, status=answer.status, headerlist=answer.headers[:]
    )


def _bottle(call: Call, answer: Answer) -> Any:
    return copies.of(call).HTTPResponse(answer.block, answer.status, answer.headers)


def _falcon(call: Call, answer: Answer) -> Any:
    falcon: Any = sys.modules["falcon"]
    # Behind the request, and whatever a partial has before that.
    given: Any = next(each for each in answer.args if issubclass(type(each), falcon.Response))
    call.note = (given, None)
    given.status = answer.status
    text = "text" if hasattr(given, "text") else "body"  # before Falcon 3
    for name in (text, "media", "stream"):
        setattr(given, name, None)
    given.data = answer.block
    for name, value in answer.headers:
        (given.append_header if name.lower() == "set-cookie" else given.set_header)(name, value)
    given.complete = True
    if not is_raised(call):
        return None
    made = falcon.HTTPStatus(answer.status)
    setattr(made, text if hasattr(made, text) else "body", answer.block)
    return made


_MAKERS: dict[str, Callable[[Call, Answer], Any]] = {
    "django": _django,
    "flask": _flask,
    "pyramid": _pyramid,
    "bottle": _bottle,
    "falcon": _falcon,
}
