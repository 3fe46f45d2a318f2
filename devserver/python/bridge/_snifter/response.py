"""What an application calls to begin its response: start_response, and the write() that it
returns (PEP 3333, "The start_response() Callable")."""

from __future__ import annotations

from threading import get_ident

from . import frames, rules
from .answer import Answer
from .clock import monotonic_ns
from .rules import NAMES, NOT_GIVEN, STATUSES, TYPE, Breach
from .streams import running

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any, Callable, Type, Union

    ExcInfo = tuple[Type[BaseException], BaseException, Union[TracebackType, None]]


class ClientGone(ConnectionAbortedError):
    """Raised by write() once the client has gone. It is not held against the application."""


class Response(Answer):
    """The response to a request, as the application begins it."""

    __slots__ = ("over", "began", "late")

    #: The request has ended.
    over: bool
    #: When its body began.
    began: int
    #: Where it stops, as it could not when its application was called (a stages.late.Late).
    late: Any
    #: write() was called.
    wrote = False

    def start_response(
        self,
        status: str = NOT_GIVEN,
        headers: list[tuple[str, str]] = NOT_GIVEN,
        exc_info: ExcInfo | None = None,
        /,
        *rest: Any,
        **named: Any,
    ) -> Callable[[bytes], None]:
        if named or rest or headers is NOT_GIVEN:
            status, headers, exc_info = self._arguments(status, headers, exc_info, rest, named)
        if self.late is not None:
            status, headers = self.late.start(status, headers, exc_info)
        if exc_info is not None:
            trouble = rules.exc_info_trouble(exc_info)
            if trouble:
                self.lint("exc-info-invalid", trouble, rules.START_RESPONSE)
            try:
                if self.begun:
                    # Too late to replace the head (PEP 3333, "The start_response() Callable").
                    self._raise_again()
                    raise exc_info[1].with_traceback(exc_info[2])
                from .logged import given

                if self.hand is None or not self.hand.replaces:
                    given(self, exc_info)
            finally:
                exc_info = None
            if self.status is not None:
                self._tell_started()
            self.exc_flag = frames.FLAG_EXC_INFO
        elif self.status is not None and self.hand is not None and self.hand.replaces:
            self._tell_started()
        elif self.status is not None:
            self._started_twice()
        self.started = monotonic_ns()
        checker = self.checker
        if checker is not None and type(headers) is list and type(status) is str:
            try:
                right = checker.is_right(status, headers)
            except Exception as failure:
                right = False
                self.link.recorder.failing(checker.is_right, failure)
            # What the checker knows is not what was told last.
            self.record.head = None
            if right:
                # As an inner stage gave them, or with more that is known.
                self.status, self.headers, self.length = status, headers[:], checker.length
                self.given_headers = headers
                if not checker.usual:
                    self._watch(checker.typed)
                return self.write
        if not (type(status) is str and status in STATUSES):
            try:
                status = rules.check_status(status, self.lint)
            except Breach as breach:
                self._breach(breach)
        length = None
        typed = False
        if type(headers) is list:
            try:
                for pair in headers:
                    name, value = pair
                    if (
                        type(pair) is tuple
                        and type(name) is str
                        and type(value) is str
                        and value.isascii()
                        and value.isprintable()
                        and (value.strip() == value or name == "Set-Cookie")
                    ):
                        kind = NAMES[name]
                        if kind == TYPE:
                            typed = True
                        elif kind:
                            length = rules.check_length(value, length)
                    else:
                        break
                else:
                    self.status, self.headers, self.length = status, headers[:], length
                    self.given_headers = headers
                    if not typed or status[:3] in rules.BODILESS:
                        self._watch(typed)
                    return self.write
            except (KeyError, ValueError, TypeError, Breach):
                pass  # looked at in full below
        try:
            self.headers, self.length = rules.check_headers(headers, self.lint)
        except Breach as breach:
            self._breach(breach)
        self.status = status
        self.given_headers = None
        self._watch(rules.has_type(self.headers))
        return self.write

    def start_as_found(self, status: str, headers: Any, given: Any) -> Callable[[bytes], None]:
        """`start_response` of what the stages' checker was given last, with a copy of the headers:
        the same at less expense, where it has found them right."""
        checker = self.checker
        if (
            checker is None
            or checker.good is not given
            or checker.status is not status
            or type(status) is not str
            or self.status is not None
            or self.late is not None
        ):
            return self.start_response(status, headers)
        self.started = monotonic_ns()
        self.status, self.headers, self.length = status, given, checker.length
        self.given_headers = headers
        if not checker.usual:
            self._watch(checker.typed)
        return self.write

    def write(self, data: bytes) -> None:
        """What start_response returns: sends a block before anything that is iterated."""
        if self.over:
            raise ValueError("write() was called after the response had ended")
        if self.late is not None:
            data = self.late.write(data)
        if not self.wrote:
            self.wrote = True
            self.lint("write-used", rules.WRITE_USED, rules.WRITE)
        if self.began:
            self.lint("write-in-body", rules.WRITTEN_IN_BODY, rules.WRITE)
        if type(data) is not bytes:
            data = self._as_bytes(data, "write() was given")
        if self.gone:
            raise ClientGone("the client has gone")
        self.blocks += 1
        if self.checker is not None:
            self.checker.written()
        if data:
            self._block(data, frames.FLAG_WRITE)
        elif self.record is not None:
            self.record.gave_nothing(written=True)

    def _watch(self, typed: bool) -> None:
        """Whether blocks need a closer look."""
        code = self.status[:3]
        if code in rules.BODILESS:
            self.watch = True
            if typed:
                self.lint(
                    "content-type-unexpected", rules.typed(code), rules.CONTENT_TYPE, "Content-Type"
                )
        else:
            self.watch = self.early
            if not typed:
                self.lint("content-type-missing", rules.UNTYPED, rules.CONTENT_TYPE, "Content-Type")

    # What is seldom done.

    def _arguments(
        self, status: Any, headers: Any, exc_info: Any, rest: tuple[Any, ...], named: dict[str, Any]
    ) -> tuple[Any, Any, Any]:
        """What start_response was called with: by name, or too little or too much."""
        args = [each for each in (status, headers) if each is not rules.NOT_GIVEN]
        if exc_info is not None or rest:
            args += (exc_info, *rest)
        try:
            return rules.arguments(tuple(args), named, self.lint)
        except Breach as breach:
            self._breach(breach)
            raise AssertionError from None  # never reached

    def _started_twice(self) -> None:
        if not self._is_foreign() and not self.over:
            error = AssertionError(rules.STARTED_TWICE)
            self._breach(Breach("start-response-twice", error, rules.START_RESPONSE))
        raise AssertionError(rules.FOREIGN)

    def _is_foreign(self) -> bool:
        """Whether another request has called start_response, of which is told there."""
        other = running.get(get_ident())
        if other is None or other is self:
            return False
        if other.checker is not None:
            other.checker.strayed()
        else:
            other.lint("start-response-foreign", rules.FOREIGN, rules.START_RESPONSE)
        return True

    def _raise_again(self) -> None:
        """exc_info is about to be raised again, in the stage that runs now."""
        if self.hand is not None and self.hand.replaces:
            return  # it is raised for who answers by hand, who knows
        if not self._is_foreign() and (self.checker is None or self.checker.raised_again()):
            self.raised = self.watch = True
