"""The status and headers of what a framework's layer returned, read from where each framework keeps
them: nothing is asked that could render, load or send anything."""

from __future__ import annotations

import sys

from . import contents, copies, unchanged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Optional, Tuple, Union

    from ..running.calls import Call
    from .contents import Content

    Head = tuple[str, list[tuple[str, str]]]
    #: A response, or what has it, and the head that a layer was given it with.
    Given = Tuple[Any, Union[Head, None]]
    Giver = Callable[[Call, Tuple[Any, ...]], Optional[Given]]
    Leaver = Callable[[Call, Any, Any], Tuple[Union[Head, None], Content]]

#: Django's hooks that are given a response.
_GIVEN = ("process_response", "process_template_response")
#: What is given a response, and returns nothing.
_TOLD = ("save_session", "subscriber", "response_callback")
_VIEW = "view"
#: What a call has whose view has returned what is to be rendered: that, and the view's call.
UNRENDERED = "unrendered"
#: Bottle's hooks.
_HOOKS = ("before_request", "after_request")
#: What a framework's responses have as an attribute.
_MARKS = {"django": "cookies", "flask": "_status", "pyramid": "_headerlist"}


def head(call: Call, result: Any) -> Head | None:
    """The head of a layer's response, as it stands when the layer returns."""
    if result is None and call.stage.kind == "django":
        return None  # most hooks of its middlewares return nothing
    read = _READERS.get(call.stage.kind)
    return None if read is None else read(call, result)


def left(call: Call, result: Any, response: Any) -> tuple[Head | None, Content]:
    """The head of a layer's response as it stands when the layer returns, and what that is made of.
    Where it returns nothing, the response is the one that it was given."""
    found, content = head(call, result), contents.of(call, result)
    call.record.kept = unchanged.keep(call.stage.kind, response, found, content)
    return found, content


def _left_flask(call: Call, result: Any, response: Any) -> tuple[Head | None, Content]:
    if type(result) is str and call.stage.role == _VIEW:
        call.record.kept = None
        return None, contents.text_of(result)
    found, content = _werkzeug(call, result), contents.of_flask(call, result)
    call.record.kept = unchanged.keep("flask", response, found, content)
    return found, content


def _left_falcon(call: Call, result: Any, response: Any) -> tuple[Head | None, Content]:
    if result is None:
        return _of_falcon(response), contents.of_falcon(response)
    return _falcon(call, result), contents.of(call, result)


def _left_pyramid(call: Call, result: Any, response: Any) -> tuple[Head | None, Content]:
    if call.stage.role == _VIEW and not contents.is_response("pyramid", result):
        unrendered(call, result)
    return left(call, result, response)


def unrendered(call: Call, result: Any) -> None:
    """A view has returned what its framework is going to render."""
    if call.parent is not None:
        vars(call.parent)[UNRENDERED] = result, call


def _left_bottle(call: Call, result: Any, _: Any) -> tuple[Head | None, Content]:
    return _bottle(call, result), None if result is None else contents.of_bottle(call, result)


def leaver(kind: str) -> Leaver:
    """What is called as `left` of a framework's layers."""
    return _LEAVERS.get(kind, left)


def raised(call: Call, error: BaseException) -> Head | None:
    """The head as it stands where an exception leaves a layer's call: the exception may be the
    response itself."""
    kind = call.stage.kind
    read = _aborted if kind == "flask" else _READERS.get(kind)
    return None if read is None else read(call, error)


def giver(kind: str, role: str) -> Giver | None:
    """What finds the response that a framework's layer of this role is called with, to change it,
    and its head as it is then, which are its call's `note`. None of what is given none."""
    if kind == "flask":
        is_given = role.startswith("after_") or role == "save_session"
    elif kind == "django":
        is_given = role in _GIVEN
    elif kind == "pyramid":
        is_given = role in _TOLD or role == _VIEW
    elif kind == "bottle" and role in _HOOKS:
        return _given_to_hook_of_bottle
    else:
        is_given = True
    return _GIVERS.get(kind) if is_given else None


def _given_by_flask(call: Call, args: tuple[Any, ...]) -> Given | None:
    if not args:
        return None
    kept, response = call.record.kept, args[-1]
    if kept is None or kept.response is not response:
        response = among("flask", args)
    return response, _got(call, response)


