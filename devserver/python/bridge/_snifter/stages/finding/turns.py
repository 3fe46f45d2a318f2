"""One request after the other, for who must see each with all stages that those before have shown.

What a request teaches is looked for once it is answered, while the next may come: a check would
have other results from run to run.
"""

from __future__ import annotations

from ...native import Lock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...exchange import Exchange

#: Seconds that a request waits for one that runs: the application itself may have sent it, and wait
#: for its answer.
_A_MOMENT = 0.2
#: And for what one teaches that has ended.
_MOST = 60


class Turns:
    """Whose turn it is."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._exchange: Exchange | None = None

    def take(self, exchange: Exchange) -> bool:
        """Wait until what was learned from the request before is known; return whether this one has
        the turn now, which it has to give back."""
        if not self._lock.acquire(True, _A_MOMENT):
            before = self._exchange
            if before is None or not before.over or not self._lock.acquire(True, _MOST):
                return False
        self._exchange = exchange
        return True

    def give_back(self) -> None:
        self._exchange = None
        self._lock.release()
