"""What a stage has returned that is no body: its mistake, as a rule.

But a function that is given an environ and a start_response may be no application at all. It may be
a guard, which answers only what it refuses, and returns None else; it may call start_response for
its caller, or give that what it sends: a start_response of its own, headers, a key; or a list of
what is wrong, which is empty. Whoever has called it goes on then, and nothing is wrong.
"""

from __future__ import annotations

from ... import rules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .passes import Pass

_RULE = "not-iterable"
#: What is told of what is none, until it is known that it need not be one.
_RULES = frozenset((_RULE, "block-not-bytes", "start-response-not-called"))


def returned(made: Pass, result: Any) -> None:
    """A stage has returned what can't be iterated, or what is a string."""
    if isinstance(result, (str, bytes)):
        made.tell("body-is-string", rules.body_is_string(result))
        for message in rules.OF_STRINGS:
            made.checker.passed_over("block-not-bytes", message)
    else:
        made.nothing = rules.not_iterable(result)
        made.tell_late(_RULE, made.nothing)


def is_fine(made: Pass) -> bool:
    """Whether all is well at the end of the request though the stage has returned no body: whoever
    has called it has answered, and not since no body came, as what handles errors does. It is not
    told of then."""
    around, exchange, checker = made.around, made.checker.exchange, made.checker
    status = exchange.status
    if status is None or exchange.failed or around.failed or status[:1] == "5":
        return False
    if not (around.started or around.index == 1):
        return False
    if (made.started or not made.nothing) and not _has_answered(around, made):
        return False
    if checker.late:
        of = made.index
        checker.late = [each for each in checker.late if each[0] != of or each[1] not in _RULES]
    return True


def _has_answered(around: Pass, made: Pass) -> bool:
    """Whether the stage around has given a body that is not made of the other's result, as far as
    can be seen: one of bytes."""
    exchange = made.checker.exchange
    if exchange.no_body:
        return True
    if around.index == 1:
        # Where the head has not gone out by itself it went with the only block.
        return exchange.sent > 0 or not (exchange.begun or exchange.gone)
    body = around if around.of is None else around.of
    return body is not made and body.sent > 0
