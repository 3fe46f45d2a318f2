"""What is checked of an environ that a middleware gives to the stage within it."""

from __future__ import annotations

import io

from ..kinds import by_class, defines, is_plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator

_REQUIRED = frozenset(
    (
        "REQUEST_METHOD",
        "SERVER_NAME",
        "SERVER_PORT",
        "SERVER_PROTOCOL",
        "wsgi.version",
        "wsgi.url_scheme",
        "wsgi.input",
        "wsgi.errors",
        "wsgi.multithread",
        "wsgi.multiprocess",
        "wsgi.run_once",
    )
)
#: What is more than any text, beside those of wsgi.
RULED = frozenset(
    (
        "REQUEST_METHOD",
        "SCRIPT_NAME",
        "PATH_INFO",
        "CONTENT_LENGTH",
        "HTTP_CONTENT_TYPE",
        "HTTP_CONTENT_LENGTH",
    )
)
#: The CGI variables, beside those of the client's headers.
_CGI = frozenset(
    (
        *("AUTH_TYPE", "CONTENT_LENGTH", "CONTENT_TYPE", "GATEWAY_INTERFACE", "PATH_INFO"),
        *("PATH_TRANSLATED", "QUERY_STRING", "REMOTE_ADDR", "REMOTE_HOST", "REMOTE_IDENT"),
        *("REMOTE_USER", "REQUEST_METHOD", "SCRIPT_NAME", "SERVER_NAME", "SERVER_PORT"),
        *("SERVER_PROTOCOL", "SERVER_SOFTWARE"),
    )
)
_METHODS = frozenset(
    ("GET", "HEAD", "POST", "OPTIONS", "PATCH", "PUT", "DELETE", "TRACE", "CONNECT")
)
_FLAGS = ("wsgi.multithread", "wsgi.multiprocess", "wsgi.run_once")


def check(
    before: dict[str, Any], after: dict[str, Any], keys: list[str], fewer: bool
) -> Iterator[tuple[str, str]]:
    """Give the rules that the changes from one environ to the other break, each with a message.

    The keys are those that were set, of which environ.fresh knows, and whether there are fewer.
    """
    for key in keys:
        value = after[key]
        if type(key) is not str:
            yield "environ-not-text", f"a key of the environ is a {type(key).__name__}, not a str"
        elif key.startswith("wsgi."):
            yield from _check_wsgi(key, value)
        elif "." not in key:  # else an extension, whose type is its own
            yield from _check_text(key, value)
    if not fewer:
        return
    for key in before:
        if key in after:
            continue
        if key in _REQUIRED:
            yield "environ-missing", _removed(key)
        elif key == "QUERY_STRING":
            yield "environ-query-string", "QUERY_STRING was removed from the environ"
        elif key in ("PATH_INFO", "SCRIPT_NAME") and not (
            after.get("SCRIPT_NAME") or "PATH_INFO" in after
        ):
            yield "environ-path-info", "one of SCRIPT_NAME and PATH_INFO has to be in the environ"


def broken(
    before: dict[str, Any], after: dict[str, Any], keys: list[str], fewer: bool
) -> Iterator[tuple[str, str]]:
    """`check` of what a framework's layer has changed for others of the same application. What they
    hand each other there by names of their own is their affair, and what was not right before is
    nothing that it has broken."""
    keys = [*filter(_is_named, keys)]
    found = [*check(before, after, keys, fewer)] if keys or fewer else ()
    if found:
        was = {rule for rule, _ in check({}, before, [*filter(before.__contains__, keys)], False)}
        for rule, message in found:
            if rule not in was:
                yield rule, message


def _is_named(key: Any) -> bool:
    """Whether it is said of a key what it is to be."""
    return type(key) is str and (key in _CGI or key.startswith(("HTTP_", "wsgi.")))


def is_extension(key: Any) -> bool:
    """Whether there is nothing to be said of a key, whatever its value is."""
    return type(key) is str and "." in key and not key.startswith("wsgi.")


