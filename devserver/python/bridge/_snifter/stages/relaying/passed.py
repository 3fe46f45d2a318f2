"""Bodies that a stage has of one within it, and returns as its own."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..running.calls import Call


#: Stands for a body that is relayed, which is not held: it ends as soon as whoever has it drops it.
RELAYED = object()


class Relayed:
    """The base of what relays a body."""

    __slots__ = ()

    _snifter_call: Call


def held(result: Any) -> Any:
    """What is in a list or a tuple that a stage returns: whoever gets a list may change it."""
    return result[:] if type(result) is list or type(result) is tuple else None


def is_passed(passed: tuple[Any, Call, Any] | None, result: Any) -> bool:
    """Whether what a stage returns is what one within it has returned, with what was in it then."""
    if passed is None:
        return False
    if passed[0] is RELAYED:
        return call_of(result) is passed[1]
    return passed[0] is result and (passed[2] is None or bool(passed[2] == result))


def call_of(body: Any) -> Call | None:
    """The call whose body it is, if it is relayed."""
    return body._snifter_call if issubclass(type(body), Relayed) else None
