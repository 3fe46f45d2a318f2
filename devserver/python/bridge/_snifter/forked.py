"""Processes that an application forks off its worker, as package multiprocessing does.

Such a process has the worker's memory, and the connection to the server, but of its threads only
the one that forked. Nothing that it does is told: the server would take it for the worker's, and
what is unsent is sent by that. It must not wait for a lock either, which a thread may have held
that it has not.
"""

from __future__ import annotations

import os

from . import streams

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .link import Link


def watch(link: Link) -> None:
    """Have each process that is forked from now on be nobody's."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=lambda: _be_nobodys(link))


def _be_nobodys(link: Any) -> None:
    link.put = link.flush = _nothing
    # What would be read is meant for the worker: one that comes back from its request has no more
    # to do.
    link.read = link.wait = link._await_nudge = _end
    streams.running.clear()
    _free(streams._joining)
    for exchange in list(link.open.values()):
        # What is written to its wsgi.errors is the process's own.
        exchange.over = True
    recorder, link.recorder = link.recorder, None
    if recorder is None:
        return
    from .stages.recording import record
    from .stages.running import calls

    calls.stop()
    _free(recorder._naming)
    _free(record.sending)


def _nothing(*_: Any, **__: Any) -> None:
    pass


def _end(*_: Any) -> None:
    os._exit(1)


def _free(lock: Any) -> None:
    if lock.locked():
        lock.release()
