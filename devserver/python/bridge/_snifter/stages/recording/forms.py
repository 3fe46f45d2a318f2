"""Events in which something has no form in marshal, as they are told all the same."""

from __future__ import annotations

from ..events import ENVIRON_CHANGED, MORE, START_RESPONSE
from ..values import plain_value, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def plain(event: tuple[Any, ...]) -> tuple[Any, ...]:
    """An event in which something has no form in marshal."""
    kind = event[0]
    if kind == START_RESPONSE:
        _, index, at, status, headers, *more = event
        if type(status) is not str:
            status = str.__str__(status) if isinstance(status, str) else shown(status)
        return (kind, index, at, status, _pairs(headers), *more)
    if kind in (ENVIRON_CHANGED, MORE):
        return event  # of plain values
    return tuple(_any(each) for each in event)


def _any(value: Any) -> Any:
    try:
        return plain_value(value)
    except ValueError:
        return str.__str__(value) if isinstance(value, str) else shown(value)


def _pairs(headers: Any) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if not isinstance(headers, (list, tuple)):
        return found
    for pair in _elements(headers):
        fields = _elements(pair) if isinstance(pair, (list, tuple)) else ()
        if len(fields) == 2:
            name, value = (
                str.__str__(each) if isinstance(each, str) else shown(each) for each in fields
            )
            found.append((name, value))
        else:
            found.append(("", shown(pair)))
    return found


def _elements(value: Any) -> list[Any]:
    """What a list or a tuple holds, whatever a class of them makes of iterating it."""
    kind: Any = list if isinstance(value, list) else tuple
    # Iterated, PyPy asks it how long it is.
    return [*kind.__getitem__(value, slice(None))]
