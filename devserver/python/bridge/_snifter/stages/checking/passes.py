"""What is known of a WSGI stage in one call of it, as far as there is something to know: `lint`."""

from __future__ import annotations

from ... import rules
from ...findings import told_by
from ...streams import FileWrapper
from ..reading import results
from ..values import may_close
from . import beside, nobody
from .heads import Head

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .lint import Checker


# How far the body is that a call has returned, as long as there is nothing else to know of it: it
# was made, has run to its end, was closed then, and all of it is told. And that its pass knows. Or
# it is that of a call within (`Checker.passed`), and was given on before it was closed.
MADE, EXHAUSTED, CLOSED, OVER, KNOWN, PASSED = 1, 2, 3, 4, 5, 6
#: Added to that where it is no generator.
OTHER = 8
#: The length that a call's body is due to have, as long as it has not called start_response, or not
#: as it should.
UNSAID = object()


class Nothing:
    """The length that a call's body is due to have where the status allows none of it: what came to
    nothing is as long, and what has not come at all."""

    __slots__ = ("code",)

    def __init__(self, code: str) -> None:
        self.code = code

    def __eq__(self, size: object) -> bool:
        return type(size) is int and size <= 0

    __hash__ = None  # type: ignore[assignment]


#: By the code of the status.
NOTHING = {code: Nothing(code) for code in rules.BODILESS}


