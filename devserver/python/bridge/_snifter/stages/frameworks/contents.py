"""What the responses of frameworks' layers are made of, read from where each framework keeps it:
nothing is asked that could render, iterate, load or send anything.

A content is a tuple of bytes, or a list of one object: what is not there as bytes yet, a generator,
a template that is not rendered, what a view returns for its framework to make a response of. It is
told where it is not what the layer before or within has told.
"""

from __future__ import annotations

import sys

from ...clock import monotonic_ns
from ..events import CHUNK, GOT
from ..recording.blocks import NO_BLOCK
from ..values import PLAIN
from . import copies

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, List, Tuple, Union

    from ..running.calls import Call

    Content = Union[Tuple[bytes, ...], List[Any], None]

#: A content of more blocks, or of a longer text, is not looked into.
_MOST_BLOCKS = 100
_MOST_TEXT = 1 << 20


def gave(call: Call, result: Any, now: int) -> None:
    """Tell what the layer has made of the body, if anything. It is about to return."""
    if result is not None or call.stage.kind != "django" or call.record.contents is not None:
        stands(call, of(call, result), now)


def of(call: Call, result: Any) -> Content:
    """What the layer has made of the body with what it returns; None if nothing."""
    read = _READERS.get(call.stage.kind)
    return None if read is None else read(call, result)


def stands(call: Call, content: Content, now: int) -> None:
    """The layer, which is about to return, has made this of the body; it stands as it was where
    that is None."""
    known = call.record.contents
    if known is None:
        known = call.record.contents = {}
    parent = call.parent.index  # type: ignore[union-attr]
    around = known.get(parent)
    before = known.pop(call.index, around)
    if content is None:
        if before is not None:
            known[parent] = before
        return
    if content is not before and not _same(content, before):
        _tell(call, CHUNK, content, now)
    if content is not around:
        known[parent] = content


def got(call: Call, response: Any) -> None:
    """Tell what the layer has got, if that was not told yet: the framework itself has made it."""
    has_got(call, of(call, response))


def has_got(call: Call, content: Content) -> None:
    """The layer has got a response of which this is the body."""
    if content is None:
        return
    record = call.record
    known = record.contents
    if known is None:
        known = record.contents = {}
    before = known.get(call.index)
    if before is None:
        before = known.get(call.parent.index)  # type: ignore[union-attr]
    if content is not before and not _same(content, before):
        _tell(call, GOT, content, monotonic_ns())
    known[call.index] = content


def _same(content: Content, other: Content) -> bool:
    if type(content) is tuple:
        return content is other or content == other
    return type(other) is list and content[0] is other[0]  # type: ignore[index]


def _tell(call: Call, kind: int, content: Any, now: int) -> None:
    record = call.record
    if not record.full:
        events = record.events
        is_only = kind == CHUNK and len(content) == 1 and not record.block_at
        # Its place among what is not sent yet, where there is something before it.
        record.block_at = is_only and len(events) or -1
        record.newest = NO_BLOCK
        for block in content:
            events.append((kind, call.index, now, block))


def _kept(kept: Any) -> Content:
    """What a response keeps as its body, which is there if it is a list of bytes, and of texts."""
    kind = type(kept)
    if kind is list and len(kept) == 1 and type(kept[0]) is bytes:
        return tuple(kept) if kept[0] else [kept]
    if (kind is list or kind is tuple) and 0 < len(kept) <= _MOST_BLOCKS:
        blocks = kept
        for block in kept:
            if type(block) is not bytes:
                blocks = [each for block in kept for each in _value(block) or ()]
                break
        for block in blocks:
            if type(block) is not bytes:
                return [kept]
        # An empty body may be filled yet: http errors are, as they are sent.
        return tuple(filter(None, blocks)) or [kept]
    return [kept]


def text_of(text: Any) -> Content:
    """A text that the framework is going to encode."""
    if len(text) <= _MOST_TEXT:
        try:
            encoded = str.encode(text, "utf-8")
        except UnicodeError:
            return [text]
        if encoded:
            return (encoded,)
    return [text]


