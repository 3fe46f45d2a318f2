"""What is held by `with`, on PyPy.

PyPy may raise a RecursionError in any call of its own functions: in one that takes a lock, once it
is taken, and in one that lets it go, before. Nobody would get it again. Here one step takes it and
says who has. Nobody waits for what he holds himself: who has it and wants it was left with it, and
goes on. As all that a request comes to at its end wants what it may have been left with, others
wait no longer than for that.
"""

from __future__ import annotations

import _thread
from time import sleep

_get_ident = _thread.get_ident

#: So many seconds lie between two tries to get what another thread holds, which takes it no time.
_A_MOMENT = 0.0001


class Mutex:
    """As a lock, but that nothing is waited by it."""

    __slots__ = ("_by",)

    def __init__(self) -> None:
        #: The thread that has it, if any, by nothing.
        self._by: dict[None, int] = {}

    def locked(self) -> bool:
        return bool(self._by)

    def release(self) -> None:
        self._by.clear()

    def __enter__(self) -> None:
        by, me = self._by, _get_ident()
        while by.setdefault(None, me) != me:
            sleep(_A_MOMENT)

    def __exit__(self, *_: object) -> None:
        self._by.clear()
