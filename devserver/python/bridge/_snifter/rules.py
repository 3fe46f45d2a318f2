"""What PEP 3333 asks of a status and of headers, checked at once and exactly."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

START_RESPONSE = "PEP 3333: The start_response() Callable"
SPECIFICATION = "PEP 3333: Specification Details"
CONTENT_LENGTH = "PEP 3333: Handling the Content-Length Header"
OTHER_HTTP = "PEP 3333: Other HTTP Features"
UNICODE = "PEP 3333: Unicode Issues"
STREAMING = "PEP 3333: Buffering and Streaming"

#: Names that were found to be valid: PLAIN, or LENGTH. A name that is not here is looked at in
#: full.
PLAIN = 0
LENGTH = 1
NAMES: dict[str, int] = {}
_MOST_NAMES = 4096

_HOP_BY_HOP = frozenset(
    (
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "trailers",
        "transfer-encoding",
        "upgrade",
    )
)

_token = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z").match
_control = re.compile(r"[\x00-\x1f\x7f]").search


class Breach(Exception):
    """A rule that was broken; `error` is what the application gets raised."""

    def __init__(self, rule: str, error: BaseException, pep: str) -> None:
        super().__init__(rule)
        self.rule = rule
        self.error = error
        self.pep = pep


def check_status(status: Any, lint: Callable[[str, str, str], None]) -> str:
    """Return the status as an exact str, or raise Breach."""

    def bad(error: BaseException) -> Breach:
        return Breach("status-invalid", error, START_RESPONSE)

    if not isinstance(status, str):
        raise bad(
            TypeError("the status must be a str, not %s: %.200r" % (type(status).__name__, status))
        )
    if type(status) is not str:
        lint(
            "status-subclass",
            f"the status is a {type(status).__name__}, not a plain str",
            START_RESPONSE,
        )
        status = str.__str__(status)
    if _control(status):
        raise bad(ValueError("the status holds a control character: %.200r" % status))
    if not (
        len(status) >= 4 and status[:3].isascii() and status[:3].isdigit() and status[3] == " "
    ):
        raise bad(
            ValueError("the status must be three digits, a space and a reason: %.200r" % status)
        )
    if status < "2":
        # RFC 9110, 15.2: an interim response is not the answer to a request.
        raise bad(ValueError("a final status is 200 or above: %.200r" % status))
    if not _is_latin1(status):
        raise bad(ValueError("the status holds a character outside of latin-1: %.200r" % status))
    return status


def check_headers(
    headers: Any, lint: Callable[[str, str, str], None]
) -> tuple[list[tuple[str, str]], int | None]:
    """Return a copy of the headers with exact types, and the Content-Length; or raise Breach."""

    def bad(error: BaseException) -> Breach:
        return Breach("header-invalid", error, START_RESPONSE)

    if not isinstance(headers, list):
        raise bad(
            TypeError(
                "the headers must be a list, not %s: %.200r" % (type(headers).__name__, headers)
            )
        )
    if type(headers) is not list:
        lint(
            "header-subclass",
            f"the headers are a {type(headers).__name__}, not a plain list",
            START_RESPONSE,
        )
    checked: list[tuple[str, str]] = []
    length: int | None = None
    for pair in headers:
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise bad(TypeError("a header must be a tuple of a name and a value: %.200r" % (pair,)))
        name, value = pair
        for what, text in (("name", name), ("value", value)):
            if not isinstance(text, str):
                raise bad(
                    TypeError(
                        "a header's %s must be a str, not %s: %.200r"
                        % (what, type(text).__name__, pair)
                    )
                )
        if type(name) is not str or type(value) is not str:
            lint(
                "header-subclass",
                "a header holds a subclass of str: %.200r" % (pair,),
                START_RESPONSE,
            )
            name, value = str.__str__(name), str.__str__(value)
        if not _token(name):
            raise bad(ValueError("not a valid header name: %.200r" % name))
        if _control(value):
            raise bad(
                ValueError(
                    "the value of the header %s holds a control character: %.200r" % (name, value)
                )
            )
        if not _is_latin1(value):
            raise bad(
                ValueError(
                    "the value of the header %s holds a character outside of latin-1: %.200r"
                    % (name, value)
                )
            )
        lower = name.lower()
        if lower in _HOP_BY_HOP:
            raise Breach(
                "hop-by-hop-header",
                AssertionError(
                    "an application may not set the hop-by-hop header %s: %.200r" % (name, value)
                ),
                OTHER_HTTP,
            )
        if lower == "content-length":
            length = check_length(value, length)
        if len(NAMES) < _MOST_NAMES and len(name) < 100:
            NAMES[name] = LENGTH if lower == "content-length" else PLAIN
        checked.append((name, value))
    return checked, length


def check_length(value: str, before: int | None) -> int:
    """Return the Content-Length, or raise Breach."""
    text = value.strip(" ")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Breach(
            "header-invalid",
            ValueError("not a valid Content-Length: %.200r" % value),
            CONTENT_LENGTH,
        )
    length = int(text)
    if before is not None and before != length:
        raise Breach(
            "header-invalid", ValueError("two different values of Content-Length"), CONTENT_LENGTH
        )
    return length


def _is_latin1(text: str) -> bool:
    return text.isascii() or max(text) <= "\xff"
