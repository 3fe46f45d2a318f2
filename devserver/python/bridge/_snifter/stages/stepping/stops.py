"""Where requests stop, and how they go on from there step by step.

The server replaces the places at which requests stop (package ``devserver/wire``, "Stopping at
boundaries"). At each boundary a call asks `armed` first, which is empty unless there is a place or
a request that was stopped: then the functions here are asked. What happens while a request is
stopped is `parking`'s affair.
"""

from __future__ import annotations

import re
import weakref

from ...native import Event, Lock, Mutex
from ..events import CHUNK, CLOSE, ENTER, EXCEPTION, EXIT, INPUT, START_RESPONSE, WRITE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable

    from ...exchange import Exchange
    from ..names import Stage
    from ..running.calls import Call

NAMES = {
    ENTER: "enter",
    INPUT: "input",
    START_RESPONSE: "start_response",
    WRITE: "write",
    CHUNK: "chunk",
    CLOSE: "close",
    EXIT: "exit",
    EXCEPTION: "exception",
}

#: Empty while no boundary is of any concern. The list itself stays the same.
armed: list[bool] = []

#: The boundaries before a stage is left.
_WITHIN = (ENTER, INPUT, START_RESPONSE, WRITE)
_MOST_CACHED = 10_000


class Place:
    """Where requests stop."""

    __slots__ = ("id", "pattern", "boundary", "judged", "names")

    def __init__(self, number: int, pattern: str, boundary: str, judged: bool) -> None:
        self.id = number
        self.pattern = pattern
        #: One of NAMES, or "*".
        self.boundary = boundary
        #: Whether a request that comes here stops is for the server to say, which has a condition.
        self.judged = judged
        #: A stage is known that it is for by its name.
        self.names = any(is_named(pattern, name) for name in _names)

    def is_for(self, stage: Stage) -> bool:
        """Whether it is for a stage, of those that are known."""
        return is_named(self.pattern, stage.name) or not self.names and belongs(self.pattern, stage)


class Hand:
    """What is done by hand with one request: how it goes on, and the command it waits for."""

    __slots__ = (
        *("lock", "wake", "command", "stays", "mode", "calls", "leaves", "replaces", "resized"),
        "never",
    )

    def __init__(self) -> None:
        #: Held while a thread of the request is stopped: only one is at a time.
        self.lock = Lock()
        self.wake = Event()
        self.command: dict[str, Any] | None = None
        #: The server has said that the request stops indeed.
        self.stays = False
        #: "step", or "over", "out" with the calls where that ends; "" to run on.
        self.mode = ""
        self.calls: tuple[Call, ...] = ()
        #: It ends no sooner than where the call is left.
        self.leaves = False
        #: An answer by hand may replace one that was started; stages may keep exc_info to
        #: themselves that says so.
        self.replaces = False
        #: The call whose block is of another length than the one that it was put in the place of.
        self.resized: Call | None = None
        #: The ids of places that the request meets no more.
        self.never: set[int] = set()

    def told(self, command: dict[str, Any] | None) -> None:
        """Take a command from the server; None where the request stops indeed."""
        if command is None:
            self.stays = True
        else:
            self.command = command
        self.wake.set()

    def go_on(self, action: str, call: Call, boundary: int) -> None:
        """Set where a request that goes on from a boundary stops next."""
        self.mode, self.calls, self.leaves = "", (), False
        if action in ("step", "into"):
            self.mode = "step"
        elif action == "over":
            self.mode, self.calls = "over", (call,)
            self.leaves = boundary in _WITHIN
            if boundary in (EXIT, EXCEPTION, CLOSE):
                self.calls += _around(call)  # it is over, or may be
        elif action == "out":
            self.mode, self.calls = "out", _around(call)

    def ends(self, call: Call, boundary: int) -> bool:
        """Whether a step ends at a boundary of the call."""
        if self.mode == "step":
            return True
        return call in self.calls and not (self.leaves and boundary in _WITHIN)


def _around(call: Call) -> tuple[Call, ...]:
    found = []
    outer = call.parent
    while outer is not None:
        found.append(outer)
        outer = outer.parent
    return tuple(found)


_places: tuple[Place, ...] = ()
#: The ids of the places that a stage matches by its name, by boundary.
_matching: dict[tuple[Stage, int], tuple[int, ...]] = {}
_numbered: tuple[Place, ...] = ()
#: The names of the stages that the server knows.
_names: set[str] = set()
#: The requests that were stopped, and have not ended.
_hands: weakref.WeakSet[Exchange] = weakref.WeakSet()
_arming = Mutex()
#: What the name of a function has behind that of the one that it lies in.
_WITHIN_FUNCTION = ".<locals>"


def replace(places: Iterable[dict[str, Any]]) -> None:
    """Have requests stop at these places, and no others."""
    global _places, _numbered
    with _arming:
        made = [
            Place(told["id"], told["stage"], told["boundary"], told.get("judged", False))
            for told in places
        ]
        _places = tuple(place for place in made if not _is_index(place.pattern))
        _numbered = tuple(place for place in made if _is_index(place.pattern))
        _matching.clear()
        _arm()


