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
WRITE = "PEP 3333: The write() Callable"
CONTENT_TYPE = "RFC 9110: 8.3 Content-Type"
NO_CONTENT = "RFC 9110: 6.4.1 Content Semantics"

#: Names that were found to be valid: PLAIN, LENGTH or TYPE. A name that is not here is looked at in
#: full.
PLAIN = 0
LENGTH = 1
TYPE = 2
NAMES: dict[str, int] = {}
_MOST_NAMES = 4096
#: Statuses that were found to be right.
STATUSES: set[str] = set()
_MOST_STATUSES = 1000

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

#: Stands for an argument of start_response that is not there.
NOT_GIVEN: Any = object()

#: What is said of the same breach at whichever boundary it is found.
NEVER_STARTED = "the application ended without calling start_response"
NOT_YET_STARTED = "the application gave a block before it called start_response"
STARTED_TWICE = "start_response was called a second time, without exc_info"
YIELDED_ON = "generator ignored GeneratorExit"  # as Python itself says it
BY_NAME = "an application was called with arguments by name"
FOREIGN = "the start_response of another request was called"
STARTED_LATE = "start_response was called after the first block"
SWALLOWED = (
    "start_response raised exc_info again, too late to replace what was sent,"
    " and the application went on"
)
CHANGED_LATE = "the list of headers was changed after start_response had taken it"
WRITE_USED = "write() was called; a new application yields its blocks"
TINY = "the body came in many blocks of a byte or two"
WRITTEN_IN_BODY = "write() was called from within the body, by its iteration"
FILE_LOST = "what wsgi.file_wrapper made was not passed on, and can't be sent as a file"
UNTYPED = "the response has no Content-Type"

#: A body of so many blocks, of not more than so many bytes in the mean, is hard work for nothing.
TINY_BLOCKS = 64
TINY_SIZE = 2

#: What has no content (RFC 9110, 6.4.1), and so no type.
BODILESS = ("204", "304")

_token = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z").match
_usual = re.compile(r"[A-Za-z]([A-Za-z0-9-]*[A-Za-z0-9])?\Z").match
_control = re.compile(r"[\x00-\x1f\x7f]").search


class Breach(Exception):
    """A rule that was broken; `error` is what the application gets raised, and `header` the name of
    the one that breaks it, if that is one."""

    def __init__(self, rule: str, error: BaseException, pep: str, header: str = "") -> None:
        super().__init__(rule)
        self.rule = rule
        self.error = error
        self.pep = pep
        self.header = header


def check_status(status: Any, lint: Callable[..., None]) -> str:
    """Return the status as an exact str, or raise Breach."""

    def bad(error: BaseException) -> Breach:
        return Breach("status-invalid", error, START_RESPONSE)

    given = status
    if not isinstance(status, str):
        kind = type(status).__name__
        raise bad(TypeError("the status must be a str, not %s: %s" % (kind, _shown(status))))
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
    if len(status) < 6:
        # webtest.lint wants two characters at least.
        told = "the status has hardly a reason" if status[4:] else "the status has no reason"
        lint("status-no-reason", "%s: %.200r" % (told, status), START_RESPONSE)
    if status is given and 5 < len(status) < 100 and len(STATUSES) < _MOST_STATUSES:
        STATUSES.add(status)
    return status


