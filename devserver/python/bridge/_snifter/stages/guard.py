"""What is ours, and called where no `failures.tell` is around it: by the exchange, by reads of the
body, by the link. A failure there is reported once, and costs the record of a request, never the
request."""

from __future__ import annotations

import functools

from .failures import failing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable


def guarded(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that returns None where this one fails."""

    @functools.wraps(function)
    def guard(*args: Any) -> Any:
        try:
            return function(*args)
        except Exception as error:
            failing(function, error)
            return None

    return guard
