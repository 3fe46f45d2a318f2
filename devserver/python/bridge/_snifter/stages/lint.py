"""What is checked at each boundary of a WSGI stage, and who is to blame for what is found.

A `Checker` is made with the record of a request, a `Pass` for each call of a WSGI stage within the
outermost one; a framework's layer has none. The recorder calls a pass at the boundaries of its
stage, right after the boundary was recorded:

    pass = checker.enter(index, around, environ)   around: the pass of the nearest WSGI stage around
                                                   it, None if that is the outermost
    pass.given(before, after, *fresh)              the stage around got the one environ, and
                                                   gives the other; see environ.fresh
    pass.start_response(args, kwargs)
    pass.write(block)
    pass.exit(result, of)                          of: the pass of the stage within whose very body
                                                   the result is, or None
    pass.chunk(block)
    pass.exhausted()                               the body has raised StopIteration
    pass.close()
    pass.exception(where, error)
    checker.end()                                  the request is over; close() was called

The recorder keeps the pass as `lint` of its call, None of a layer's, and sets `Exchange.checker`.
The boundaries of the outermost stage are the server's own: what is found there goes through
`checker.server`, in the place of `Exchange.lint`, and `Exchange.blocks` counts the blocks that it
gave to the server.

Blamed is the innermost stage that broke a rule: one that only passes on what an inner one gave it
says the same in the same words, and what was told once is not told again. Nothing is ever asked of
the application's objects but their type, nothing of it is kept beyond its boundary but the
headers' exact tuples, and nothing is raised (the recorder sees to what is, all the same).
"""

from __future__ import annotations

from operator import is_
from types import GeneratorType

from .. import rules
from ..body import Input
from ..findings import RULES
from ..rules import NAMES, Breach
from ..streams import Errors, FileWrapper
from . import lint_environ, swap
from .guard import guarded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from ..exchange import Exchange

#: So many findings of a request are told.
_MOST_FINDINGS = 100
#: A body of so many blocks, of not more than so many bytes in the mean, is hard work for nothing.
_TINY_BLOCKS = 64
_TINY_SIZE = 2


_YIELDED = "the application yielded"


class Checker:
    """What is known of one request."""

    over = False
    # The status and headers that were found to be right last, with what was found in them.
    status: Any = None
    good: Any = ()
    length: int | None = None
    typed = False
    code = ""
    #: The response has a type, and may have content.
    usual = False

    def __init__(self, exchange: Exchange, report: Callable[[int, str, str, str], None]) -> None:
        #: Called with the index of the stage to blame, the rule, a message, and where it stands.
        self.report = report
        self.exchange = exchange
        self.passes: list[Pass] = []
        self.root = Pass(self, 1, None)
        self._told: set[tuple[str, str]] = set()
        self._late: list[tuple[str, str, str]] = []
        #: The kinds of the headers that were found to be right, by their ids, and the headers.
        self.known: dict[int, int] = {}
        self.kept: list[tuple[str, str]] = []

    def enter(self, index: int, around: Pass | None, environ: dict[str, Any]) -> Pass:
        made = Pass(self, index, self.root if around is None else around)
        self.passes.append(made)
        if type(environ) is not dict:
            self.tell(
                made.around.index,
                "environ-not-dict",
                f"the environ is a {type(environ).__name__}, not a plain dict",
            )
        return made

    @guarded
    def has(self, headers: Any) -> bool:
        """Whether these are the headers that were found to be right last."""
        good = self.good
        return (
            type(headers) is list and len(headers) == len(good) > 0 and all(map(is_, headers, good))
        )

    def tell(self, stage: int, rule: str, message: str, pep: str | None = None) -> None:
        key = (rule, message)
        if key in self._told or len(self._told) >= _MOST_FINDINGS:
            return
        self._told.add(key)
        self.report(stage, rule, message, pep or RULES[rule])

    def passed_over(self, rule: str, message: str) -> None:
        """Have something that will be found not be told."""
        self._told.add((rule, message))

    @guarded
    def server(self, rule: str, message: str, pep: str) -> None:
        """Tell what was found at the server's boundary."""
        if self.root.by_hand:
            return
        if rule.startswith("content-length-") and not self.over:
            # Who is to blame is known when all stages are looked at.
            self._late.append((rule, message, pep))
        else:
            self.tell(1, rule, message, pep)

    def running(self) -> Pass:
        """The pass of the stage that runs now."""
        from . import calls

        call = calls.current()
        while call is not None:
            made = getattr(call, "lint", None)
            if made is not None and made.checker is self:
                return made
            call = call.parent
        return self.root

    @guarded
    def raised_again(self) -> None:
        """The server raises exc_info again, in the stage that runs now."""
        made = self.running()
        made.raised = made.watch = True

    @guarded
    def changed_late(self, given: list[tuple[str, str]]) -> None:
        """The list that start_response took was found changed at the end of the request."""
        stage = 1
        for made in reversed(self.passes):
            if made.listed == id(given):
                stage = made.index
                break
        self.tell(stage, "header-changed-late", rules.CHANGED_LATE)

    def end(self) -> None:
        if self.over:
            return
        self.over = True
        for made in reversed(self.passes):  # the innermost first
            made.finish()
        for rule, message, pep in self._late:
            self.tell(1, rule, message, pep)
        # Each would keep the others until a collection.
        self.passes.clear()
        self.exchange.checker = None
        del self.root


