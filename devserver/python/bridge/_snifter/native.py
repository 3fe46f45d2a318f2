"""Threads, and what they wait by, as the interpreter has them.

An application may have replaced what package threading offers when it is loaded (gevent.monkey,
eventlet): its threads are greenlets then, of a thread that is about to wait for the server.
"""

from __future__ import annotations

import _thread
import sys
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

Lock = _thread.allocate_lock
#: What is held by `with`, and for no time.
if sys.implementation.name == "pypy":
    from .mutex import Mutex
else:
    Mutex = Lock
get_ident = _thread.get_ident

_start = _thread.start_new_thread


def start(run: Callable[[], None], name: str) -> None:
    """Run a function in a thread of its own, that keeps no process from its end."""
    if _thread.start_new_thread is _start:
        threading.Thread(target=run, name=name, daemon=True).start()
    else:
        _start(run, ())


class Event:
    """What one thread waits for, and any may set."""

    __slots__ = ("_unset",)

    def __init__(self) -> None:
        self._unset = Lock()
        self._unset.acquire()

    def set(self) -> None:
        try:
            self._unset.release()
        except RuntimeError:
            pass  # it is set already

    def clear(self) -> None:
        self._unset.acquire(False)

    def wait(self) -> None:
        self._unset.acquire()
        self.set()  # another thread may have done so just now
