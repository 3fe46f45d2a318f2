"""Whether garbage is being collected.

Up to CPython 3.11 a collection may begin while a context variable is being set, in the midst of
that. To set one then, in what a collection calls (the close() of a generator that nobody has
closed), has the first go on in memory that was given back, and the process dies. So nothing that is
called by a collection sets the call that runs: see `here`.
"""

from __future__ import annotations

import gc
import sys
from threading import get_ident

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: The thread that collects, empty while there is none. There is one at a time.
thread: list[int] = []


def watch() -> None:
    """Have it be known from now on. Later ones collect between two steps of a program, and PyPy,
    which has no gc.callbacks, has no such variables."""
    if sys.implementation.name != "cpython" or sys.version_info >= (3, 12):
        return
    if _note not in gc.callbacks:
        gc.callbacks.append(_note)


def here() -> bool:
    """Whether this thread collects garbage. Where `thread` is empty, it need not be asked."""
    return get_ident() in thread


def _note(phase: str, found: dict[str, Any]) -> None:
    thread[:] = [get_ident()] if phase == "start" else ()
