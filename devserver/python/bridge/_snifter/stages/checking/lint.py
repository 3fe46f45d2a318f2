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
    checker.changed(layer, before, seen)           a framework's layer has changed the environ
    checker.raised(layer, where, error)            an exception leaves it
    pass.write(block)
    pass.exit(result, of)                          of: the pass of the stage within whose very body
                                                   the result is, or None
    pass.chunk(block)
    pass.exhausted()                               the body has raised StopIteration
    pass.close()
    pass.exception(where, error)
    checker.end(events)                            the request is over; close() was called

The recorder sets `Exchange.checker`. The boundaries of the outermost stage are the server's own:
what is found there goes through `checker.server`, in the place of `Exchange.lint`, and
`Exchange.blocks` counts the blocks that it gave to the server.

Blamed is the innermost stage that broke a rule: one that only passes on what an inner one gave it
says the same in the same words, and what was told once is not told again. Nothing is ever asked of
the application's objects but their type, nothing of it is kept beyond its boundary but the
headers' exact tuples, and nothing is raised (the recorder sees to what is, all the same).
"""

from __future__ import annotations

from marshal import dumps
from operator import is_

from ... import rules
from ...findings import told_by
from ...rules import BODILESS, STATUSES, TINY_BLOCKS
from ..guard import guarded
from . import again, belated, lint_environ
from .blaming import Blaming
from .passes import NOTHING, PASSED, Pass
from .right import FORM, UNKNOWN, WHOLE, keep, of_pairs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ...exchange import Exchange
    from ..recording.environ import Seen
    from ..running.calls import Call

#: Keys that were found to be nobody's but their maker's, so that their values need no look.
EXTENSIONS: set[Any] = set()
_MOST_EXTENSIONS = 1000

#: What the server finds of these is told at the end, after what was found of the stages within.
_LATE = frozenset(
    (
        "block-not-bytes",
        "blocks-tiny",
        "body-not-allowed",
        "content-length-exceeded",
        "content-length-short",
        "content-type-missing",
        "not-iterable",
        "start-response-late",
        "start-response-not-called",
        "write-in-body",
    )
)

_NO_MORE: list[Any] = []


class Checker(Blaming):
    """What is known of one request."""

    # What whoever makes one sets (see `answer.Answer`).
    __slots__ = (
        *("over", "status", "code", "good", "more", "length", "typed", "usual"),
        *("listed", "lister", "passes", "passed", "_root"),
        *("__dict__",),
    )

    over: bool
    # The status and headers that were found to be right last, with what was found in them, and what
    # of the headers is behind those that were found so before; None if they are others.
    status: Any
    code: str
    good: Any
    more: list[Any] | None
    length: int | None
    typed: bool
    #: The response has a type, and may have content.
    usual: bool
    # What start_response was called with last as its headers, and the index of the stage that
    # has called it first with that.
    listed: Any
    lister: int
    passes: list[Pass] | tuple[()]
    #: The call whose list it is that a call has returned, behind the index of that.
    passed: list[tuple[int, Call]]
    _root: Pass | None

    # And what few set.
    #: Headers that are none were given to start_response.
    invalid = False

    def begin(self, exchange: Exchange) -> None:
        """In the place of `__init__`, which costs more."""
        self.exchange = exchange
        # What is known of a status and headers is set with these.
        self.status = UNKNOWN
        self.late = self._root = None
        self.good = self.passes = ()
        self.over = self.typed = self.usual = False
        self.listed = None
        self.passed = []

    @property
    def root(self) -> Pass:
        """The pass of the outermost stage."""
        if self._root is None:
            self._root = Pass(self, 1, None)
        return self._root

    def of(self, call: Call) -> Pass:
        """The pass of a call of a WSGI stage. It is made when there is something to say of it that
        the call itself does not."""
        if call.lint is None and call.index > 1:
            self._make(call)
        return call.lint or self.root

    def _make(self, call: Call | None) -> None:
        """Make the pass of a call, and those of the calls around it: a body is known to have been
        passed on when there are all of them."""
        new: list[Call] = []
        while call is not None and call.lint is None and call.record is not None:
            if call.index == 1:
                break
            if call.environ is not None:
                new.append(call)
            call = call.parent
        around = self.root if call is None else call.lint or self.root
        for each in reversed(new):
            around = each.lint = belated.made(self, each, around)
            if each.stage.is_response:
                self.called(each)
            if each.parent is not None and each.parent.environ is None:
                around.layer = each.parent.index
            if self.passes:
                self.passes.append(around)  # type: ignore[union-attr]
            else:
                self.passes = [around]
        passed_by = dict(self.passed)
        for each in new:
            if each.body == PASSED:
                inner: Call | None = self.exchange.record.opened(each.of)
            else:
                inner = passed_by.get(each.index)
            if inner is not None:
                passed = self.of(inner)
                each.lint.left = True
                each.lint.passes_on(passed, None)
                passed.goes_to(each.lint)  # it was not closed by then

    def enter(self, call: Call) -> None:
        """A WSGI stage was entered, with an environ that is not what the one around it has."""
        if type(call.environ) is dict:
            return
        outer = call.parent
        while outer is not None and outer.environ is None:
            outer = outer.parent
        if outer is None or outer.environ is not call.environ:
            self.tell_of(outer, "environ-not-dict", lint_environ.not_dict(call.environ))

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
                if type(key) is not str:
                    break
                if "." in key:
                    # Else an extension, whose type is its own affair.
                    if key[:5] == "wsgi.":
                        break
                elif key in lint_environ.RULED:
                    break
                else:
                    value = after[key]
                    if type(value) is not str or not value.isascii():
                        break
            else:
                if len(keys) == 1 and "." in keys[0] and len(EXTENSIONS) < _MOST_EXTENSIONS:
                    EXTENSIONS.add(keys[0])
                return
        for rule, message in lint_environ.check(before, after, keys, fewer):
            self.tell_of(parent, rule, message)

    def changed(self, layer: Call, before: dict[str, Any], seen: Seen) -> None:
        """A framework's layer has changed the environ from this to what is seen, for those that it
        calls and that are called after it."""
        keys, fewer = seen.fresh
        if fewer or not all(map(lint_environ.is_extension, keys)):
            for rule, message in lint_environ.broken(before, seen.items, keys, fewer):
                self.tell(layer.index, rule, message)

    def raised(self, layer: Call, where: str, error: BaseException) -> None:
        """An exception leaves a framework's layer."""
        found = told_by(where, error)
        if found is not None:
            self.tell(layer.index, *found)

    def started(
        self, call: Call, args: tuple[Any, ...], kwargs: dict[str, Any], through: Any = ()
    ) -> None:
        """The stage has called start_response, and that has passed through these around it."""
        made = self.of(call)
        made.start_response(args, kwargs)
        for outer in through:
            if outer.record is not None:
                self.of(outer).passed_on(made, args, kwargs)

    def unusual(self, call: Call) -> None:
        """The stage has called start_response with what was found right, but has no type, or may
        have no content. What is to be said of that is told, and what is due then."""
        code = self.code
        if call.stage.is_response:
            self.called(call)
        if code in BODILESS:
            call.due = NOTHING[code]
            if self.typed:
                message = rules.typed(code)
                self.tell(call.index, "content-type-unexpected", message, None, "Content-Type")
        elif not self.typed:
            message = rules.UNTYPED
            self.tell_late((call.index, "content-type-missing", message, None, "Content-Type"))

    def left(self, call: Call, of: Call | None, blocks: Any) -> None:
        """The stage has returned a list or a tuple, of these blocks if it is its own, or else that
        of the other call."""
        if call.lint is None and call.usual:
            given = self.exchange.given_headers
            if given is None or given == self.exchange.headers:
                sent = 0 if len(blocks) < TINY_BLOCKS else -1
                if of is not None:
                    sent = of.gave if of.lint is None else -1
                elif not sent:
                    for block in blocks:
                        if type(block) is not bytes:
                            sent = -1
                            break
                        sent += len(block)
                if sent >= 0 and call.due in (None, sent):
                    # There is nothing to say, and as a rule there won't be.
                    call.gave = sent
                    if of is not None:
                        self.passed.append((call.index, of))
                    return
        elif of is None and blocks and type(blocks[0]) is not bytes:
            from . import checks

            if checks.left(call, blocks):
                return
        self.of(call).returned(None if of is None else self.of(of), blocks)

    def is_right(self, status: Any, headers: Any, given: list[Any] | None = None) -> bool:
        """Whether a status and headers, of which there may be a copy, are right, which is to be
        found out at little expense."""
        if type(headers) is not list:
            return False
        good = self.good
        if (
            given is None
            and status is self.status
            and len(good) == len(headers)
            and good
            and all(map(is_, good, headers))
        ):
            # As the outermost stage has told of them.
            self.more, self.usual = _NO_MORE, self.typed and self.code not in BODILESS
            return True
        # Else it is to be known what is more than the stage within gave.
        whole = given is None or not good
        if whole:
            try:
                found = WHOLE.get(dumps((status, headers), FORM))
            except ValueError:
                found = None  # of which there is something to say
            if found is not None:
                self.status, self.more = status, None
                self.code, self.length, self.typed, self.usual = found
                if given is not None:
                    self.good = given
                elif len(good) != len(headers) or not all(map(is_, good, headers)):
                    self.good = headers[:]
                return True
        if status is not self.status:
            if type(status) is not str or status not in STATUSES:
                return False
            self.status, self.code = status, status[:3]
        known, new, more = len(good), headers, None
        if not known or len(headers) < known or not all(map(is_, good, headers)):
            length, typed = None, False
        elif len(headers) == known:
            self.more = _NO_MORE
            self.usual = self.typed and self.code not in BODILESS
            return True
        else:
            # What the stage within gave, with more behind it.
            length, typed = self.length, self.typed
            new = more = headers[known:]
        found = of_pairs(new, length, typed)
        if found is None:
            return False
        self.length, self.typed, held = found
        self.good = headers[:] if given is None else given
        self.more, self.usual = more, self.typed and self.code not in BODILESS
        if whole and held:
            keep(status, (self.code, self.length, self.typed, self.usual), self.good)
        return True

    @guarded
    def server(self, rule: str, message: str, pep: str, header: str = "") -> None:
        """Tell what was found at the server's boundary."""
        if self.root.by_hand:
            return
        if rule in _LATE and not self.over:
            # Who is to blame is known when all stages are looked at.
            self.tell_late((1, rule, message, pep, header))
        elif rule == "start-response-twice":
            again.caller(self, self.root).tell(rule, message, pep)
        else:
            self.tell(1, rule, message, pep, header)

    @guarded
    def written(self) -> None:
        """The server was given a block through write()."""
        self.root.relay()

    @guarded
    def changed_late(self, given: list[tuple[str, str]]) -> None:
        """The list that start_response took was found changed at the end of the request: by the
        stage that has made it, or by one around that, of those that have run since their calls have
        returned. (What was changed by then was told.)"""
        stage = 1
        if self.listed is given:
            bodies = self.exchange.record.open
            stage = max((call.index for call in bodies if call.index <= self.lister), default=1)
        self.tell(stage, "header-changed-late", rules.CHANGED_LATE)

    def changed_within(self, made: Pass, given: list[tuple[str, str]]) -> None:
        """The list that start_response took was found changed as a stage came to its end. One that
        a stage around it has made was in the hands of that alone."""
        if self.listed is given and 0 < self.lister < made.index:
            self.tell(self.lister, "header-changed-late", rules.CHANGED_LATE)
        else:
            made.tell("header-changed-late", rules.CHANGED_LATE)

    def look_at_taken(self, call: Call) -> None:
        """The stage comes to the end of the step in which it has called start_response: only it has
        run since. Who is around may have copied its list, and knows nothing of a later change."""
        headers, given = call.taken  # type: ignore[misc]
        call.taken = None
        if headers != given:
            self.tell(call.index, "header-changed-late", rules.CHANGED_LATE)

    def end(self, last: Any = ()) -> None:
        """All is told, with these events."""
        if self.over:
            return
        self.over, self.last = True, last
        doubtful: list[Pass] = []
        for made in self.passes:
            if (
                made.unclosed
                or made.nothing
                or made.of is not None
                or not made.started
                or made.length is not None
                and made.length != made.sent
                or made.blocks >= TINY_BLOCKS
            ):  # in the others, `finish` finds nothing
                doubtful.append(made)
        if doubtful:
            # The innermost first.
            for made in sorted(doubtful, key=lambda made: self.depth(made.index), reverse=True):
                made.finish()
        root = self._root
        if root is not None and root.file_within and not self.exchange.failed:
            root.tell("file-wrapper-lost", rules.FILE_LOST)
        if self.late:
            self.tell_all(self.late)
        # Each would keep the others until a collection.
        self.passes = self.last = ()
