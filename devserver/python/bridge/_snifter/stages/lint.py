"""What is checked at each boundary of a WSGI stage, and who is to blame for what is found.

A `Checker` is made with the record of a request. What it knows of a call of a WSGI stage within the
outermost one is in a `Pass`; a framework's layer has none, nor has a call of which there is nothing
to know, as most are: it has called start_response once and as it should, and has returned a list of
bytes, or that of the stage within. The recorder calls these at the boundaries of a stage, right
after the boundary was recorded, with the stage's call, or what `checker.of` says is its pass:

    checker.enter(call)                            it is given another environ than the one around
    checker.given(parent, before, after, *fresh)   the stage around got the one environ, and
                                                   gives the other; see environ.fresh
    checker.started(call, args, kwargs, through)   it has called start_response, and that has passed
                                                   through these around it as it was
    checker.left(call, of, blocks)                 it has returned a list or a tuple
    pass.write(block)
    pass.exit(result, of)                          of: the pass of the stage within whose very body
                                                   the result is, or None
    pass.chunk(block)
    pass.exhausted()                               the body has raised StopIteration
    pass.close()
    pass.exception(where, error)
    checker.end()                                  the request is over; close() was called

The recorder sets `Exchange.checker`. The boundaries of the outermost stage are the server's own:
what is found there goes through `checker.server`, in the place of `Exchange.lint`, and
`Exchange.blocks` counts the blocks that it gave to the server.

Blamed is the innermost stage that broke a rule: one that only passes on what an inner one gave it
says the same in the same words, and what was told once is not told again. Nothing is ever asked of
the application's objects but their type, nothing of it is kept beyond its boundary but the
headers' exact tuples, and nothing is raised (the recorder sees to what is, all the same).
"""

from __future__ import annotations

from operator import attrgetter, is_
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
    from .calls import Call

#: So many findings of a request are told.
_MOST_FINDINGS = 100
#: A body of so many blocks, of not more than so many bytes in the mean, is hard work for nothing.
_TINY_BLOCKS = 64
_TINY_SIZE = 2


_new = object.__new__
_index = attrgetter("index")
#: The codes of functions that are found, by their ids.
_originals = swap.originals()

_YIELDED = "the application yielded"


