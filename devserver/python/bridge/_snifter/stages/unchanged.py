"""Responses of frameworks that are as they were when they were read last, as most layers leave
them. Nothing is asked of them, and values are compared by their identity.
"""

from __future__ import annotations

from operator import is_

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .contents import Content
    from .responses import Head


class Kept:
    """A response whose body is one block, with what was read of it."""

    __slots__ = (
        "response",
        "head",
        "content",
        "_attributes",
        "_status",
        "_reason",
        "_fields",
        "_headers",
        "_body",
        "_block",
    )

    def __init__(self, response: Any, head: Head, content: Content) -> None:
        self.response = response
        self.head = head
        self.content = content
        self._attributes: dict[str, Any] = response.__dict__
        self._block: bytes = content[0]  # type: ignore[index]
        self._hold()

    def _hold(self) -> None:
        """Take note of what it has."""
        raise NotImplementedError

    def is_same(self) -> bool:
        """Whether it has the same."""
        raise NotImplementedError


class _OfWerkzeug(Kept):
    __slots__ = ()

    def _hold(self) -> None:
        attributes = self._attributes
        self._status = attributes["_status"]
        self._fields = attributes["headers"]
        self._headers = self._fields._list[:]
        self._body = attributes["response"]

    def is_same(self) -> bool:
        attributes, body, fields = self._attributes, self._body, self._fields
        return (
            attributes.get("_status") is self._status
            and attributes.get("headers") is fields
            and attributes.get("response") is body
            and len(body) == 1
            and body[0] is self._block
            and len(headers := fields._list) == len(known := self._headers)
            and all(map(is_, headers, known))
        )


class _OfWebOb(Kept):
    __slots__ = ()

    def _hold(self) -> None:
        attributes = self._attributes
        self._status = attributes["_status"]
        self._headers = attributes["_headerlist"][:]
        self._body = attributes["_app_iter"]

    def is_same(self) -> bool:
        attributes, body = self._attributes, self._body
        return (
            attributes.get("_status") is self._status
            and attributes.get("_app_iter") is body
            and len(body) == 1
            and body[0] is self._block
            and len(headers := attributes.get("_headerlist", ())) == len(known := self._headers)
            and all(map(is_, headers, known))
        )


class _OfDjango(Kept):
    __slots__ = ()

    def _hold(self) -> None:
        attributes = self._attributes
        self._status = attributes.get("status_code")
        self._reason = attributes.get("_reason_phrase")
        self._fields = attributes["headers"]
        self._headers = [*self._fields._store.values()]
        self._body = attributes["_container"]
        if attributes["cookies"]:
            raise ValueError  # what they hold may change without them

    def is_same(self) -> bool:
        attributes, body, fields = self._attributes, self._body, self._fields
        return (
            attributes.get("headers") is fields
            and attributes.get("_container") is body
            and len(body) == 1
            and body[0] is self._block
            and not attributes.get("cookies")
            and attributes.get("status_code") is self._status
            and attributes.get("_reason_phrase") is self._reason
            and len(headers := fields._store.values()) == len(known := self._headers)
            and all(map(is_, headers, known))
        )


_KINDS = {"flask": _OfWerkzeug, "pyramid": _OfWebOb, "django": _OfDjango}


def keep(kind: str, response: Any, head: Head | None, content: Content) -> Kept | None:
    """What tells whether a response is as it was when this was read of it; None for one of which
    that can't be told like this."""
    of = _KINDS.get(kind)
    if of is None or head is None or type(content) is not tuple or len(content) != 1:
        return None
    try:
        kept = of(response, head, content)
        return kept if kept.is_same() else None
    except (AttributeError, KeyError, TypeError, ValueError):
        return None  # it is another version's, or a class of the application's own
