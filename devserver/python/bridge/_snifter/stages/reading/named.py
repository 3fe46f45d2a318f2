"""Where a function is given an environ and a start_response, by the names of its parameters."""

from __future__ import annotations

import inspect
from types import CodeType

_ENVIRONS = frozenset(("environ", "env", "wsgi_environ", "wsgi_env", "request_environ"))
_STARTS = frozenset(
    (
        "start_response",
        "start_resp",
        "start_reponse",
        "startresponse",
        "startResponse",
        "start_response_callable",
        "start",
        "sr",
    )
)
#: Names by which nothing but an application is held.
_APPLICATIONS = frozenset(
    ("app", "application", "wsgi_app", "wsgi_application", "wrapped_app", "inner_app", "next_app")
)
#: How many parameters may come before the environ: self, and what functools.partial fills in.
MOST_BEFORE = 3


def is_environ_name(name: str) -> bool:
    return name in _ENVIRONS or "environ" in name


def is_start_name(name: str) -> bool:
    return name in _STARTS or "start_resp" in name


def is_application_name(name: str) -> bool:
    """Whether nothing but an application is held by a name."""
    return name in _APPLICATIONS or name.endswith(("_app", "_application"))


def place(code: CodeType, defaults: int = -1) -> int:
    """Where in its parameters a function has environ and start_response by their names, or -1.

    Whatever comes after them must have a default, of which a function has as many as told. A class
    that is an application has them in __init__.
    """
    if code.co_flags & (
        inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR | inspect.CO_ITERABLE_COROUTINE
    ):
        return -1  # ASGI's concern
    names = code.co_varnames[: code.co_argcount]
    for at in range(min(len(names) - 1, MOST_BEFORE)):
        if is_environ_name(names[at]) and is_start_name(names[at + 1]):
            if defaults >= 0 and len(names) - defaults > at + 2:
                return -1  # it needs more than a server gives
            return at
    return -1
