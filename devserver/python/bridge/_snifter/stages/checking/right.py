"""Headers that were found to be right, so that they need be looked at no more."""

from __future__ import annotations

from marshal import dumps

from ... import rules
from ...rules import NAMES, STATUSES, TYPE, Breach
from ...rules import PLAIN as _PLAIN

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
#: Statuses and lists of such headers that were found to be right together, by what marshal makes of
#: both, which has no form for what only looks like a text: the status's code, the length, whether
#: there is a type, and whether nothing else is to be said.
WHOLE: dict[bytes, tuple[str, int | None, bool, bool]] = {}
_MOST_WHOLE = 200
_MANY = 30
#: The version of marshal's format that they have there, which tells equal texts by nothing.
FORM = 2
#: What no status is.
UNKNOWN = object()


def _look(pair: tuple[str, str]) -> tuple[int, tuple[str, str], int | None] | None:
    """Whether a header of which nothing is known is right; None if that takes more than a look."""
    name, value = pair
    if not (
        value.isascii() and value.isprintable() and (value.strip() == value or name == "Set-Cookie")
    ):
        return None
    kind = NAMES[name]
    found = (kind, pair, rules.check_length(value, None) if kind and kind != TYPE else None)
    if len(value) < _LONG:
        if len(PAIRS) >= _MOST_PAIRS:
            PAIRS.clear()
            PLAIN.clear()
            _EQUAL.clear()
        PAIRS[id(pair)] = _EQUAL[pair] = found
        if not kind:
            PLAIN[id(pair)] = pair
    return found


def is_plain(pair: Any) -> bool:
    """Whether a header is right and of no special kind that was made anew, as those of which the
    value is another at each request: that is not kept."""
    if type(pair) is not tuple or len(pair) != 2:
        return False
    name, value = pair
    return (
        type(name) is str
        and type(value) is str
        and NAMES.get(name) == _PLAIN
        and value.isascii()
        and value.isprintable()
        and value.strip() == value
    )


def of_pairs(
    pairs: list[Any], length: int | None, typed: bool
) -> tuple[int | None, bool, bool] | None:
    """Which length headers state, whether one is a type, and whether all were known already; None
    where they are not right or take more than a look. These behind others, with theirs."""
    known = True
    try:
        for pair in pairs:
            found = PAIRS.get(id(pair))
            if found is None:
                name, value = pair
                if not (type(pair) is tuple and type(name) is str and type(value) is str):
                    return None
                found = _EQUAL.get(pair)
                if found is None:
                    known, found = False, _look(pair)
                    if found is None:
                        return None
            kind, _, size = found
            if kind:
                if kind == TYPE:
                    typed = True
                elif length is None:
                    length = size
                elif length != size:
                    return None
    except (KeyError, ValueError, TypeError, Breach):
        return None
    return length, typed, known


def keep(status: str, found: tuple[str, int | None, bool, bool], headers: list[Any]) -> None:
    """Know a head as a whole from now on, of which this was found, if it is right by itself: a part
    of it may have been told of already, and is to be told of at the next request, too."""
    if len(headers) >= _MANY or status not in STATUSES:
        return
    if of_pairs(headers, None, False) != (found[1], found[2], True):
        return
    if len(WHOLE) >= _MOST_WHOLE:
        WHOLE.clear()
    WHOLE[dumps((status, headers), FORM)] = found