def known(stage: Stage) -> None:
    """Take note of a stage before a request meets anything there."""
    with _arming:
        if len(_names) < _MOST_CACHED:
            _names.add(stage.name)
        for place in _places:
            if not place.names and is_named(place.pattern, stage.name):
                place.names = True
                _matching.clear()


def judged(found: list[int]) -> bool:
    """Whether it is for the server to say of each of these places whether a request stops there."""
    return bool(found) and not any(
        place.id in found and not place.judged for place in _places + _numbered
    )


def _arm() -> None:
    for exchange in list(_hands):
        if exchange.over:
            _hands.discard(exchange)
    armed[:] = [True] if _places or _numbered or _hands else []


def hand_of(exchange: Exchange) -> Hand:
    """The exchange's hand, made if it has none yet."""
    with _arming:
        if exchange.hand is None:
            exchange.hand = Hand()
            _hands.add(exchange)
            _arm()
        return exchange.hand


def _look_for_ended() -> None:
    with _arming:
        _arm()


def met(call: Call, boundary: int) -> list[int] | None:
    """None where the request goes on; the places that it met otherwise, none of them for a step."""
    record = call.record
    if record is None:
        return None
    exchange = record.exchange
    if exchange.gone or exchange.over:
        return None
    hand = exchange.hand
    if hand is None:
        if not (_places or _numbered):
            _look_for_ended()
            return None
    elif hand.mode and hand.ends(call, boundary):
        return []
    key = (call.stage, boundary)
    found = _matching.get(key)
    if found is None:
        found = _find(call.stage, boundary)
    if _numbered:
        name = NAMES[boundary]
        found += tuple(
            place.id
            for place in _numbered
            if int(place.pattern) == call.index and place.boundary in (name, "*")
        )
    if hand is not None and hand.never:
        return [number for number in found if number not in hand.never] or None
    return list(found) or None


def _find(stage: Stage, boundary: int) -> tuple[int, ...]:
    name = NAMES[boundary]
    with _arming:
        found = tuple(
            place.id
            for place in _places
            if place.is_for(stage) and place.boundary in (name, "*")
        )
        if len(_matching) < _MOST_CACHED:  # of an application that makes stages as it runs
            _matching[stage, boundary] = found
    return found


def _is_index(pattern: str) -> bool:
    return re.fullmatch("[+-]?[0-9]+", pattern) is not None


def belongs(pattern: str, stage: Stage) -> bool:
    """Whether a pattern names what a stage is of, as stepping.Matches has it in Go: a function that
    was made by another goes by the name of that, too, and a method by that of its class, unless a
    stage has the name itself."""
    name = stage.name
    at = name.find(_WITHIN_FUNCTION)
    while at >= 0:
        if is_named(pattern, name[:at]):
            return True
        at = name.find(_WITHIN_FUNCTION, at + 1)
    owner = _class_of(stage)
    return owner != "" and is_named(pattern, owner)


def _class_of(stage: Stage) -> str:
    """The name of the class whose method a stage is, as a middleware, or a hook of one; "" where it
    is none. Django's middleware is a stage itself."""
    owner, _, method = stage.name.rpartition(".")
    if stage.kind == "django":
        return ""
    if stage.role:
        return owner if stage.role == method else ""
    # A module is written small.
    of = owner.replace(_WITHIN_FUNCTION, "").rpartition(".")[2].lstrip("_")
    return owner if of[:1].isupper() else ""


def is_named(pattern: str, name: str, index: int = 0) -> bool:
    """Whether a pattern is for a stage by its name, as stepping.Named has it in Go: it matches the
    name as a whole, or what follows one of its dots, and need not say what lies in a function. One
    of digits alone is the index of the stage."""
    if _is_index(pattern):
        return int(pattern) == index
    shown = name.replace(_WITHIN_FUNCTION, "")
    if shown != name and is_named(pattern, shown):
        return True
    glob = _compiled(pattern)
    while True:
        if pattern == name or glob is not None and glob.fullmatch(name) is not None:
            return True
        _, dot, name = name.partition(".")
        if not dot:
            return False


def _compiled(pattern: str) -> re.Pattern[str] | None:
    """A pattern of Go's path.Match as a regular expression, None where it is malformed."""
    parts = []
    at = 0
    while at < len(pattern):
        letter = pattern[at]
        at += 1
        if letter == "*":
            parts.append("[^/]*")
        elif letter == "?":
            parts.append("[^/]")
        elif letter == "[":
            end = _end_of_class(pattern, at)
            if end < 0:
                return None
            inside = pattern[at:end].replace("[", "\\[")
            parts.append("[" + inside + "]")
            at = end + 1
        else:
            if letter == "\\":
                if at == len(pattern):
                    return None
                letter = pattern[at]
                at += 1
            parts.append(re.escape(letter))
    try:
        return re.compile("".join(parts), re.DOTALL)
    except re.error:
        return None


def _end_of_class(pattern: str, at: int) -> int:
    """Where a class of letters ends, or -1."""
    first = at + 1 if pattern[at : at + 1] == "^" else at
    at = first
    while at < len(pattern):
        if pattern[at] == "\\":
            at += 1
        elif pattern[at] == "]":
            return at if at > first else -1
        at += 1
    return -1
