"""What a request is answered with: its head and blocks, as they go to the server, and what is found
wrong with them on the way."""

from __future__ import annotations

from marshal import dumps
from sys import modules

from . import frames, rules
from .clock import monotonic_ns
from .findings import MOST_FINDINGS, RULES, told_by
from .rules import Breach

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .link import Link
    from .stages.checking.lint import Checker

#: A block above this goes out in pieces of this size, each sent at once.
PIECE = 64 << 10
#: A block above this is not kept back to be sent together with others.
LARGE = 16 << 10

#: So much is told of the name of a header in which something is found.
_MOST_NAME = 200

#: Version 2 of the format has no references: it is the fastest to write, and the simplest to read.
FORMAT = 2

_head_header = frames.HEAD_HEADER.pack
_header = frames.HEADER.pack
_HEAD = frames.HEAD
_DATA = frames.DATA


class Answer:
    """The response to a request, as far as it is known.

    The application's thread owns it; the thread that reads sets `credit` and `gone`.
    """

    # What all requests set. (To set over a class's default takes three times as long from Python
    # 3.12 on, and before that to get one does.)
    __slots__ = (
        *("link", "number", "entered", "started", "status", "headers", "length", "exc_flag"),
        *("begun", "gone", "record", "checker", "watch", "given_headers", "blocks", "sent"),
        *("given", "nth", "hand"),
    )

    link: Link
    number: int
    #: When the application was called, and when it has called start_response.
    entered: int
    started: int
    status: str | None
    headers: list[tuple[str, str]]
    length: int | None
    exc_flag: int
    #: The head was given out: nothing can replace it any more.
    begun: bool
    gone: bool
    #: What is recorded of the stages within the outermost one (see stages.recording), once there
    #: are any.
    record: Any
    #: What checks the stages, where there are inner ones.
    checker: Checker | None
    #: A block needs a closer look: the response may have no content.
    watch: bool
    #: The list of headers as the application holds it, of which `headers` is a copy.
    given_headers: list[tuple[str, str]] | None
    #: How many blocks the application has given, with how many bytes; how many of these were sent,
    #: and how many of the blocks are not empty.
    blocks: int
    sent: int
    given: int
    nth: int
    #: What is done with it by hand, once it was stopped at a boundary (see stages.stepping).
    hand: Any

    # And what few set.
    #: It was told when the application was called, though there is no head yet.
    placed = False
    #: Which call of start_response was told of, as `started` has it, though there is no head yet.
    given_told = 0
    credit = frames.DATA_WINDOW
    #: The request has a method whose responses have no body.
    no_body = False
    too_long = False
    #: The findings that were told while nothing checked the stages: rule and message.
    told: set[tuple[str, str]] | None = None
    #: A block, if an empty one, was given before start_response was called.
    early = False
    #: How long it waited for the client to take what there is of the body, in nanoseconds.
    waited = 0
    #: exc_info was raised again, within the outermost stage.
    raised = False

    # What is found.

    def lint(self, rule: str, message: str, pep: str, header: str = "") -> None:
        """Tell of a breach of the rules at the server's boundary: of which header, if of one."""
        if self.checker is not None:
            self.checker.server(rule, message, pep, header)
        elif self.is_new(rule, message):
            self.report(1 if self.link.recorder is not None else 0, rule, message, pep, header)

    def is_new(self, rule: str, message: str) -> bool:
        """Whether that is to be told, which it then was."""
        if self.told is None:
            self.told = set()
        if (rule, message) in self.told or len(self.told) >= MOST_FINDINGS:
            return False
        self.told.add((rule, message))
        return True

    def lint_running(self, rule: str, message: str) -> None:
        """Tell of a breach by the stage that runs now, or a framework's layer in it."""
        if self.checker is not None:
            self.checker.tell_running(rule, message)
        else:
            self.lint(rule, message, RULES[rule])

    def report(self, stage: int, rule: str, message: str, pep: str, header: str) -> None:
        """Tell of a breach of the rules by a stage."""
        if self.record is not None:
            self.record.send()
        found = {"rule": rule, "message": message, "pep": pep}
        if header:
            found["header"] = header[:_MOST_NAME]
        self.link.put(frames.LINT, self.number, dumps(found, FORMAT), stage=stage)

    def _not_started(self, message: str) -> None:
        self._breach(
            Breach("start-response-not-called", AssertionError(message), rules.START_RESPONSE)
        )

    def _breach(self, breach: Breach) -> None:
        self.lint(breach.rule, str(breach.error), breach.pep, breach.header)
        # The error alone is the application's concern, not how it was found.
        raise breach.error from None

    def _tell_started(self) -> None:
        if self.record is not None:
            # A nudge that tells of it, too, is to be done by now.
            self.given_told = self.started
            self.record.send()
        head = dumps((self.status, self.headers, self.entered, self.started), FORMAT)
        self.link.put(frames.STARTED, self.number, frames.U32.pack(len(head)) + head, self.exc_flag)

    def _tell_begun(self) -> None:
        """Tell how far the application came that has failed before its first block."""
        if self.status is not None:
            self._tell_started()
        else:
            self.tell_entered()

    def tell_unsent(self) -> None:
        """Tell how far the application came before its first block: there is no response, but the
        outermost stage may have begun one."""
        self.tell_entered()
        if self.link.recorder is not None and self.status is not None:
            given = self.newly_given()
            if given is not None:
                self.link.put(frames.STAGE_EVENTS, self.number, dumps([given], FORMAT))

    def newly_given(self) -> tuple[Any, ...] | None:
        """The event of what the outermost stage gave to start_response, from which no response has
        come; None where that was told."""
        if self.given_told == self.started or self.headers is None:
            return None
        from .stages.events import START_RESPONSE

        self.given_told = self.started
        return (START_RESPONSE, 1, self.started, self.status, self.headers, False)

    def tell_entered(self) -> None:
        """Tell when the application was called, where no head has."""
        recorder = self.link.recorder
        if recorder is not None and not self.placed:
            self.placed = True
            try:
                entered = recorder.root_entered(self.entered)
            except Exception as failure:
                recorder.failing(recorder.root_entered, failure)
            else:
                self.link.put(frames.STAGE_EVENTS, self.number, dumps([entered], FORMAT))

    def tell_spent(self) -> None:
        """Tell how long the application was at work, which is its one stage: not while the client
        was waited for."""
        if self.link.recorder is not None:
            from .stages.events import SPENT

            now = monotonic_ns()
            spent = (SPENT, 1, now, now - self.entered - self.waited, 0, 0)
            self.link.put(frames.STAGE_EVENTS, self.number, dumps([spent], FORMAT))

    # What an application seldom does.

    def _swallowed(self) -> None:
        self.raised = False
        self.lint("exc-info-swallowed", rules.SWALLOWED, RULES["exc-info-swallowed"])

    def _tell_late(self) -> None:
        self.early = False
        self.lint("start-response-late", rules.STARTED_LATE, rules.SPECIFICATION)

    def _tell_of_string(self, result: Any) -> None:
        self.lint("body-is-string", rules.body_is_string(result), rules.STREAMING)
        for message in rules.OF_STRINGS:
            if self.checker is not None:
                self.checker.passed_over("block-not-bytes", message)
            else:
                self.is_new("block-not-bytes", message)

    def _look_at_blocks(self) -> None:
        if rules.are_tiny(self.blocks, self.sent):
            self.lint("blocks-tiny", rules.TINY, rules.STREAMING)

    def _look_at_error(self, where: str, error: BaseException) -> None:
        found = told_by(where, error)
        if found is not None:
            self.lint(*found, RULES[found[0]])

    # What is sent.

    def _block(self, block: bytes, flags: int) -> None:
        size = len(block)
        if self.status is None:
            self._not_started(rules.NOT_YET_STARTED)
        if self.watch:
            self._look(block)
        self.sent += size
        if (
            self.length is not None
            and self.sent > self.length
            and not self.too_long
            and not self._is_bodiless()
        ):
            self.too_long = True
            message = rules.too_long(self.length)
            self.lint(
                "content-length-exceeded", message, rules.CONTENT_LENGTH, "Content-Length"
            )
        link = self.link
        now = monotonic_ns()
        soon = now > link.deadline or size > LARGE or link.role.locked()
        record = self.record
        if record is not None:
            try:
                record.gave(block, self.nth, soon and not link.idle)
            except Exception as failure:
                link.recorder.failing(record.gave, failure)
        self.nth += 1
        if size > PIECE or self.given + size > self.credit:
            self._pieces(block, flags)
            return
        self.given += size
        if not self.begun:
            self._send_head(block, flags | frames.FLAG_BLOCK)
            return
        link.out.append(_header(size, _DATA, flags, 0, self.number, now) + block)
        if soon:
            link.flush()

    def _send_head(self, block: bytes, flags: int) -> None:
        link = self.link
        if len(modules) != link.modules:
            link.imported()
        if self.hand is not None and self.hand.resized is not None:
            # The client is to get what was put in the place of a block as a whole.
            kept = [pair for pair in self.headers if pair[0].lower() != "content-length"]
            if self.record is not None and len(kept) < len(self.headers):
                self.record.unsized(self.hand.resized, self.headers)
            self.headers = kept
            self.length = self.given_headers = None
        head = dumps((self.status, self.headers, self.entered, self.started), FORMAT)
        self.begun = True
        now = monotonic_ns()
        link.out.append(
            _head_header(
                4 + len(head) + len(block),
                _HEAD,
                flags | self.exc_flag,
                0,
                self.number,
                now,
                len(head),
            )
            + head
            + block
        )
        if now > link.deadline or len(block) > LARGE or link.role.locked():
            link.flush()

    def _pieces(self, block: bytes, flags: int) -> None:
        """Send a block in pieces, each as the server has room for it."""
        link, view = self.link, memoryview(block)
        at, size = 0, len(block)
        while at < size:
            if self.given >= self.credit:
                since = monotonic_ns()
                link.wait(self.number, self._has_room)
                self.waited += monotonic_ns() - since
                if self.gone:
                    return
            piece = view[at : at + min(PIECE, self.credit - self.given)]
            at += len(piece)
            self.given += len(piece)
            more = frames.FLAG_MORE if at < size else 0
            if not self.begun:
                self._send_head(bytes(piece), flags | frames.FLAG_BLOCK | more)
            else:
                header = _header(len(piece), _DATA, flags | more, 0, self.number, monotonic_ns())
                # Sent as one: between the two, nothing of another thread may come.
                link.out.append(b"".join((header, piece)))
            link.flush()

    def _has_room(self) -> bool:
        return self.given < self.credit or self.gone

    def _look(self, block: bytes) -> None:
        """Tell of a block that may not be there, or of what was done before it."""
        self.watch = False
        if self.early:
            self._tell_late()
        if self.raised:
            self._swallowed()
        if self.no_body:
            return
        code = self.status[:3]
        if code in rules.BODILESS:
            self.lint("body-not-allowed", rules.bodied(code), rules.NO_CONTENT)

    def _changed_late(self) -> None:
        """Tell of a list of headers that is not what start_response took."""
        given, self.given_headers = self.given_headers, None
        if given is None:
            return
        if self.checker is not None:
            self.checker.changed_late(given)
        else:
            self.lint("header-changed-late", rules.CHANGED_LATE, rules.START_RESPONSE)

    def _as_bytes(self, block: Any, what: str) -> bytes:
        if isinstance(block, bytes):
            self.lint("block-subclass", rules.no_plain_bytes(block, what), rules.UNICODE)
            return bytes(block)
        error = TypeError(rules.no_bytes(block, what))
        self._breach(Breach("block-not-bytes", error, rules.UNICODE))
        raise AssertionError  # never reached

    def _is_short(self) -> bool:
        """Whether the body has fewer bytes than its Content-Length, which is told of."""
        if self.gone or not self.begun or self.sent >= self.length or self._is_bodiless():  # type: ignore[operator]
            return False
        message = rules.too_short(self.sent, self.length)  # type: ignore[arg-type]
        self.lint("content-length-short", message, rules.CONTENT_LENGTH, "Content-Length")
        return True

    def _is_bodiless(self) -> bool:
        """Nothing is due after these (RFC 9110, 6.4.1), whatever the length says."""
        return self.no_body or self.status[:3] in rules.BODILESS
