"""Which call runs."""

from __future__ import annotations

from contextvars import ContextVar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .running.calls import Call

#: The call that runs, or the exchange, which is then in its outermost stage (see Exchange.call).
running: ContextVar[Any] = ContextVar("snifter", default=None)


def current() -> Call | None:
    """The innermost call that runs in this context."""
    found = running.get()
    return found if found is None or hasattr(found, "parent") else found.call()