def _given_by_django(call: Call, args: tuple[Any, ...]) -> Given | None:
    if len(args) < 2:
        return None
    # An error's page is made between the layers, by convert_exception_to_response.
    found = _got(call, args[-1])
    return None if found is None else (args[-1], found)


def _given_by_pyramid(call: Call, args: tuple[Any, ...]) -> Given | None:
    if not args:
        return None
    role = call.stage.role
    if role == _VIEW:
        request = _request(args)
        # What was there before is not the view's.
        return None if request is None or "response" in request else (request, None)
    kept, response = call.record.kept, args[-1]
    if role == "subscriber":
        response = getattr(response, "__dict__", {}).get("response")
    elif kept is None or kept.response is not response:
        response = among("pyramid", args)
    found = kept.found() if kept is not None and kept.response is response else None
    if found is None:
        found = _webob(call, response)
    return None if found is None else (response, found)


def _given_by_falcon(call: Call, args: tuple[Any, ...]) -> Given | None:
    # After the request, and the object that it is a method of.
    is_bound = call.receiver is not None or isinstance(args[0] if args else None, type)
    at = 2 if is_bound else 1
    if len(args) <= at:
        return None
    response = args[at]
    content = contents.of_falcon(response)
    if content is not None:
        contents.has_got(call, content)
    return response, _of_falcon(response)


def _given_by_bottle(call: Call, _: tuple[Any, ...]) -> Given | None:
    # It is 200 OK before anything has touched it.
    return None, _bottle_head(call, None)


def _given_to_hook_of_bottle(call: Call, _: tuple[Any, ...]) -> Given | None:
    return None, _bottle_head_for_hook(call, None)


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
    if kept is not None and kept.response is response:
        found = kept.found()
        if found is not None:
            contents.has_got(call, kept.content)
            return found
    kind = call.stage.kind
    content, found = contents.of(call, response), _READERS[kind](call, response)
    record.kept = unchanged.keep(kind, response, found, content)
    contents.has_got(call, content)
    return found


def among(kind: str, args: tuple[Any, ...]) -> Any:
    """The response among what a layer is called with: before it may be an object, behind it what a
    function has as defaults."""
    mark = _MARKS[kind]
    for each in reversed(args):
        if mark in getattr(each, "__dict__", ()):
            return each
    return None


def _head(status: Any, headers: list[tuple[Any, Any]]) -> Head:
    """What a response has for these, in texts."""
    if type(status) is not str:
        is_number = isinstance(status, int)
        status = _names.get(status) or _named(status) if is_number else str(status)
    for pair in headers:
        for text in pair:
            if type(text) is not str:
                return status, [(str(name), str(value)) for name, value in headers]
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


def _django(call: Call, result: Any) -> Head | None:
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
    return _head(status if reason is None else f"{status} {reason}", headers)


def _werkzeug(call: Call, result: Any) -> Head | None:
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
        return _head(attributes["_status"], pairs[:])
    # Whoever has set them may have made them anew.
    return _head(attributes["_status"], _pairs(pairs)) if isinstance(pairs, dict) else None


def _pairs(headers: dict[str, Any]) -> list[tuple[str, Any]]:
    """What werkzeug makes of a dict: a header for each value of several."""
    found = []
    for name, value in dict.items(headers):
        values = value if isinstance(value, (list, tuple)) else (value,)
        found += [(name, each) for each in values]
    return found


def _returned(call: Call, body: Any, status: Any, headers: Any = None) -> Head:
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
    return _head(known, [pair for pair in fields if pair[0].lower() not in replaced] + more)


def _aborted(call: Call, error: Any) -> Head | None:
    """What an exception of werkzeug's has of the response that is going to be made of it."""
    base = getattr(sys.modules.get("werkzeug.exceptions"), "HTTPException", ())
    if not issubclass(type(error), base):
        return None
    response = vars(error).get("response")
    if response is not None:
        return _werkzeug(call, response)
    # Of one without a code, werkzeug makes a response with the status that they have by default.
    return _head(200 if error.code is None else str(error.code), [])


