"""What is found at the boundaries of stages is told once, and some of it at the end, when it shows
who is to blame."""

from __future__ import annotations

from ... import rules
from ...findings import MOST_FINDINGS, RULES
from ...rules import BODILESS, Breach
from . import beside

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ...exchange import Exchange
    from ..running.calls import Call

    #: The stage, rule, message, pep and header of a finding; see `Telling.tell`.
    Late = tuple[int, str, str, str | None, str]

#: What is found of a body and its head together.
_OF_CONTENT = {
    "body-not-allowed",
    "content-length-exceeded",
    "content-length-short",
    "content-type-missing",
    "content-type-unexpected",
}
#: What is told of the innermost stage alone, however it is worded; and what is not told from that
#: one outwards, where nobody could call it earlier.
_ONCE, _FOLLOWS = "start-response-not-called", "start-response-late"


class Telling:
    """What was told of one request."""

    # What whoever makes one sets.
    __slots__ = ("exchange", "late")

    exchange: Exchange
    #: What is told at the end, made when there is something.
    late: list[Late] | None

    # And what few set.
    #: What was told.
    _told: set[tuple[str, str]] | None = None
    #: Something was typed by hand that counts with what is found; and it was in the place of what
    #: the application gave as its head, or as a block.
    typed_some = edited = False
    #: The rules that are broken by headers which were typed by hand, with the names of these.
    _typed: frozenset[tuple[str, str]] = frozenset()
    #: What is told last, once the request is over.
    last: Any = ()
    #: The responses that were called as applications, by their indexes: those of their callers; and
    #: of the callers who had got something from within, which they may be made of.
    responses: dict[int, int] = {}
    remade: dict[int, int] = {}

    def tell(
        self, stage: int, rule: str, message: str, pep: str | None = None, header: str = ""
    ) -> None:
        if self.typed_some and self._is_typed(rule, header):
            return
        key = (rule, message)
        told = self._told
        if told is None:
            told = self._told = self.exchange.told or set()
        if key in told or len(told) >= MOST_FINDINGS:
            return
        told.add(key)
        by = self.remade.get(stage, stage)
        self.exchange.report(by, rule, message, pep or RULES[rule], header)

    def _is_typed(self, rule: str, header: str) -> bool:
        return self.edited and rule in _OF_CONTENT or (rule, header.lower()) in self._typed

    def tell_late(self, finding: Late) -> None:
        """Tell at the end, the innermost first."""
        if self.late is None:
            self.late = []
        if finding not in self.late and len(self.late) < MOST_FINDINGS:
            self.late.append(finding)

    def passed_over(self, rule: str, message: str) -> None:
        """Have something that will be found not be told."""
        if self._told is None:
            self._told = set()
        self._told.add((rule, message))

    def by_hand(self, status: Any, headers: Any) -> None:
        """The response was changed by hand: what is wrong with that is nobody's fault. Without a
        head it was a block."""
        self.typed_some = self.edited = True
        if status is not None:
            self._pass_over_head(status, headers)

    def answered(self, status: str, headers: list[tuple[str, str]], block: bytes) -> None:
        """A stage was answered for by hand with these: what is wrong with them is nobody's fault,
        whoever is going to pass them on."""
        length = self._pass_over_head(status, headers)
        code, sent = status[:3], len(block)
        if code in BODILESS:
            self.passed_over("content-type-unexpected", rules.typed(code))
            self.passed_over("body-not-allowed", rules.bodied(code))
        elif not rules.has_type(headers):
            self.passed_over("content-type-missing", rules.UNTYPED)
        if length is not None and sent > length:
            self.passed_over("content-length-exceeded", rules.too_long(length))
        elif length is not None and sent < length:
            self.passed_over("content-length-short", rules.too_short(sent, length))

    def _pass_over_head(self, status: Any, headers: Any) -> int | None:
        """Have nobody be told to have given these; return the Content-Length that they state."""

        def note(rule: str, message: str, _: str | None, header: str = "") -> None:
            if header:
                # Some frameworks write the name otherwise.
                self._typed |= {(rule, header.lower())}
                self.typed_some = True
            else:
                self.passed_over(rule, message)

        length = None
        try:
            rules.check_status(status, note)
        except Breach as breach:
            note(breach.rule, str(breach.error), breach.pep)
        try:
            _, length = rules.check_headers(headers, note)
        except Breach as breach:
            note(breach.rule, str(breach.error), breach.pep, breach.header)
        return length

    def tell_all(self, late: list[Late]) -> None:
        """Tell what was kept for the end."""
        late = sorted(late, key=lambda finding: self.depth(finding[0]), reverse=True)
        once = next((finding for finding in late if finding[1] == _ONCE), None)
        for finding in late:
            follows = finding[1] == _FOLLOWS and once is not None and finding[0] <= once[0]
            if not follows and (finding[1] != _ONCE or finding is once):
                self.tell(*finding)

    def depth(self, index: int) -> float:
        """How far within a stage is, of two that did the same: a response comes of what its caller
        has called before."""
        caller = self.responses.get(index)
        return index if caller is None else caller + 0.5

    def called(self, response: Call) -> None:
        """A response is called of which there is something to say: what it got is not its doing,
        and what was made of that is its caller's."""
        index, outer = response.index, response.parent
        if outer is None:
            return
        self.responses = {**self.responses, index: outer.index}
        if beside.has_got(self, outer.index, index):
            self.remade = {**self.remade, index: outer.index}
