"""Headers that were found to be right, so that they need be looked at no more."""

from __future__ import annotations

from .. import rules
from ..rules import NAMES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: Headers that were found to be right, by their ids, each with its kind, and the length that a
#: Content-Length states: those that an application holds are the same ones at each request, and
#: those of one request at each of its stages.
PAIRS: dict[int, tuple[int, tuple[str, str], int | None]] = {}
#: Those of no special kind, by their ids.
PLAIN: dict[int, tuple[str, str]] = {}
#: The same by what they are: others have made them anew at each request.
_EQUAL: dict[tuple[str, str], tuple[int, tuple[str, str], int | None]] = {}
_MOST_PAIRS = 500
_LONG = 1000
#: What no status is.
UNKNOWN = object()


def look(pair: Any) -> tuple[int, tuple[str, str], int | None] | None:
    """Whether a header is right; None if that takes more than a look."""
    name, value = pair
    if not (type(pair) is tuple and type(name) is str and type(value) is str):
        return None
    found = _EQUAL.get(pair)
    if found is not None:
        return found
    if not (
        value.isascii() and value.isprintable() and (value.strip() == value or name == "Set-Cookie")
    ):
        return None
    kind = NAMES[name]
    found = (kind, pair, rules.check_length(value, None) if kind and kind != rules.TYPE else None)
    if len(value) < _LONG:
        if len(PAIRS) >= _MOST_PAIRS:
            PAIRS.clear()
            PLAIN.clear()
            _EQUAL.clear()
        PAIRS[id(pair)] = _EQUAL[pair] = found
        if not kind:
            PLAIN[id(pair)] = pair
    return found