def check_headers(
    headers: Any, lint: Callable[..., None]
) -> tuple[list[tuple[str, str]], int | None]:
    """Return a copy of the headers with exact types, and the Content-Length; or raise Breach."""

    def bad(error: BaseException, name: str = "") -> Breach:
        return Breach("header-invalid", error, START_RESPONSE, name)

    if not isinstance(headers, list):
        raise bad(
            TypeError(
                "the headers must be a list, not %s: %s" % (type(headers).__name__, _shown(headers))
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
            raise bad(TypeError("a header must be a tuple of a name and a value: " + _shown(pair)))
        name, value = pair
        for what, text in (("name", name), ("value", value)):
            if not isinstance(text, str):
                raise bad(
                    TypeError(
                        "a header's %s must be a str, not %s: %s"
                        % (what, type(text).__name__, _shown(pair))
                    )
                )
        if type(pair) is not tuple:
            what = "a header is a %s, not a plain tuple" % type(pair).__name__
            lint("header-subclass", what, START_RESPONSE, str.__str__(name))
        if type(name) is not str or type(value) is not str:
            lint(
                "header-subclass",
                "a header holds a subclass of str: %.200r" % (tuple(pair),),
                START_RESPONSE,
                str.__str__(name),
            )
            name, value = str.__str__(name), str.__str__(value)
        if not _token(name):
            raise bad(ValueError("not a valid header name: %.200r" % name), name)
        if _control(value):
            raise bad(
                ValueError(
                    "the value of the header %s holds a control character: %.200r" % (name, value)
                ),
                name,
            )
        if not _is_latin1(value):
            raise bad(
                ValueError(
                    "the value of the header %s holds a character outside of latin-1: %.200r"
                    % (name, value)
                ),
                name,
            )
        lower = name.lower()
        if lower in _HOP_BY_HOP:
            raise Breach(
                "hop-by-hop-header",
                AssertionError(
                    "an application may not set the hop-by-hop header %s: %.200r" % (name, value)
                ),
                OTHER_HTTP,
                name,
            )
        if lower == "content-length":
            length = check_length(value, length)
        # What http.cookies puts out begins with one, and Django gives it so.
        if value.strip(" ") != value and lower != "set-cookie":
            lint(
                "header-value-space",
                "the value of the header %s begins or ends with a space: %.200r" % (name, value),
                START_RESPONSE,
                name,
            )
        if lower == "status":
            lint(
                "header-status",
                "a header is named Status, as in CGI: %.200r" % value,
                START_RESPONSE,
                name,
            )
        elif not _usual(name):
            lint("header-name-odd", "an odd header name: %.200r" % name, START_RESPONSE, name)
        elif len(NAMES) < _MOST_NAMES and len(name) < 100:
            NAMES[name] = _KINDS.get(lower, PLAIN)
        checked.append((name, value))
    return checked, length


_KINDS = {"content-length": LENGTH, "content-type": TYPE}


def has_type(headers: list[tuple[str, str]]) -> bool:
    return any(name.lower() == "content-type" for name, _ in headers)


def arguments(
    args: tuple[Any, ...], named: dict[str, Any], lint: Callable[..., None]
) -> tuple[Any, Any, Any]:
    """The status, headers and exc_info of a call of start_response by name, or with more or fewer
    than there are; or raise Breach, or TypeError where the names have been told of."""
    if named:
        lint(
            "start-response-keywords",
            "start_response was called with keywords: %.200s" % ", ".join(named),
            START_RESPONSE,
        )
    whole, left = list(args), dict(named)
    for name, at in (("status", 0), ("headers", 1), ("response_headers", 1), ("exc_info", 2)):
        if name in left and len(whole) == at:
            whole.append(left.pop(name))
    if not left and len(whole) == 2:
        whole.append(None)
    if left or len(whole) != 3:
        error = TypeError("start_response was called with %d arguments" % (len(args) + len(named)))
        if named:
            raise error
        raise Breach("start-response-arguments", error, START_RESPONSE)
    return whole[0], whole[1], whole[2]


def exc_info_trouble(exc_info: Any) -> str:
    """What is wrong with an exc_info that is not None, or nothing."""
    if type(exc_info) is tuple and len(exc_info) == 3:
        return ""
    return f"exc_info is a {type(exc_info).__name__}, not a tuple of three"


def are_tiny(blocks: int, size: int) -> bool:
    return blocks >= TINY_BLOCKS and size <= TINY_SIZE * blocks


def too_long(length: int) -> str:
    return f"the body has more bytes than its Content-Length of {length}"


def too_short(sent: int, length: int) -> str:
    return f"the body has {sent} bytes, fewer than its Content-Length of {length}"


def no_bytes(block: Any, what: str) -> str:
    return f"{what} an object of type {type(block).__name__}, where bytes are due"


def no_plain_bytes(block: Any, what: str) -> str:
    return f"{what} a {type(block).__name__}, not plain bytes"


YIELDED = "the application yielded"
#: What is found in a body that is a string, of which that is told.
OF_STRINGS = (no_bytes("", YIELDED), no_bytes(0, YIELDED))


def body_is_string(result: Any) -> str:
    return f"the application returned {type(result).__name__} itself, not in a list"


def not_iterable(result: Any) -> str:
    return "the application returned %s, not an iterable of bytes" % (
        "None" if result is None else f"an object of type {type(result).__name__}"
    )


def bodied(code: str) -> str:
    return f"a {code} has no content, and a block was given"


def typed(code: str) -> str:
    return f"a {code} has no content, and so no Content-Type"


def check_length(value: str, before: int | None) -> int:
    """Return the Content-Length, or raise Breach."""
    text = value.strip(" ")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Breach(
            "header-invalid",
            ValueError("not a valid Content-Length: %.200r" % value),
            CONTENT_LENGTH,
            "Content-Length",
        )
    length = int(text)
    if before is not None and before != length:
        raise Breach(
            "header-invalid",
            ValueError("two different values of Content-Length"),
            CONTENT_LENGTH,
            "Content-Length",
        )
    return length


def _shown(value: Any) -> str:
    """A repr that is the same in each request."""
    return re.sub(r" at 0x[0-9A-Fa-f]+", "", "%.200r" % (value,))


def _is_latin1(text: str) -> bool:
    return text.isascii() or max(text) <= "\xff"
