"""Responses of frameworks that are as they were when they were read last, as most layers leave
them. Nothing is asked of them, and values are compared by their identity.
"""

from __future__ import annotations

from ..recording import versions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Collection

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
        if len(self._body) != 1 or self._body[0] is not self._block:
            raise ValueError  # the content was made of it

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
        try:
            return (
                attributes["_status"] is self._status
                and attributes["headers"] is fields
                and attributes["response"] is body
                and len(body) == 1
                and body[0] is self._block
                and _are_same(fields._list, self._headers)
            )
        except KeyError:
            return False


class _OfWebOb(Kept):
    __slots__ = ()

    def _hold(self) -> None:
        attributes = self._attributes
        self._status = attributes["_status"]
        self._headers = attributes["_headerlist"][:]
        self._body = attributes["_app_iter"]

    def is_same(self) -> bool:
        attributes, body = self._attributes, self._body
        try:
            return (
                attributes["_status"] is self._status
                and attributes["_app_iter"] is body
                and len(body) == 1
                and body[0] is self._block
                and _are_same(attributes["_headerlist"], self._headers)
            )
        except KeyError:
            return False


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
            and _are_same(fields._store.values(), self._headers)
        )


class _OfNumberedDjango(_OfDjango):
    """The same where each state of a dict has a number."""

    __slots__ = ("_state", "_known", "_store", "_store_state", "_store_known", "_cookies")

    def _hold(self) -> None:
        super()._hold()
        self._cookies = self._attributes["cookies"]
        self._store = self._fields._store
        self._state, self._store_state = versions.of(self._attributes), versions.of(self._store)
        self._known, self._store_known = self._state.value, self._store_state.value

    def is_same(self) -> bool:
        body = self._body
        return (
            self._state.value == self._known
            and self._store_state.value == self._store_known
            and self._fields._store is self._store
            and len(body) == 1
            and body[0] is self._block
            and not self._cookies
        )


def _are_same(headers: Collection[Any], known: list[Any]) -> bool:
    """There are few: a loop costs less than what is made to go through both."""
    if len(headers) != len(known):
        return False
    n = 0
    try:
        for header in headers:
            if header is not known[n]:
                return False
            n += 1
    except IndexError:
        return False  # another thread is about it
    return True


_KINDS = {
    "flask": _OfWerkzeug,
    "pyramid": _OfWebOb,
    "django": _OfNumberedDjango if versions.by_number else _OfDjango,
}


def keep(kind: str, response: Any, head: Head | None, content: Content) -> Kept | None:
    """What tells whether a response is as it was when this was read of it; None for one of which
    that can't be told like this."""
    of = _KINDS.get(kind)
    if of is None or head is None or type(content) is not tuple or len(content) != 1:
        return None
    try:
        return of(response, head, content)
    except (AttributeError, KeyError, TypeError, ValueError):
        return None  # it is another version's, or a class of the application's own
