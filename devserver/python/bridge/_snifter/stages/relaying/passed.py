"""Bodies that a stage has of one within it, and returns as its own."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..running.calls import Call


def held(result: Any) -> Any:
    """What is in a list or a tuple that a stage returns: whoever gets a list may change it."""
    return result[:] if type(result) is list or type(result) is tuple else None


def is_passed(passed: tuple[Any, Call, Any] | None, result: Any) -> bool:
    """Whether what a stage returns is what one within it has returned, with what was in it then."""
    if passed is None or passed[0] is not result:
        return False
    return passed[2] is None or bool(passed[2] == result)
