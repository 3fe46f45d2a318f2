"""Failures of our own: they are told where they disturb nobody."""

from __future__ import annotations

import sys

from ..native import Mutex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

#: Python 3.8 ends itself where a RecursionError is caught and more than a few calls are made before
#: most of what ran has returned. So one that is of the application's own recursion is not caught.
_ENDS_ITSELF = sys.implementation.name == "cpython" and sys.version_info < (3, 9)

_reported: set[tuple[str, type]] = set()
_reporting = Mutex()


def tell(callback: Callable[..., None], *args: Any) -> None:
    """Call one of a tracer's methods. A failure is reported once, by method and type of error."""
    try:
        callback(*args)
    except Exception as error:
        failing(callback, error)


def failing(callback: Callable[..., None], error: Exception) -> None:
    """A tracer's method has failed."""
    if _ENDS_ITSELF and isinstance(error, RecursionError) and _is_deep():
        raise error
    with _reporting:
        key = (getattr(callback, "__qualname__", repr(callback)), type(error))
        if key in _reported:
            return
        _reported.add(key)
    report(key[0], error)


def _is_deep() -> bool:
    """Whether what runs is what took the room for calls."""
    try:
        sys._getframe(sys.getrecursionlimit() // 4)
    except ValueError:
        return False
    return True


def report(what: str, error: Exception) -> None:
    say(f"tracing failed in {what}: {type(error).__name__}: {error}")


def say(text: str) -> None:
    try:
        sys.stderr.write(f"snifter: {text}\n")
    except Exception:
        pass  # without a stderr there is nowhere to tell
