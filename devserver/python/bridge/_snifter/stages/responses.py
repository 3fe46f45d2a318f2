"""The status and headers of what a framework's layer returned, read from where each framework keeps
them: nothing is asked that could render, load or send anything."""

from __future__ import annotations

import sys
from itertools import chain

from . import contents, copies, unchanged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from .calls import Call

    Head = tuple[str, list[tuple[str, str]]]

#: Django's hooks that are given a response.
_GIVEN = ("process_response", "process_template_response")
#: What is given a response, and returns nothing.
_TOLD = ("save_session", "subscriber", "response_callback")
_VIEW = "view"
#: Bottle's hooks.
_HOOKS = ("before_request", "after_request")
_TEXT = frozenset((str,))
#: What a framework's responses have as an attribute.
_MARKS = {"django": "cookies", "flask": "_status", "pyramid": "_headerlist"}


def head(call: Call, result: Any) -> Head | None:
    """The head of a layer's response, as it stands when the layer returns."""
    if result is None and call.stage.kind == "django":
        return None  # most hooks of its middlewares return nothing
    read = _READERS.get(call.stage.kind)
    return None if read is None else _head(read(call, result))


def raised(call: Call, error: BaseException) -> Head | None:
    """The head as it stands where an exception leaves a layer's call: the exception may be the
    response itself."""
    kind = call.stage.kind
    read = _aborted if kind == "flask" else _READERS.get(kind)
    return None if read is None else _head(read(call, error))


def is_given(kind: str, role: str) -> bool:
    """Whether layers of a framework that have this role may be given a response."""
    if kind == "flask":
        return role.startswith("after_") or role == "save_session"
    if kind == "django":
        return role in _GIVEN
    return role in _TOLD or role == _VIEW if kind == "pyramid" else True


def given(call: Call) -> tuple[Any, Head | None] | None:
    """The response that a layer is called with, to change it, and its head as it is then; None
    where it is given none. What it is called with is in the call's `note`."""
    kind, args = call.stage.kind, call.note
    role = call.stage.role
    if not is_given(kind, role):
        return None
    if kind == "flask" and args:
        response = among(kind, args)
        call.note = (response, None)
        return response, _got(call, response)
    if kind == "django" and len(args) > 2:
        # An error's page is made between the layers, by convert_exception_to_response.
        found = _got(call, args[2])
        return None if found is None else (args[2], found)
    if kind == "bottle":
        # It is 200 OK before anything has touched it.
        return None, _head(_bottle_head(call, None))
    if kind == "pyramid" and args:
        if role == _VIEW:
            request = _request(args)
            # What was there before is not the view's.
            return None if request is None or "response" in request else (request, None)
        if role == "subscriber":
            response = getattr(args[-1], "__dict__", {}).get("response")
        else:
            response = among(kind, args)
        call.note = (response, None)
        found = _head(_webob(call, None))
        return None if found is None else (response, found)
    if kind == "falcon":
        # After the request, and the object that it is a method of.
        at = 1 if call.receiver is None else 2
        call.note = (args[at], None) if len(args) > at else None
        if call.note is not None:
            contents.got(call, None)
            return args[at], _head(_falcon(call, None))
    return None


def _request(args: tuple[Any, ...]) -> dict[str, Any] | None:
    """The attributes of the request that a view of Pyramid's is called with, which a class has been
    made with."""
    attributes = getattr(args[-1], "__dict__", {})
    if "environ" not in attributes:
        attributes = getattr(attributes.get("request"), "__dict__", {})
    return attributes if "environ" in attributes else None


def _got(call: Call, response: Any) -> Head | None:
    """The head of a response that a layer has got, of whose body is told if it was not yet."""
    record = call.record
    kept = record.kept
    if kept is not None and kept.response is response and kept.is_same():
        contents.has_got(call, kept.content)
        return kept.head
    kind = call.stage.kind
    content, found = contents.of(call, response), _head(_READERS[kind](call, response))
    record.kept = unchanged.keep(kind, response, found, content)
    contents.has_got(call, content)
    return found


def among(kind: str, args: tuple[Any, ...]) -> Any:
    """The response among what a layer is called with: before it may be an object, behind it what a
    function has as defaults."""
    mark = _MARKS[kind]
    return next((each for each in reversed(args) if mark in getattr(each, "__dict__", ())), None)


def _head(found: Any) -> Head | None:
    if found is None:
        return None
    status, headers = found
    if isinstance(status, int):
        status = _names.get(status) or _named(status)
    elif type(status) is not str:
        status = str(status)
    if headers and not _TEXT.issuperset(map(type, chain.from_iterable(headers))):
        headers = [(str(name), str(value)) for name, value in headers]
    return status, headers


_names: dict[int, str] = {}
#: Numbers that Falcon takes for a status.
_CODES = range(100, 1000)


def _named(status: int) -> str:
    name = _names.get(status)
    if name is not None:
        return name
    from http import HTTPStatus

    try:
        name = f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
    _names[status] = name
    return name


def _django(call: Call, result: Any) -> Any:
    attributes = getattr(result, "__dict__", None)
    if type(attributes) is not dict or "cookies" not in attributes:
        return None
    kept = attributes.get("headers")
    store = attributes.get("_headers") if kept is None else getattr(kept, "_store", None)
    if type(store) is not dict:
        return None
    headers = list(store.values())
    cookies = attributes["cookies"]
    if cookies:
        headers += [("Set-Cookie", each.OutputString()) for each in cookies.values()]
    # A class may have its status as an attribute (HttpResponseNotFound).
    status = attributes["status_code"] if "status_code" in attributes else type(result).status_code
    reason = attributes.get("_reason_phrase")
    return (status if reason is None else f"{status} {reason}"), headers