def not_dict(environ: Any) -> str:
    return f"the environ is a {type(environ).__name__}, not a plain dict"


def _removed(key: str) -> str:
    return f"{key} was removed from the environ"


def _check_wsgi(key: str, value: Any) -> Iterator[tuple[str, str]]:
    kind = type(value)
    if key == "wsgi.version":
        if kind is not tuple:
            yield "environ-version", f"wsgi.version is a {kind.__name__}, not a tuple"
        elif value != (1, 0):
            yield "environ-version", "wsgi.version is not (1, 0): %.200r" % (value,)
    elif key == "wsgi.url_scheme":
        if kind is not str or value not in ("http", "https"):
            yield "environ-url-scheme", "wsgi.url_scheme is neither http nor https: %.200r" % (
                value if kind is str else kind,
            )
    elif key in _FLAGS:
        # "Should evaluate true": any object may, but what is text or None was meant otherwise.
        if value is None or issubclass(kind, str):
            yield "environ-flag", f"{key} is a {kind.__name__}, not a bool"
    elif key == "wsgi.input":
        for message in _said_of_input(kind):
            yield "environ-input", message
    elif key == "wsgi.errors":
        for message in _said_of_errors(kind):
            yield "environ-errors", message


@by_class
def _said_of_input(kind: type) -> list[str]:
    names = "read", "readline", "readlines", "__iter__"
    return _said_of_stream("wsgi.input", kind, names, "bytes", (io.TextIOBase,))


@by_class
def _said_of_errors(kind: type) -> list[str]:
    names = "flush", "write", "writelines"
    return _said_of_stream("wsgi.errors", kind, names, "str", (io.RawIOBase, io.BufferedIOBase))


def _said_of_stream(
    key: str, kind: type, names: tuple[str, ...], what: str, wrong: tuple[type, ...]
) -> list[str]:
    """What is to be said of a stream of a class that gives, or takes, what it should not where it
    is one of the wrong classes."""
    lacks = [name for name in names if not _has(kind, name)]
    said = [f"{key}, of type {kind.__name__}, has no {', '.join(lacks)}"] if lacks else []
    if issubclass(kind, wrong):
        said.append(f"{key}, of type {kind.__name__}, is no stream of {what}")
    return said


def _has(kind: type, name: str) -> bool:
    # The object itself is not asked: a proxy would load what it stands for. One that looks its
    # attributes up by itself may have any.
    if not is_plain(kind) or defines(kind, name):
        return True
    return defines(kind, "__getattr__") and not name.startswith("__")


def _check_text(key: str, value: Any) -> Iterator[tuple[str, str]]:
    kind = type(value)
    if kind is not str:
        # The object itself is not asked for its class: it may be lazy.
        if issubclass(kind, str):
            yield "environ-subclass", f"{key} is a {kind.__name__}, not a plain str"
        else:
            yield "environ-not-text", f"{key} is a {kind.__name__}, not a str"
        return
    if not value.isascii() and max(value) > "\xff":
        yield "environ-not-text", f"{key} holds a character outside of latin-1"
    if key in ("HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH"):
        yield "environ-content-key", f"{key} has no place in an environ, but {key[5:]}"
    elif key == "REQUEST_METHOD":
        if value not in _METHODS:
            yield "environ-method", "REQUEST_METHOD is not known: %.200r" % value
    elif key == "SCRIPT_NAME":
        if value == "/":
            yield "environ-script-name", "SCRIPT_NAME is /, where it is empty and PATH_INFO /"
        elif value and value[0] != "/":
            yield "environ-script-name", (
                "SCRIPT_NAME does not start with a slash: %.200r" % value
            )
    elif key == "PATH_INFO":
        # RFC 9112, 3.2.4: OPTIONS * names no path.
        if value and value[0] != "/" and value != "*":
            yield "environ-path-info", "PATH_INFO does not start with a slash: %.200r" % value
    elif key == "CONTENT_LENGTH" and value and not (value.isascii() and value.isdigit()):
        yield "environ-content-length", "CONTENT_LENGTH is no length: %.200r" % value