def _webob(call: Call, result: Any) -> Head | None:
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
    return None if type(headers) is not list else _head(attributes["_status"], headers[:])


def _falcon(call: Call, result: Any) -> Head | None:
    # Its layers return nothing: they are given the response, as the second argument.
    response = None if call.note is None else call.note[0]
    if isinstance(result, BaseException):
        return _raised_in_falcon(response, result)
    return _of_falcon(response)


def _of_falcon(response: Any) -> Head | None:
    """The head of a response of Falcon's."""
    try:
        status, headers = response.status, response._headers
        if (
            type(status) is str
            and type(headers) is dict
            and not headers
            and not (response._extra_headers or response._cookies)
        ):
            return status, []
    except AttributeError:
        pass  # it is none, or another version's
    fields = _fields_of_falcon(response)
    if fields is None:
        return None
    return _head(_named_by_falcon(getattr(response, "status", "")), fields)


def _fields_of_falcon(response: Any) -> list[tuple[Any, Any]] | None:
    headers = getattr(response, "_headers", None)
    if type(headers) is not dict:
        return None
    found = list(headers.items())
    found += list(getattr(response, "_extra_headers", None) or ())
    cookies = getattr(response, "_cookies", None)
    if cookies:
        found += [("Set-Cookie", each.OutputString()) for each in cookies.values()]
    return found


def _raised_in_falcon(response: Any, error: BaseException) -> Head | None:
    """What Falcon is going to do of itself with an exception of its own."""
    found = _fields_of_falcon(response)
    if found is None:
        return None
    falcon: Any = sys.modules["falcon"]
    if not isinstance(error, (falcon.HTTPError, falcon.HTTPStatus)):
        return _head(_named_by_falcon(response.status), found)
    more = {name.lower(): value for name, value in dict(error.headers or ()).items()}
    kept = [pair for pair in found if pair[0] not in more]
    return _head(_named_by_falcon(error.status), kept + list(more.items()))


def _named_by_falcon(status: Any) -> Any:
    """A status as Falcon sends it, which has reasons of its own for some numbers."""
    if type(status) is str:
        return status
    name = getattr(sys.modules.get("falcon"), "code_to_http_status", None)
    return name(status) if name is not None and type(status) is int and status in _CODES else status


def _bottle(call: Call, result: Any) -> Head | None:
    returned = None
    if result is not None and contents.is_response("bottle", result):
        returned = result
    if call.stage.role in _HOOKS:
        return _bottle_head_for_hook(call, returned)
    around = call.parent
    if around is not None and around.environ is not None and around.note is not returned:
        # By the application's call, for its hooks.
        around.note = returned
    return _bottle_head(call, returned)


def _bottle_head_for_hook(call: Call, response: Any) -> Head | None:
    returned = None if call.parent is None else call.parent.note
    if returned is not None:
        own = copies.of(call).response if response is None else response
        if own._headers is not returned._headers:
            # Before version 0.13 hooks are called when it has not got what was returned yet.
            return None
    return _bottle_head(call, response)


def _bottle_head(call: Call, response: Any) -> Head | None:
    if response is None:
        # What a callback returns that is no response is sent with what the thread's own has.
        response = copies.of(call).response
    fields = response._headers
    status, cookies = response._status_line, response._cookies
    if not fields and not cookies and type(status) is str:
        return status, []
    headers = [(name, value) for name, values in fields.items() for value in values]
    if cookies:
        headers += [("Set-Cookie", each.OutputString()) for each in cookies.values()]
    return _head(status, headers)


_READERS: dict[str, Callable[[Call, Any], Head | None]] = {
    "django": _django,
    "flask": _werkzeug,
    "pyramid": _webob,
    "falcon": _falcon,
    "bottle": _bottle,
}
_GIVERS: dict[str, Giver] = {
    "django": _given_by_django,
    "flask": _given_by_flask,
    "pyramid": _given_by_pyramid,
    "falcon": _given_by_falcon,
    "bottle": _given_by_bottle,
}
_LEAVERS: dict[str, Leaver] = {
    "flask": _left_flask,
    "pyramid": _left_pyramid,
    "falcon": _left_falcon,
    "bottle": _left_bottle,
}
