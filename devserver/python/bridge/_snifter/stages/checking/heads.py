"""What is known of a WSGI stage's calls of start_response."""

from __future__ import annotations

from ... import rules
from ...rules import STATUSES, Breach
from ..context import current
from . import again
from .right import UNKNOWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .lint import Checker


class Head:
    """What a stage has said of its response, in one call of it."""

    # What whoever makes one sets.
    __slots__ = ("checker", "index", "watch", "started", "length", "blocks", "closes")

    checker: Checker
    index: int
    #: Whether a block needs a closer look.
    watch: bool
    started: bool
    length: int | None
    #: How many blocks the stage gave, and how often its body was closed.
    blocks: int
    closes: int

    # And what few set.
    #: Its last call of start_response has failed.
    refused = False
    code = ""
    bodiless = False
    #: A block was given before start_response was called.
    early = False
    #: The stage was answered for by hand: what is wrong with that is nobody's fault.
    by_hand = False

    def tell(self, rule: str, message: str, pep: str | None = None, header: str = "") -> None:
        if self.by_hand:
            self.checker.passed_over(rule, message)
        else:
            self.checker.tell(self.index, rule, message, pep, header)

    def tell_late(self, rule: str, message: str, header: str = "") -> None:
        """Tell at the end, unless it is then told of a stage within, which was the cause."""
        if self.by_hand:
            self.checker.passed_over(rule, message)
        else:
            self.checker.tell_late((self.index, rule, message, None, header))

    def start_response(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if len(args) == 2 and not kwargs:
            status, headers = args
            exc_info = None
        elif len(args) == 3 and not kwargs:
            status, headers, exc_info = args
        else:
            try:
                status, headers, exc_info = rules.arguments(args, kwargs, self.tell)
            except Breach as breach:
                self._tell(breach)
                return
            except TypeError:
                return
        checker = self.checker
        if self.started or self.blocks or self.closes or checker.over:
            self._again(exc_info)
        self.started = True
        if exc_info is not None:
            trouble = rules.exc_info_trouble(exc_info)
            if trouble:
                self.tell("exc-info-invalid", trouble)
        if not checker.is_right(status, headers):
            if status is not checker.status:
                self._check_status(status)
            self._check_headers(headers)
        if checker.listed is not headers:
            checker.listed, checker.lister = headers, self.index
        self.length = checker.length
        if checker.usual:
            self.watch = False
        else:
            self._watch_out(checker.typed, checker.code)

    def passed_on(self, inner: Head | None, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """A call of start_response by the stage within has passed through this one as it was."""
        if inner is None or self.started or self.blocks or self.closes or len(args) != 2 or kwargs:
            self.start_response(args, kwargs)
            return
        self.started = True
        self.length = inner.length
        if inner.watch:
            self.code, self.bodiless = inner.code, inner.bodiless
        else:
            self.watch = False

    # What is seldom.

    def _watch_out(self, typed: bool, code: str) -> None:
        """The response has no type, or may have no content."""
        self.code = code
        self.bodiless = self.watch = code in rules.BODILESS
        if not typed:
            if not self.bodiless and self.checker.status is not UNKNOWN:
                self.tell_late("content-type-missing", rules.UNTYPED, "Content-Type")
        elif self.bodiless:
            self.tell("content-type-unexpected", rules.typed(code), None, "Content-Type")

    def _again(self, exc_info: Any) -> None:
        # It is told where it can be seen: in the request that runs now.
        record = getattr(current(), "record", None)
        if record is not None and record.lint is not self.checker:
            record.lint.strayed()
            return
        if exc_info is not None or self.checker.over:
            return
        if self.started:
            if not self.refused:
                by = again.caller(self.checker, self)
                by.tell("start-response-twice", rules.STARTED_TWICE)
            self.refused = False
        elif not self.early:
            self.tell_late("start-response-late", rules.STARTED_LATE)

    def _check_status(self, status: Any) -> None:
        checker = self.checker
        try:
            if type(status) is not str or status not in STATUSES:
                rules.check_status(status, self.tell)
            checker.status = status
        except Breach as breach:
            checker.status = UNKNOWN
            self._tell(breach)
        checker.code = status[:3] if type(status) is str else ""
        checker.usual = checker.typed and checker.code not in rules.BODILESS

    def _check_headers(self, headers: Any) -> None:
        checker = self.checker
        checker.good, checker.length, checker.typed = [], None, False
        try:
            checker.good, checker.length = rules.check_headers(headers, self.tell)
            checker.typed = rules.has_type(checker.good)
        except Breach as breach:
            checker.typed = True
            if breach.rule != "header-invalid":
                self._tell(breach)
            elif checker.invalid:
                # What a stage around makes of it need not be told.
                checker.passed_over(breach.rule, str(breach.error))
            else:
                checker.invalid = True
                self._tell(breach)
        checker.usual = checker.typed and checker.code not in rules.BODILESS

    def _tell(self, breach: Breach) -> None:
        self.tell(breach.rule, str(breach.error), breach.pep, breach.header)