def _werkzeug(call: Call, result: Any) -> Any:
    if call.stage.role in _TOLD and call.note:
        result = call.note[0]
    if type(result) is tuple and 2 <= len(result) <= 3:
        return _returned(call, *result)
    attributes = getattr(result, "__dict__", None)
    if type(attributes) is not dict or "_status" not in attributes:
        return None
    headers = attributes.get("headers")
    pairs = getattr(headers, "_list", headers)
    if type(pairs) is list:
        return attributes["_status"], list(pairs)
    # Whoever has set them may have made them anew.
    return (attributes["_status"], _pairs(pairs)) if isinstance(pairs, dict) else None


def _pairs(headers: dict[str, Any]) -> list[tuple[str, Any]]:
    """What werkzeug makes of a dict: a header for each value of several."""
    found = []
    for name, value in dict.items(headers):
        values = value if isinstance(value, (list, tuple)) else (value,)
        found += [(name, each) for each in values]
    return found


def _returned(call: Call, body: Any, status: Any, headers: Any = None) -> Any:
    """What a view of Flask's returned beside a body (Flask.make_response)."""
    if headers is None and not isinstance(status, (int, str)):
        status, headers = None, status
    known, fields = _werkzeug(call, body) or ("200 OK", [])
    pairs = getattr(headers, "_list", headers) or ()
    if isinstance(pairs, dict):
        pairs = _pairs(pairs)
    more = [tuple(pair) for pair in pairs]
    replaced = {name.lower() for name, _ in more}
    # Flask knows the reason that belongs to a number.
    known = known if status is None else str(int(status)) if isinstance(status, int) else status
    return known, [pair for pair in fields if pair[0].lower() not in replaced] + more


def _aborted(call: Call, error: Any) -> Any:
    """What an exception of werkzeug's has of the response that is going to be made of it."""
    base = getattr(sys.modules.get("werkzeug.exceptions"), "HTTPException", ())
    if not issubclass(type(error), base):
        return None
    response = vars(error).get("response")
    if response is not None:
        return _werkzeug(call, response)
    # Of one without a code, werkzeug makes a response with the status that they have by default.
    return (200 if error.code is None else str(error.code)), []


def _webob(call: Call, result: Any) -> Any:
    role, note = call.stage.role, call.note
    response = note[0] if role in _TOLD and note else result
    attributes = getattr(response, "__dict__", None)
    if role == _VIEW and note and "_status" not in (attributes or ()):
        # A renderer goes on with that of the request, unless it failed.
        made = None if isinstance(result, BaseException) else note[0].get("response")
        attributes = getattr(made, "__dict__", None)
    if type(attributes) is not dict or "_status" not in attributes:
        return None
    headers = attributes.get("_headerlist")
    return None if type(headers) is not list else (attributes["_status"], list(headers))


def _falcon(call: Call, result: Any) -> Any:
    # Its layers return nothing: they are given the response, as the second argument.
    response = None if call.note is None else call.note[0]
    headers = getattr(response, "_headers", None)
    if type(headers) is not dict:
        return None
    found = list(headers.items())
    found += list(getattr(response, "_extra_headers", None) or ())
    cookies = getattr(response, "_cookies", None)
    if cookies:
        found += [("Set-Cookie", each.OutputString()) for each in cookies.values()]
    if isinstance(result, BaseException):
        return _raised_in_falcon(response, result, found)
    return _named_by_falcon(getattr(response, "status", "")), found


def _raised_in_falcon(response: Any, error: Any, found: list[tuple[str, str]]) -> Any:
    """What Falcon is going to do of itself with an exception of its own."""
    falcon: Any = sys.modules["falcon"]
    if not isinstance(error, (falcon.HTTPError, falcon.HTTPStatus)):
        return _named_by_falcon(response.status), found
    more = {name.lower(): value for name, value in dict(error.headers or ()).items()}
    kept = [pair for pair in found if pair[0] not in more]
    return _named_by_falcon(error.status), kept + list(more.items())


def _named_by_falcon(status: Any) -> Any:
    """A status as Falcon sends it, which has reasons of its own for some numbers."""
    if type(status) is str:
        return status
    name = getattr(sys.modules.get("falcon"), "code_to_http_status", None)
    return name(status) if name is not None and type(status) is int and status in _CODES else status


def _bottle(call: Call, result: Any) -> Any:
    around = call.parent
    if around is not None and around.environ is not None and call.stage.role not in _HOOKS:
        # By the application's call, for its hooks.
        around.note = result if contents.is_response("bottle", result) else None
    return _bottle_head(call, result)


def _bottle_head(call: Call, result: Any) -> Any:
    # What a callback returns that is no response is sent with what the thread's own response has.
    response = result if contents.is_response("bottle", result) else copies.of(call).response
    if call.stage.role in _HOOKS and call.parent is not None:
        returned = call.parent.note
        if returned is not None and response._headers is not returned._headers:
            # Before version 0.13 hooks are called when it has not got what was returned yet.
            return None
    headers = [(name, value) for name, values in response._headers.items() for value in values]
    cookies = response._cookies
    if cookies:
        headers += [("Set-Cookie", each.OutputString()) for each in cookies.values()]
    return response._status_line, headers


_READERS: dict[str, Callable[[Call, Any], Any]] = {
    "django": _django,
    "flask": _werkzeug,
    "pyramid": _webob,
    "falcon": _falcon,
    "bottle": _bottle,
}