def _value(value: Any) -> Content:
    """What a view returned that is no response."""
    kind = type(value)
    if kind is bytes:
        return (value,) if value else None
    if issubclass(kind, str):
        return text_of(value)
    return None if value is None else [value]


def _django(call: Call, result: Any) -> Content:
    attributes = getattr(result, "__dict__", None)
    if type(attributes) is not dict or "cookies" not in attributes:
        return None
    if "_iterator" in attributes:
        return [attributes["_iterator"]]
    if attributes.get("_is_rendered") is False:
        return [result]
    return _kept(attributes["_container"]) if "_container" in attributes else None


def of_flask(call: Call, result: Any) -> Content:
    if result is None or call.stage.role.startswith("teardown"):
        return None
    if type(result) is tuple and result:
        result = result[0]  # with a status, or headers
    attributes = getattr(result, "__dict__", None)
    if type(attributes) is dict and "_status" in attributes and "response" in attributes:
        return _kept(attributes["response"])
    if isinstance(result, BaseException):
        response = _carried(result)
        if response is not None:
            return _kept(response.response)
    return _value(result)


def _carried(error: Any) -> Any:
    """The response that an exception of werkzeug's was made with (abort), if any."""
    base = getattr(sys.modules.get("werkzeug.exceptions"), "HTTPException", ())
    response = vars(error).get("response") if issubclass(type(error), base) else None
    return response if "_status" in getattr(response, "__dict__", ()) else None


def _pyramid(call: Call, result: Any) -> Content:
    attributes = getattr(result, "__dict__", None)
    if type(attributes) is dict and "_headerlist" in attributes and "_app_iter" in attributes:
        return _kept(attributes["_app_iter"])
    # A renderer makes a response of it.
    return _value(result) if call.stage.role == "view" else None


def _falcon(call: Call, result: Any) -> Content:
    if result is not None and is_response("falcon", result):
        return _value(getattr(result, "text", None))
    return None if call.note is None else of_falcon(call.note[0])


def of_falcon(response: Any) -> Content:
    """The body of a response of Falcon's, in the order in which that looks for one
    (Response.render_body)."""
    try:
        text = response.text
        if type(text) is str:
            return text_of(text)
        if text is response._data is response._media is response.stream is None:
            return None
    except AttributeError:
        text = getattr(response, "text", None)  # of another version
    if text is None and not hasattr(response, "text"):
        text = getattr(response, "body", None)  # before Falcon 3
    if text is not None:
        return _value(text)
    for name in ("_data", "_media", "stream"):
        value = getattr(response, name, None)
        if value is not None:
            return _value(value) if name == "_data" else [value]
    return None


def of_bottle(call: Call, result: Any) -> Content:
    is_raised = isinstance(result, BaseException)  # by a hook, from which nothing else is taken
    if call.stage.role not in ("plugin", "callback", "error") and not is_raised:
        return None
    if is_response("bottle", result):
        if issubclass(type(result), copies.classes("HTTPError")):
            return [result]  # its page is a template
        result = result.body
    if type(result) is list or type(result) is tuple:
        return _kept(result)
    return _value(result)


def is_response(kind: str, value: Any) -> bool:
    """Whether what a layer returned or raised is a response of its framework's, or stands for one,
    body and all."""
    if kind == "pyramid":
        return "_headerlist" in getattr(value, "__dict__", ())
    if kind == "bottle":
        of = type(value)
        return id(of) not in PLAIN and issubclass(of, copies.classes("BaseResponse"))
    if kind == "flask":
        return _carried(value) is not None
    status = getattr(sys.modules.get("falcon"), "HTTPStatus", ())
    return kind == "falcon" and issubclass(type(value), status)


_READERS: dict[str, Callable[[Call, Any], Content]] = {
    "django": _django,
    "flask": of_flask,
    "pyramid": _pyramid,
    "falcon": _falcon,
    "bottle": of_bottle,
}