class Pass:
    """What is known of a stage in one call of it."""

    # Defaults, so that most calls set few of them.
    #: How many blocks the stage gave, and the bytes in them.
    blocks = 0
    sent = 0
    #: How many blocks the stage around had given at this one's last block.
    seen = -1
    #: Whether whoever iterates the body can be seen to give something for each block.
    stepwise = True
    #: Whether a block needs a closer look.
    watch = True
    started = False
    code = ""
    #: The id of the list of headers, while the request lasts.
    listed = 0
    length: int | None = None
    typed = True
    bodiless = False
    wrote = False
    #: A block was given before start_response was called, and that was told.
    early = False
    #: The call has returned; an exception left the stage; its body was exhausted; it was closed.
    left = False
    failed = False
    exhaust = False
    closes = 0
    #: The body has a close() that is still to be called.
    unclosed = False
    #: The stage is a generator function: what it is closed by does not show once it is exhausted.
    lazy = False
    #: The body is a list or a tuple; it is a file's.
    whole = False
    file = False
    #: What the stage within returned, if that was a file wrapper: its id.
    file_within = 0
    of: Pass | None = None
    #: The server raised exc_info again within this stage.
    raised = False
    #: The stage was answered for by hand: what is wrong with that is nobody's fault.
    by_hand = False

    def __init__(self, checker: Checker, index: int, around: Pass | None) -> None:
        self.checker = checker
        self.index = index
        #: The pass of whoever called the stage, and then of whoever iterates and closes its body.
        self.around: Any = around

    def tell(self, rule: str, message: str, pep: str | None = None) -> None:
        if self.by_hand:
            self.checker.passed_over(rule, message)
        else:
            self.checker.tell(self.index, rule, message, pep)

    # The boundaries.

    def given(
        self, before: dict[str, Any], after: dict[str, Any], keys: list[str], fewer: bool
    ) -> None:
        for rule, message in lint_environ.check(before, after, keys, fewer):
            self.around.tell(rule, message)

    def start_response(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if len(args) == 2 and not kwargs:
            status, headers = args
            exc_info = None
        else:
            args = self._unusual(args, kwargs)
            if args is None:
                return
            status, headers, exc_info = args
        checker = self.checker
        if self.started or self.blocks or self.closes or checker.over:
            self._again(exc_info)
        self.started = True
        if exc_info is not None:
            trouble = rules.exc_info_trouble(exc_info)
            if trouble:
                self.tell("exc-info-invalid", trouble)
        if status is not checker.status:
            self._check_status(status)
        good = checker.good
        if (
            type(headers) is not list
            or len(headers) != len(good)
            or not all(map(is_, headers, good))
        ):
            self._check_headers(headers)
        self.listed = id(headers)
        self.length = checker.length
        if checker.usual:
            self.watch = False
        else:
            self._watch_out(checker.typed, checker.code)

    def passed_on(self, inner: Pass | None, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """A call of start_response by the stage within has passed through this one as it was."""
        if inner is None or self.started or self.blocks or self.closes or len(args) != 2 or kwargs:
            self.start_response(args, kwargs)
            return
        self.started = True
        self.listed, self.length = inner.listed, inner.length
        self.watch = inner.watch
        if self.watch:
            self.code, self.typed, self.bodiless = inner.code, inner.typed, inner.bodiless

    def write(self, block: Any) -> None:
        if not self.wrote:
            self.wrote = True
            self.tell("write-used", rules.WRITE_USED)
        if self.left:
            self.tell("write-in-body", "write() was called from within the body, by its iteration")
        if type(block) is bytes:
            self.sent += len(block)
        else:
            self._no_bytes(block, "write() was given")
        self.blocks += 1
        if self.watch:
            self._watch(block)

    def exit(self, result: Any, of: Pass | None = None) -> None:
        self.left = True
        if self.file_within:
            self._file_lost(result)
        kind = type(result)
        if of is not None:
            while of.of is not None:
                of = of.of
            self.of = of
            of.around = self.around
            if of.file:
                self.around.file_within = id(result)
        elif kind is list or kind is tuple:
            self.whole, self.stepwise = True, False
        else:
            shape = _shapes.get(kind) or _shape(kind)
            if shape == _BODY:
                self.unclosed = hasattr(result, "close")
            elif shape == _GENERATOR:
                self.unclosed = True
                self.lazy = id(result.gi_code) in swap.originals()
            elif shape == _FILE:
                self.file = True
                self.around.file_within = id(result)
            elif shape == _NO_BODY:
                self._no_body(result, kind)
        given = self.checker.exchange.given_headers
        if given is not None:
            self._changed_late(given)
        if self.raised:
            self._swallowed()

    def chunk(self, block: Any) -> None:
        if self.of is not None:
            return  # it is looked at where it is made
        if type(block) is bytes:
            self.sent += len(block)
        else:
            self._no_bytes(block, _YIELDED)
        self.blocks += 1
        if self.watch:
            self._watch(block)
        if self.stepwise:
            around = self.around
            while around.of is not None:  # what it gives is seen where that is made
                around = around.of
            given = around.blocks if around.index > 1 else self.checker.exchange.blocks
            if given == self.seen:
                self._held_back()
            self.seen = given

    def exhausted(self) -> None:
        self.exhaust = True
        if self.raised:
            self._swallowed()

    def close(self) -> None:
        self.closes += 1
        self.unclosed = False
        self.watch = True
        if self.closes == 2:
            self.around.tell(
                "close-twice",
                f"close() of what stage {self.index} returned was called a second time",
            )

    def exception(self, where: str, error: BaseException) -> None:
        self.failed = True
        self.raised = False
        if isinstance(error, AttributeError):
            self._wrong_method(error)

    def finish(self) -> None:
        """The request is over."""
        if self.unclosed:
            self._not_closed()
        if self.failed or not self.left:
            return
        body = self if self.of is None else self.of
        if not self.started:
            if not self.early and (body.whole or body.exhaust):
                self.tell("start-response-not-called", rules.NEVER_STARTED)
            return
        length = self.length
        if length is not None:
            sent = self.sent if body is self else self.sent + body.sent
            if sent != length:
                self._wrong_length(sent, length, body)
        if self.blocks >= _TINY_BLOCKS and self.sent <= _TINY_SIZE * self.blocks:
            self.tell(
                "blocks-tiny",
                f"the body came in {self.blocks} blocks of {self.sent} bytes together",
            )

    # What is seldom.

    def _unusual(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The three arguments of start_response, or None where they can't be told."""
        if kwargs:
            self.tell(
                "start-response-keywords",
                "start_response was called with keywords: %.200s" % ", ".join(kwargs),
            )
            left = dict(kwargs)
            whole = list(args)
            for name, at in (("status", 0), ("headers", 1), ("response_headers", 1)):
                if name in left and len(whole) == at:
                    whole.append(left.pop(name))
            exc_info = left.pop("exc_info", None)
            if left or len(whole) > 2:
                return None
            args = (*whole, exc_info)
        if len(args) == 2:
            return (*args, None)
        if len(args) != 3:
            self.tell(
                "start-response-arguments",
                f"start_response was called with {len(args)} arguments",
            )
            return None
        return args

    def _watch_out(self, typed: bool, code: str) -> None:
        """The response has no type, or may have no content."""
        self.code = code
        self.bodiless = self.watch = code in rules.BODILESS
        if not typed:
            if code not in rules.UNTYPED_CODES:
                self.watch, self.typed = True, False
        elif self.watch:
            self.tell("content-type-unexpected", rules.typed(code))

    def _changed_late(self, given: list[tuple[str, str]]) -> None:
        exchange = self.checker.exchange
        if given != exchange.headers:
            exchange.given_headers = None
            self.tell("header-changed-late", rules.CHANGED_LATE)

    def _not_closed(self) -> None:
        if self.lazy and (self.exhaust or self.failed):
            return
        around = self.around
        # Who was not closed itself had no occasion to.
        if not around.unclosed or around.exhaust or around.failed:
            around.tell(
                "close-not-called",
                f"close() of what stage {self.index} returned was never called",
            )

    def _wrong_length(self, sent: int, length: int, body: Pass) -> None:
        exchange = self.checker.exchange
        if body.file or body.failed or self.bodiless or exchange.no_body or exchange.gone:
            return
        if sent > length:
            self.tell("content-length-exceeded", rules.too_long(length))
        elif body.whole or body.exhaust:
            self.tell("content-length-short", rules.too_short(sent, length))

    def _again(self, exc_info: Any) -> None:
        if self.checker.over:
            from . import calls

            # It is told where it can be seen: in the request that runs now.
            running = calls.current()
            made = getattr(running, "lint", None)
            if made is not None and made.checker is not self.checker:
                made.tell(
                    "start-response-foreign",
                    "the start_response of a request that is over was called",
                )
            return
        if exc_info is not None:
            return
        if self.started:
            self.tell("start-response-twice", rules.STARTED_TWICE)
        elif not self.early:
            self.tell("start-response-late", "start_response was called after the first block")

    def _check_status(self, status: Any) -> None:
        checker = self.checker
        try:
            if (
                (type(status) is not str or status not in _statuses)
                and rules.check_status(status, self.tell) is status
                and len(status) > 4
            ):
                _known(status)
            checker.status = status
        except Breach as breach:
            checker.status = None
            self.tell(breach.rule, str(breach.error), breach.pep)
        checker.code = status[:3] if type(status) is str else ""
        checker.usual = checker.typed and checker.code not in rules.BODILESS

    def _check_headers(self, headers: Any) -> None:
        checker = self.checker
        self._look_at_headers(checker, headers)
        checker.usual = checker.typed and checker.code not in rules.BODILESS

    def _look_at_headers(self, checker: Checker, headers: Any) -> None:
        known = checker.known
        if type(headers) is list:
            length, typed = None, False
            try:
                for pair in headers:
                    kind = known.get(id(pair))
                    if kind is not None:
                        if kind:
                            if kind == rules.TYPE:
                                typed = True
                            else:
                                length = rules.check_length(pair[1], length)
                        continue
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
                        if kind:
                            if kind == rules.TYPE:
                                typed = True
                            else:
                                length = rules.check_length(value, length)
                        known[id(pair)] = kind
                        checker.kept.append(pair)
                    else:
                        break
                else:
                    checker.good, checker.length, checker.typed = headers[:], length, typed
                    return
            except (KeyError, ValueError, TypeError, Breach):
                pass  # looked at in full below
        checker.good, checker.length, checker.typed = [], None, False
        try:
            checker.good, checker.length = rules.check_headers(headers, self.tell)
            checker.typed = rules.has_type(checker.good)
        except Breach as breach:
            checker.typed = True
            self.tell(breach.rule, str(breach.error), breach.pep)

    def _no_bytes(self, block: Any, what: str) -> None:
        if isinstance(block, bytes):
            self.sent += len(block)
            self.tell("block-subclass", rules.no_plain_bytes(block, what))
        else:
            self.tell("block-not-bytes", rules.no_bytes(block, what))

    def _watch(self, block: Any) -> None:
        if self.raised:
            self._swallowed()
        if not self.started and block and not self.early:
            self.early = True
            self.tell("start-response-not-called", rules.NOT_YET_STARTED)
        if self.closes:
            self.around.tell(
                "body-after-close",
                f"what stage {self.index} returned was iterated after its close()",
            )
        if not isinstance(block, bytes) or not block or self.checker.exchange.no_body:
            return
        if self.bodiless:
            self.tell("body-not-allowed", rules.bodied(self.code))
        elif not self.typed:
            self.tell("content-type-missing", rules.UNTYPED)

    def _no_body(self, result: Any, kind: type) -> None:
        if isinstance(result, (str, bytes)):
            self.tell("body-is-string", rules.body_is_string(result))
            # What comes of that need not be told.
            self.checker.passed_over("block-not-bytes", rules.no_bytes(result[:1], _YIELDED))
            self.checker.passed_over("block-not-bytes", rules.no_bytes(0, _YIELDED))
        elif result is None or not hasattr(kind, "__getitem__"):
            self.tell("not-iterable", rules.not_iterable(result))

    def _held_back(self) -> None:
        self.stepwise = False
        self.around.tell(
            "blocks-held-back",
            f"several blocks were taken from stage {self.index} before one was given on",
        )

    def _file_lost(self, result: Any) -> None:
        if id(result) != self.file_within and not issubclass(type(result), FileWrapper):
            self.tell(
                "file-wrapper-lost",
                "what wsgi.file_wrapper made was not passed on, and can't be sent as a file",
            )

    def _swallowed(self) -> None:
        self.raised = False
        self.tell(
            "exc-info-swallowed",
            "start_response raised exc_info again, too late to replace what was sent,"
            " and the application went on",
        )

    def _wrong_method(self, error: AttributeError) -> None:
        """Whether an exception tells that something was asked of a stream which PEP 3333 does not
        let it be asked for."""
        text = str(error)
        asked = getattr(error, "obj", None)  # from Python 3.10 on
        for kind, rule, stream in (
            (Input, "input-method", "wsgi.input"),
            (Errors, "errors-method", "wsgi.errors"),
        ):
            front = f"'{kind.__name__}' object has no attribute "
            if isinstance(asked, kind) or asked is None and text.startswith(front):
                name = text.rpartition(" ")[2].strip("'")
                self.tell(rule, f"{stream} has no {name}")


#: Statuses that were found to be right.
_statuses: set[str] = set()
_MOST_STATUSES = 1000


def _known(status: str) -> None:
    if len(_statuses) < _MOST_STATUSES and len(status) < 100:
        _statuses.add(status)


# What the result of a call can be, by its type.
_BODY = 1
_GENERATOR = 2
_FILE = 3
_NO_BODY = 4
#: The body of an application class that no reference can be kept to: what becomes of it is unseen.
_UNSEEN = 5
_shapes: dict[type, int] = {GeneratorType: _GENERATOR}
_MOST_SHAPES = 1000


def _shape(kind: type) -> int:
    if issubclass(kind, FileWrapper):
        shape = _FILE
    elif issubclass(kind, (str, bytes)) or not hasattr(kind, "__iter__"):
        shape = _NO_BODY
    elif getattr(kind, "__weakrefoffset__", 1):
        shape = _BODY
    else:
        shape = _UNSEEN
    if len(_shapes) < _MOST_SHAPES:  # of an application that makes a class a request
        _shapes[kind] = shape
    return shape
