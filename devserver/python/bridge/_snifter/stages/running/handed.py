"""Lists of headers that are changed in the hands of the stage around, as it passes them on."""

from __future__ import annotations

from ... import rules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..recording.record import Record
    from .calls import Call


def changed_around(record: Record, outer: Call | None, headers: list[Any]) -> None:
    """A list that was given to start_response is another as that returns, for which the stage
    around has run. Where the server has it as it is not any more, that was too late."""
    exchange = record.exchange
    if exchange.given_headers is headers and exchange.headers != headers:
        exchange.given_headers = None
        record.lint.tell_of(outer, "header-changed-late", rules.CHANGED_LATE)