class Pass(Head):
    """What is known of a stage in one call of it."""

    # What whoever makes one sets (see `answer.Answer`).
    __slots__ = (
        *("around", "sent", "seen", "stepwise", "exhaust", "unclosed", "of"),
        *("__dict__",),
    )

    #: The pass of whoever called the stage, and then of whoever iterates and closes its body.
    around: Any
    #: How many bytes the stage gave.
    sent: int
    #: How many blocks the stage around had given at this one's last block.
    seen: int
    #: Whether whoever iterates the body can be seen to give something for each block.
    stepwise: bool
    #: The body was exhausted; it has a close() that is still to be called.
    exhaust: bool
    unclosed: bool
    of: Pass | None

    # And what few set.
    #: How many of the bytes went through write().
    written = 0
    wrote = False
    #: The indexes of the stages within of which a block is on its way through write(); and how many
    #: of each were passed on so.
    passing: tuple[int, ...] = ()
    relayed: dict[int, int] = {}
    #: A block was no bytes, and so the size of the body is not known.
    unsized = False
    #: One was given that should not be there.
    amiss = False
    #: The call has returned; an exception left the stage.
    left = failed = False
    #: The body is a generator, or one that another body has given.
    generator = steps = False
    #: It was closed by the time that the stage around has handed it on.
    given_closed = False
    #: The body is a list or a tuple; it is a file's.
    whole = False
    file = False
    #: What the stage within returned, if that was a file wrapper: its id.
    file_within = 0
    #: The server raised exc_info again within this stage.
    raised = False
    #: The index of the framework's layer in which it was called, and that has its body, if one has.
    layer = 0
    #: What is to be said of a result that is no body, unless all is well: see `nobody`.
    nothing = ""

    def __init__(self, checker: Checker, index: int, around: Pass | None) -> None:
        self.checker = checker
        self.index = index
        self.around = around
        self.stepwise = self.watch = True
        self.started = self.exhaust = self.unclosed = False
        self.length = self.of = None
        self.blocks = self.sent = self.closes = 0
        self.seen = -1

    # The boundaries.

    def write(self, block: Any) -> None:
        if not self.wrote:
            self.wrote = True
            self.tell("write-used", rules.WRITE_USED)
        if self.left:
            self.tell_late("write-in-body", rules.WRITTEN_IN_BODY)
        if type(block) is bytes:
            self.sent += len(block)
            self.written += len(block)
        else:
            self._no_bytes(block, "write() was given")
        self.blocks += 1
        if self.watch:
            self._watch(block)
        self.relay()
        around, self.watch = self.around, True
        if self.index not in around.passing:
            around.passing = (*around.passing, self.index)

    def relay(self) -> None:
        """It passes on to write() what was given to that within it, if anything was."""
        for index in self.passing:
            self.relayed = {**self.relayed, index: self.relayed.get(index, 0) + 1}
        self.passing = ()

    def taken_by(self) -> Any:
        """The pass of whoever gets its blocks: what it gives is seen where that is made."""
        around = self.around
        while around.of is not None:
            around = around.of
        return around

    def exit(self, result: Any, of: Pass | None = None) -> None:
        self.left = True
        if self.file_within:
            self._file_lost(result)
        kind = type(result)
        if of is not None:
            self.passes_on(of, result)
        elif kind is list or kind is tuple:
            self.whole, self.stepwise = True, False
        else:
            found = results.known.get(id(kind)) or results.find(kind)
            if found == results.BODY:
                self.unclosed = may_close(result)
            elif found == results.GENERATOR:
                self.unclosed = True
                self.generator = True
            elif found == results.STEPS:
                self.unclosed = self.steps = True
            elif found == results.FILE:
                self.file, self.stepwise = True, False
                self.unclosed = may_close(result)
                self.around.got_file(result)
            elif found == results.NO_BODY:
                nobody.returned(self, result)
        given = self.checker.exchange.given_headers
        if given is not None:
            self._changed_late(given)
        if self.raised:
            self._swallowed()

    def passes_on(self, of: Pass, result: Any) -> None:
        """The result is the very body of an inner stage."""
        while of.of is not None:
            of = of.of
        self.of = of
        if of.closes:
            of.given_closed = True  # it is this one that gives away what is closed
        else:
            of.goes_to(self)
        if of.file:
            self.around.got_file(result)

    def goes_to(self, other: Pass) -> None:
        """The body is in the hands of whoever has called the other."""
        self.around = other.around
        if self.layer or other.layer:
            self.layer = other.layer

    def got_file(self, result: Any) -> None:
        """A stage within has returned what wsgi.file_wrapper made."""
        self.file_within = id(result)
        if self.left:  # it was entered by a generator, which yields what it reads
            self._file_lost(None)

    def returned(self, of: Pass | None, blocks: Any) -> None:
        """The call has returned a list or a tuple: `exit`, and `chunk` of these blocks, or it is
        that of the other."""
        self.left = True
        if of is not None:
            self.passes_on(of, blocks)
        else:
            self.whole, self.stepwise = True, False
        if self.file_within:
            self._file_lost(blocks)
        exchange = self.checker.exchange
        given = exchange.given_headers
        if given is not None and given != exchange.headers:
            self._changed_late(given)
        if self.raised:
            self._swallowed()
        for block in blocks if of is None else ():
            self.chunk(block)

    def chunk(self, block: Any) -> None:
        if self.of is not None:
            return  # it is looked at where it is made
        if type(block) is bytes:
            self.sent += len(block)
        else:
            self._no_bytes(block, rules.YIELDED)
        self.blocks += 1
        if self.watch:
            self._watch(block)
        if self.stepwise:
            around = self.taken_by()
            given = around.blocks if around.index > 1 else self.checker.exchange.blocks
            if self.wrote:  # what was passed on is none for those that are yielded
                given -= around.relayed.get(self.index, 0)
            if given == self.seen:
                self._held_back()
            self.seen = given

    def exhausted(self) -> None:
        if not self.closes:
            self.exhaust = True
        elif self.started:
            self._after_close()  # it gave nothing more, but was asked to
        if self.raised:
            self._swallowed()

    def close(self) -> None:
        self.closes += 1
        self.unclosed = False
        self.watch = True
        if self.closes == 2 and self.around.closes < 2:
            self._closed_again()

    def exception(self, where: str, error: BaseException) -> None:
        self.failed = True
        self.raised = False
        found = told_by(where, error)
        if found is not None:
            self.tell(*found)

    def finish(self) -> None:
        """The request is over."""
        is_empty = self.whole and not self.blocks
        doubtful = self.nothing or not self.started and (self.unsized or is_empty)
        if doubtful and not self.failed and nobody.is_fine(self):
            return
        if self.unclosed:
            self._not_closed()
        if self.failed or not self.left:
            return
        body = self if self.of is None else self.of
        if not self.started:
            if not self.early and (body.whole or body.exhaust or body.sent):
                self._never_started(rules.NEVER_STARTED)
            return
        if body.sent and body is not self:
            self._look()
        if self.unsized or body.unsized:
            return
        length = self.length
        if length is not None:
            # What was written within has been written through this one, if at all.
            sent = self.sent if body is self else self.sent + body.sent - body.written
            if sent != length:
                self._wrong_length(sent, length, body)
        if rules.are_tiny(self.blocks, self.sent):
            self.tell_late("blocks-tiny", rules.TINY)

    # What is seldom.

    def tell_taker(self, rule: str, message: str) -> None:
        """Tell of whoever has the body: a layer while it runs, and where nobody had it since."""
        layer, checker = self.layer, self.checker
        if layer and not self.around.by_hand and (checker.over or checker.runs(layer)):
            checker.tell(layer, rule, message)
        else:
            self.around.tell(rule, message)

    def _changed_late(self, given: list[tuple[str, str]]) -> None:
        exchange = self.checker.exchange
        if given != exchange.headers:
            exchange.given_headers = None
            self.checker.changed_within(self, given)

    def _never_started(self, message: str) -> None:
        if not beside.was_begun(self):
            self.tell_late("start-response-not-called", message)

    def _not_closed(self) -> None:
        around = self.around
        body = around if around.of is None else around.of
        # Who was not closed itself had no occasion to, but in a generator that has run to its end.
        if not body.unclosed or body.generator and (body.exhaust or body.failed):
            self.tell_taker(
                "close-not-called",
                f"close() of what stage {self.index} returned was never called",
            )

    def _wrong_length(self, sent: int, length: int, body: Pass) -> None:
        exchange = self.checker.exchange
        if body.file or body.failed or self.bodiless or exchange.no_body:
            return
        if sent > length:
            message = rules.too_long(length)
            self.tell("content-length-exceeded", message, None, "Content-Length")
        elif (body.whole or body.exhaust) and not exchange.gone:
            message = rules.too_short(sent, length)
            self.tell("content-length-short", message, None, "Content-Length")

    def _no_bytes(self, block: Any, what: str) -> None:
        if isinstance(block, bytes):
            self.sent += len(block)
            self.tell("block-subclass", rules.no_plain_bytes(block, what))
        else:
            self.unsized = True
            self.stepwise = False
            tell = self.tell if self.started else self.tell_late
            tell("block-not-bytes", rules.no_bytes(block, what))

    def _watch(self, block: Any) -> None:
        if self.raised:
            self._swallowed()
        if not self.started and block and not self.early:
            self.early = True
            self._never_started(rules.NOT_YET_STARTED)
        if self.closes:
            self._after_close()
        if isinstance(block, bytes) and block:
            self._look()

    def _closed_again(self) -> None:
        # A generator that has not come to its end is closed by whatever goes on with it by
        # `yield from`, too, where that is closed or let go of: that is no call of close().
        if (
            not (self.generator or self.steps)
            or self.exhaust
            or self.given_closed
            or self.checker.exchange.record.passed == self.index
        ):
            self.tell_taker(
                "close-twice",
                f"close() of what stage {self.index} returned was called a second time",
            )

    def _after_close(self) -> None:
        if not self.around.closes and not self.by_hand:
            self.tell_taker(
                "body-after-close",
                f"what stage {self.index} returned was iterated after its close()",
            )

    def allow_nothing(self, code: str) -> None:
        """It has called start_response with a status that allows no content; whether it gave any
        is known by the call."""
        self.code, self.bodiless, self.watch = code, True, True
        if self.sent:
            self._look()

    def _look(self) -> None:
        """Whether there may be a block."""
        if self.amiss or self.checker.exchange.no_body:
            return
        self.amiss = self.bodiless
        if self.bodiless:
            self.tell_late("body-not-allowed", rules.bodied(self.code))

    def _held_back(self) -> None:
        self.stepwise = False
        self.tell_taker(
            "blocks-held-back",
            f"several blocks were taken from stage {self.index} before one was given on",
        )

    def _file_lost(self, result: Any) -> None:
        if id(result) != self.file_within and not issubclass(type(result), FileWrapper):
            self.tell("file-wrapper-lost", rules.FILE_LOST)

    def _swallowed(self) -> None:
        self.raised = False
        self.tell("exc-info-swallowed", rules.SWALLOWED)
