"""Responses of frameworks that are as they were when they were read last, or have got other headers
since, as most layers leave them. Nothing is asked of them, and values are compared by their
identity.
"""

from __future__ import annotations

from operator import is_

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
        "of",
        "more",
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
        #: The head that this one was, and which headers it has got behind those, where that is all.
        self.of: Head | None = None
        self.more: list[Any] = []
        self._attributes: dict[str, Any] = response.__dict__
        self._block: bytes = content[0]  # type: ignore[index]
        self._headers = head[1]
        if not _are_same(self._hold(), self._headers):
            raise ValueError  # they are read as texts, which they are not
        if len(self._body) != 1 or self._body[0] is not self._block:
            raise ValueError  # the content was made of it

    def _hold(self) -> Collection[Any]:
        """Take note of what it has, and return its headers."""
        raise NotImplementedError

    def found(self) -> Head | None:
        """The head that it has, if nothing is another but the headers, which are texts; it is known
        from now on."""
        raise NotImplementedError

    def _with(self, headers: Collection[Any]) -> Head | None:
        """The head, where these are the headers."""
        known = self._headers
        longer = len(headers) - len(known)
        has_known = longer >= 0 and all(map(is_, headers, known))
        if has_known and not longer:
            return self.head
        new = more = [*headers]
        if has_known:
            self.of, more = self.head, new[-longer:]
        else:
            self.of = None
        for header in more:
            if type(header) is not tuple or len(header) != 2:
                return None
            name, value = header
            if type(name) is not str or type(value) is not str:
                return None
        self._headers, self.more = new, more
        self.head = head = self.head[0], new
        return head


class _OfWerkzeug(Kept):
    __slots__ = ()

    def _hold(self) -> Collection[Any]:
        attributes = self._attributes
        self._status = attributes["_status"]
        self._fields = attributes["headers"]
        self._body = attributes["response"]
        return self._fields._list  # type: ignore[no-any-return]

    def found(self) -> Head | None:
        attributes, body, fields = self._attributes, self._body, self._fields
        try:
            if (
                attributes["_status"] is self._status
                and attributes["headers"] is fields
                and attributes["response"] is body
                and len(body) == 1
                and body[0] is self._block
            ):
                return self._with(fields._list)
        except KeyError:
            pass
        return None


class _OfWebOb(Kept):
    __slots__ = ()

    def _hold(self) -> Collection[Any]:
        attributes = self._attributes
        self._status = attributes["_status"]
        self._body = attributes["_app_iter"]
        return attributes["_headerlist"]  # type: ignore[no-any-return]

    def found(self) -> Head | None:
        attributes, body = self._attributes, self._body
        try:
            if (
                attributes["_status"] is self._status
                and attributes["_app_iter"] is body
                and len(body) == 1
                and body[0] is self._block
            ):
                return self._with(attributes["_headerlist"])
        except KeyError:
            pass
        return None


class _OfDjango(Kept):
    __slots__ = ()

    def _hold(self) -> Collection[Any]:
        attributes = self._attributes
        self._status = attributes.get("status_code")
        self._reason = attributes.get("_reason_phrase")
        self._fields = attributes["headers"]
        self._body = attributes["_container"]
        if attributes["cookies"]:
            raise ValueError  # what they hold may change without them
        return self._fields._store.values()  # type: ignore[no-any-return]

    def found(self) -> Head | None:
        attributes, body, fields = self._attributes, self._body, self._fields
        if (
            attributes.get("headers") is fields
            and attributes.get("_container") is body
            and len(body) == 1
            and body[0] is self._block
            and not attributes.get("cookies")
            and attributes.get("status_code") is self._status
            and attributes.get("_reason_phrase") is self._reason
        ):
            return self._with(fields._store.values())
        return None


class _OfNumberedDjango(_OfDjango):
    """The same where each state of a dict has a number."""

    __slots__ = ("_state", "_known", "_store", "_store_state", "_store_known", "_cookies")

    def _hold(self) -> Collection[Any]:
        headers = super()._hold()
        self._cookies = self._attributes["cookies"]
        self._store = self._fields._store
        self._state, self._store_state = versions.of(self._attributes), versions.of(self._store)
        self._known, self._store_known = self._state.value, self._store_state.value
        return headers

    def found(self) -> Head | None:
        body = self._body
        if (
            self._state.value == self._known
            and self._fields._store is self._store
            and len(body) == 1
            and body[0] is self._block
            and not self._cookies
        ):
            number = self._store_state.value
            if number == self._store_known:
                return self.head
            self._store_known = number
            found = self._with(self._store.values())
            if found is None:
                self._store_known = -1
            return found
        return None


def _are_same(headers: Collection[Any], known: list[Any]) -> bool:
    return len(headers) == len(known) and all(map(is_, headers, known))


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