class Checker:
    """What is known of one request."""

    over = False
    # What was told, and what is told at the end; sets and lists are made when there is something.
    _told: set[tuple[str, str]] | None = None
    late: list[tuple[str, str, str]] | None = None
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
        #: The call whose list it is that a call has returned, by the index of that.
        self.passed: dict[int, Call] = {}

    # What most requests don't need is made when it is.
    passes: list[Pass] | tuple[()] = ()
    _root: Pass | None = None
    # The id of the list that start_response was called with last, and the index of the stage that
    # has called it first with that.
    _listed = _lister = 0

    @property
    def root(self) -> Pass:
        """The pass of the outermost stage."""
        if self._root is None:
            self._root = Pass(self, 1, None)
        return self._root

    def outermost(self) -> Pass:
        """Have the outermost stage be looked at as those within it are; return its pass."""
        self.root.around = Pass(self, 0, None)
        self.passes = [*self.passes, self.root]
        return self.root

    def of(self, call: Call) -> Pass:
        """The pass of a call of a WSGI stage. It is made when there is something to say of it that
        the call itself does not."""
        made: Pass | None = call.lint
        if made is not None:
            return made
        if call.index == 1:
            return self.root
        made = call.lint = Pass(self, call.index, self.around(call.parent))
        if self.passes:
            self.passes.append(made)  # type: ignore[union-attr]
        else:
            self.passes = [made]
        if call.usual:
            made.started, made.length, made.watch = True, call.due, False
        inner = self.passed.get(call.index)
        if inner is not None:
            made.left = True
            made.passes_on(self.of(inner), None)
        elif call.gave >= 0:
            made.left = made.whole = True
            made.stepwise = False
            made.sent = call.gave
        return made

    def around(self, call: Call | None) -> Pass:
        """The pass of the nearest WSGI stage, from a call outwards."""
        while call is not None and call.environ is None:
            call = call.parent
        if call is not None and call.lint is not None:
            found: Pass = call.lint
            return found
        return self.root if call is None or call.record is None else self.of(call)

    def enter(self, call: Call) -> None:
        """A WSGI stage was entered, with an environ that is not what the one around it has."""
        if type(call.environ) is not dict:
            given = self.around(call.parent)
            given.tell("environ-not-dict", lint_environ.not_dict(call.environ))

    def given(
        self,
        parent: Call | None,
        before: dict[str, Any],
        after: dict[str, Any],
        keys: list[str],
        fewer: bool,
    ) -> None:
        """A call has got the one environ, and gives the other to what it enters; see
        environ.fresh."""
        if not fewer:
            for key in keys:
                if type(key) is not str or "." not in key or key[:5] == "wsgi.":
                    break
            else:
                return  # extensions, whose type is their own affair
        for rule, message in lint_environ.check(before, after, keys, fewer):
            self.around(parent).tell(rule, message)

    def started(
        self, call: Call, args: tuple[Any, ...], kwargs: dict[str, Any], through: Any = ()
    ) -> None:
        """The stage has called start_response, and that has passed through these around it."""
        given = len(args)
        if (
            (given == 2 or given == 3 and args[2] is None)
            and call.lint is None
            and not kwargs
            and not call.usual
        ):
            status, headers = args[:2]
            if call.gave < 0 and self.is_right(status, headers) and self.usual and not self.over:
                call.usual, call.due = True, self.length
                if self._listed != id(headers):
                    self._listed, self._lister = id(headers), call.index
                for outer in through:
                    made = outer.lint
                    if made is None and not outer.usual and outer.gave < 0:
                        outer.usual, outer.due = True, call.due
                    elif made is not None and not (made.started or made.blocks or made.closes):
                        # As Pass.passed_on does; most are generators that have begun.
                        made.started, made.length, made.watch = True, call.due, False
                    elif outer.record is not None:
                        self.of(outer).passed_on(self.of(call), args, kwargs)
                return
        made = self.of(call)
        made.start_response(args, kwargs)
        for outer in through:
            if outer.record is not None:
                self.of(outer).passed_on(made, args, kwargs)

    def left(self, call: Call, of: Call | None, blocks: Any) -> None:
        """The stage has returned a list or a tuple, of these blocks if it is its own, or else that
        of the other call."""
        if call.lint is None and call.usual:
            given = self.exchange.given_headers
            if given is None or given == self.exchange.headers:
                sent = 0
                if of is not None:
                    sent = of.gave if of.lint is None else -1
                elif len(blocks) < _TINY_BLOCKS:
                    for block in blocks:
                        if type(block) is not bytes:
                            sent = -1
                            break
                        sent += len(block)
                if sent >= 0 and call.due in (None, sent):
                    # There is nothing to say, and as a rule there won't be.
                    call.gave = sent
                    if of is not None:
                        self.passed[call.index] = of
                    return
        self.of(call).returned(None if of is None else self.of(of), blocks)

    def yielded(self, call: Call, result: Any) -> None:
        """The stage has returned a generator of its own: `of`, and then the pass's `exit`, at less
        expense where there is nothing yet that is to be said of it."""
        made: Pass | None = call.lint
        parent: Call = call.parent  # type: ignore[assignment]
        around = (self._root or self.root) if parent.index == 1 else parent.lint
        given = self.exchange.given_headers
        if (
            made is not None
            or around is None
            or parent.environ is None
            or given is not None
            and given != self.exchange.headers
        ):
            self.of(call).exit(result)
            return
        made = call.lint = _new(Pass)
        made.checker, made.index, made.around = self, call.index, around
        made.started, made.length, made.watch = call.usual, call.due, not call.usual
        # Set, since it takes longer to find that they are not.
        made.sent = made.blocks = made.closes = 0
        made.seen = -1
        made.of, made.raised, made.exhaust, made.failed = None, False, False, False
        made.stepwise = made.left = made.unclosed = True
        made.lazy = id(result.gi_code) in _originals
        if self.passes:
            self.passes.append(made)  # type: ignore[union-attr]
        else:
            self.passes = [made]

    def is_right(self, status: Any, headers: Any) -> bool:
        """Whether a status and headers are right, which is to be found out at little expense."""
        if status is not self.status:
            if type(status) is not str or status not in _statuses:
                return False
            self.status, self.code = status, status[:3]
            self.usual = self.typed and self.code not in rules.BODILESS
        if type(headers) is not list:
            return False
        good = self.good
        known = len(good)
        if len(headers) == known and all(map(is_, headers, good)):
            return True
        length, typed, new = None, False, headers
        if 0 < known < len(headers) and all(map(is_, headers, good)):
            # What the stage within gave, with more behind it.
            length, typed, new = self.length, self.typed, headers[known:]
        try:
            for pair in new:
                found = _pairs.get(id(pair)) or _look(pair)
                if found is None:
                    return False
                kind, _, size = found
                if kind:
                    if kind == rules.TYPE:
                        typed = True
                    elif length is None:
                        length = size
                    elif length != size:
                        return False
        except (KeyError, ValueError, TypeError, Breach):
            return False
        self.good, self.length, self.typed = headers[:], length, typed
        self.usual = typed and self.code not in rules.BODILESS
        return True

    def tell(self, stage: int, rule: str, message: str, pep: str | None = None) -> None:
        key = (rule, message)
        told = self._told
        if told is None:
            told = self._told = set()
        if key in told or len(told) >= _MOST_FINDINGS:
            return
        told.add(key)
        self.report(stage, rule, message, pep or RULES[rule])

    def passed_over(self, rule: str, message: str) -> None:
        """Have something that will be found not be told."""
        if self._told is None:
            self._told = set()
        self._told.add((rule, message))

    @guarded
    def server(self, rule: str, message: str, pep: str) -> None:
        """Tell what was found at the server's boundary."""
        if self.root.by_hand:
            return
        if rule.startswith("content-length-") and not self.over:
            # Who is to blame is known when all stages are looked at.
            self.late = [*(self.late or ()), (rule, message, pep)]
        else:
            self.tell(1, rule, message, pep)

    def running(self) -> Pass:
        """The pass of the stage that runs now."""
        from . import calls

        call = calls.current()
        while call is not None:
            record = getattr(call, "record", None)
            if record is not None and record.lint is self and call.environ is not None:
                return self.of(call)
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
        stage = self._lister if self._listed == id(given) else 1
        self.tell(stage, "header-changed-late", rules.CHANGED_LATE)

    def end(self) -> None:
        if self.over:
            return
        self.over = True
        if self.passes:
            # The innermost first.
            for made in sorted(self.passes, key=_index, reverse=True):
                if (
                    made.unclosed
                    and not (made.lazy and made.exhaust)
                    or made.of is not None
                    or not made.started
                    or made.length not in (None, made.sent)
                    or made.blocks >= _TINY_BLOCKS
                ):
                    made.finish()  # which finds nothing in the others
        for rule, message, pep in self.late or ():
            self.tell(1, rule, message, pep)
        # Each would keep the others until a collection.
        self.passes = ()
        self.passed.clear()
        self.exchange.checker = self._root = None


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
        if not checker.is_right(status, headers):
            if status is not checker.status:
                self._check_status(status)
            self._check_headers(headers)
        if checker._listed != id(headers):
            checker._listed, checker._lister = id(headers), self.index
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
        self.length = inner.length
        if inner.watch:
            self.code, self.typed, self.bodiless = inner.code, inner.typed, inner.bodiless
        else:
            self.watch = False

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
            self.passes_on(of, result)
        elif kind is list or kind is tuple:
            self.whole, self.stepwise = True, False
        else:
            shape = _shapes.get(kind) or _shape(kind)
            if shape == _BODY:
                self.unclosed = hasattr(result, "close")
            elif shape == _GENERATOR:
                self.unclosed = True
                self.lazy = id(result.gi_code) in _originals
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

    def passes_on(self, of: Pass, result: Any) -> None:
        """The result is the very body of an inner stage."""
        while of.of is not None:
            of = of.of
        self.of = of
        of.around = self.around
        if of.file:
            self.around.file_within = id(result)

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
        elif where == "close" and str(error) == rules.YIELDED_ON:
            self.tell("yield-after-end", rules.YIELDED_ON)

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
            record = getattr(running, "record", None)
            if record is not None and record.lint is not self.checker:
                record.lint.running().tell("start-response-foreign", rules.FOREIGN)
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
        checker.good, checker.length, checker.typed = [], None, False
        try:
            checker.good, checker.length = rules.check_headers(headers, self.tell)
            checker.typed = rules.has_type(checker.good)
        except Breach as breach:
            checker.typed = True
            self.tell(breach.rule, str(breach.error), breach.pep)
        checker.usual = checker.typed and checker.code not in rules.BODILESS

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


#: Headers that were found to be right, by their ids, each with its kind, and the length that a
#: Content-Length states: those that an application holds are the same ones at each request, and
#: those of one request at each of its stages.
_pairs: dict[int, tuple[int, tuple[str, str], int | None]] = {}
_MOST_PAIRS = 500
_LONG = 1000
#: Statuses that were found to be right.
_statuses: set[str] = set()
_MOST_STATUSES = 1000


def _look(pair: Any) -> tuple[int, tuple[str, str], int | None] | None:
    """Whether a header is right; None if that takes more than a look."""
    name, value = pair
    if not (
        type(pair) is tuple
        and type(name) is str
        and type(value) is str
        and value.isascii()
        and value.isprintable()
        and (value.strip() == value or name == "Set-Cookie")
    ):
        return None
    kind = NAMES[name]
    found = (kind, pair, rules.check_length(value, None) if kind and kind != rules.TYPE else None)
    if len(value) < _LONG:
        if len(_pairs) >= _MOST_PAIRS:
            _pairs.clear()
        _pairs[id(pair)] = found
    return found


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
