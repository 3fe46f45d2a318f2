"""What a stage has returned that is no body: its mistake, as a rule.

But a function that is given an environ and a start_response may be a guard, which answers only what
it refuses, and returns None else: whoever has called it goes on then, and nothing is wrong.
"""

from __future__ import annotations

from ... import rules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .passes import Pass

_RULE = "not-iterable"


def returned(made: Pass, result: Any) -> None:
    """A stage has returned what can't be iterated, or what is a string."""
    if isinstance(result, (str, bytes)):
        made.tell("body-is-string", rules.body_is_string(result))
        for message in rules.OF_STRINGS:
            made.checker.passed_over("block-not-bytes", message)
    else:
        message = rules.not_iterable(result)
        if made.started:
            made.tell(_RULE, message)
        else:
            made.nothing = message
            made.tell_late(_RULE, message)


def is_fine(made: Pass) -> bool:
    """Whether all is well at the end of the request though the stage has returned nothing: whoever
    has called it has answered, and not since no body came, as what handles errors does. It is not
    told of then."""
    around, exchange = made.around, made.checker.exchange
    status = exchange.status
    if status is None or exchange.failed or around.failed or status[:1] == "5":
        return False
    if not (around.started or around.index == 1):
        return False
    finding = (made.index, _RULE, made.nothing, None, "")
    late = made.checker.late or []
    if finding in late:
        late.remove(finding)
    return True
