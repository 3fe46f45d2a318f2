"""Which requests are watched for stages that no name gives away (see `learn`).

Each watched one takes longer, so not the first is, whose answer is what a reload is waited for, but
the two after it, and then the first two to wherever none was sent before: a mount, or what its
first request makes. Numbers in a path tell no two places apart, and what is beneath one first
segment, or is asked for in all, is watched so many times and no more.
"""

from __future__ import annotations

import re
from collections import Counter

from ..guard import guarded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: Requests of one method to one place.
_A_PLACE = 2
#: Requests beneath one first segment.
_A_SEGMENT = 20
_IN_ALL = 100
#: In a request, stages are called before there were so many calls: in one of the first, which may
#: make much that lasts, and in a later one, which is not to be held up.
_MOST_CALLS = 50_000
_FEWER_CALLS = 3_000
_MOST_KNOWN = 1_000

_DIGITS = re.compile("[0-9]+")


class Lessons:
    """Counts the requests that were watched."""

    def __init__(self, all_asked: bool = False) -> None:
        #: The methods, paths and hosts of requests that need not be watched any more; none are
        #: known where it is to be asked about each.
        self.known: set[tuple[str, str, str | None]] = set()
        self._all_asked = all_asked
        self._places: Counter[Any] = Counter()
        self._segments: Counter[Any] = Counter()
        self._given = -1  # the first of all is none

    @property
    def are_first(self) -> bool:
        """Whether no other place than the first ones was watched yet."""
        return self._given <= _A_PLACE

    @property
    def are_over(self) -> bool:
        return self._given >= _IN_ALL

    @guarded
    def calls(self, environ: dict[str, Any]) -> int:
        """How many calls are to be looked at in a request: none where it is not watched."""
        method, path, host = where = key(environ)
        if self._given < 0:
            self._given = 0
            return 0
        place = (method, _DIGITS.sub("0", path), host)
        segment = (host, path.split("/", 2)[1] if path[:1] == "/" else path)
        due = self._places[place] < _A_PLACE and self._segments[segment] < _A_SEGMENT
        if due and not self.are_over:
            self._places[place] += 1
            self._segments[segment] += 1
            self._given += 1
            return _MOST_CALLS if self.are_first else _FEWER_CALLS
        if self._all_asked:
            return 0
        if len(self.known) >= _MOST_KNOWN:
            self.known.clear()
        self.known.add(where)
        return 0


def key(environ: dict[str, Any]) -> tuple[str, str, str | None]:
    """What `Lessons.known` has of a request."""
    return environ["REQUEST_METHOD"], environ["PATH_INFO"], environ.get("HTTP_HOST")
