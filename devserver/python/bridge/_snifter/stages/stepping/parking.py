"""A request that is stopped at a boundary: what is told of it, and what is done with it by hand.

The request waits in its own thread, which takes no part in the worker's threads meanwhile
(`Link.step_aside`). What can be changed is in a `Halt`; whoever was about to cross the boundary
goes on with what stands there afterwards. An answer given by hand unwinds to the stage that gives
it by `Answered`, so that no code between takes it for a failure of its own.
"""

from __future__ import annotations

from marshal import dumps

from ... import frames
from ...clock import monotonic_ns
from ...streams import FileWrapper
from ..events import CHUNK, ENTER, EXCEPTION, EXIT, INPUT, START_RESPONSE, WRITE
from ..failures import report
from ..frameworks import contents, replies
from ..kinds import ids
from ..values import OURS, body_name, items_of, plain_value, shown
from . import stops
from .typed import alike, exception_type, wrong_headers, wrong_status

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ...exchange import Exchange
    from ..running.calls import Call
    from .stops import Hand

_ANSWERED_AT = (ENTER, INPUT, START_RESPONSE, EXIT, EXCEPTION)
_GOING_ON = ("continue", "step", "into", "over", "out", "pass")
_LISTS = ids(list, tuple)


class Answered(BaseException):
    """Leads to the call that answers by hand. No application is meant to catch it."""

    def __init__(self, call: Call) -> None:
        super().__init__("the request was answered by hand")
        self.call = call


class Replaced(Exception):
    """What start_response is told where an answer by hand replaces one that was given before
    (PEP 3333, "The start_response() Callable": only with exc_info can it be)."""


class Answer:
    """What a stage is to answer."""

    __slots__ = ("status", "headers", "block", "error", "given", "args")

    def __init__(
        self,
        status: str,
        headers: list[tuple[str, str]],
        block: bytes,
        error: BaseException | None,
    ) -> None:
        self.status = status
        self.headers = headers
        self.block = block
        #: The exception that it stands for, if any.
        self.error = error
        #: The stage has begun to answer with it.
        self.given = False
        #: What a framework's layer that answers was called with.
        self.args: tuple[Any, ...] = ()


class Halt:
    """A call at a boundary, with what is at hand there."""

    __slots__ = (
        *("call", "boundary", "status", "headers", "block", "nth", "result", "error", "where"),
    )

    def __init__(self, call: Call, boundary: int) -> None:
        self.call = call
        self.boundary = boundary
        self.status: Any = None
        self.headers: Any = None
        self.block: Any = None
        #: Which block it is, from 1, of a list that is passed on.
        self.nth = 0
        self.result: Any = None
        self.error: BaseException | None = None
        self.where = "call"


def park(halt: Halt, met: list[int]) -> None:
    """Wait until the request goes on. Raises what is to be raised here, Answered among it."""
    __traceback_hide__ = True
    exchange = halt.call.record.exchange
    hand = stops.hand_of(exchange)
    raised = None
    with hand.lock:
        if not exchange.gone:
            try:
                raised = _Stay(halt, met, exchange, hand).until_it_goes_on()
            except Exception as error:
                report("parking", error)
    if raised is not None:
        try:
            raise raised from None
        finally:
            del raised  # no cycle through this frame


class _Stay:
    """One request's time at one boundary."""

    def __init__(self, halt: Halt, met: list[int], exchange: Exchange, hand: Hand) -> None:
        self.halt = halt
        self.met = met
        self.exchange = exchange
        self.hand = hand
        self.raised: BaseException | None = None

    def until_it_goes_on(self) -> BaseException | None:
        halt, hand = self.halt, self.hand
        record = halt.call.record
        link = self.exchange.link
        began = monotonic_ns()
        if self.exchange.status is None:
            self.exchange.tell_entered()
        hand.stays = not stops.judged(self.met)
        aside = False
        try:
            trouble = ""
            while True:
                hand.command = None
                hand.wake.clear()
                record.send()
                told = dumps(self.state(trouble), 2)
                link.put(frames.PARKED, self.exchange.number, told, 0, halt.call.index)
                link.flush()
                if not aside:
                    link.wait(self.exchange.number, self.is_judged)
                    if hand.command is None and not self.exchange.gone:
                        link.step_aside()
                        aside = True
                while hand.command is None and not self.exchange.gone:
                    hand.wake.wait()
                    hand.wake.clear()
                command = hand.command or {"action": "abort"}
                try:
                    trouble = self.obey(command)
                except Exception as error:
                    trouble = f"it could not be done: {type(error).__name__}: {error}"
                if trouble is None:
                    break
        finally:
            if aside:
                link.step_back()
        action = command["action"]
        took = monotonic_ns() - began
        if action == "pass":
            hand.never.update(command.get("never") or ())
            record.stood(halt.call, took)
        else:
            hand.go_on(action, halt.call, halt.boundary)
            stop = self.met[0] if self.met else 0
            record.paused(halt.call, halt.boundary, took, stop, action)
            # Before any block is: until then the server's time stands still for what it is given.
            record.send()
        return self.raised

    def is_judged(self) -> bool:
        """Whether it is known that the request stays, or how it goes on. Until then it keeps its
        slot: one that is not meant lets no other one run beside it."""
        hand = self.hand
        return hand.stays or hand.command is not None or self.exchange.gone

    # What is told.

    def state(self, trouble: str) -> dict[str, Any]:
        halt = self.halt
        environ, objects = plain_environ(environ_of(halt.call))
        status, headers = self.head()
        block = halt.block
        error = None
        if halt.error is not None:
            from ...tracebacks import describe

            error = describe(halt.error, halt.where)
        return {
            "boundary": stops.NAMES[halt.boundary],
            "stops": self.met,
            "environ": environ,
            "objects": objects,
            "status": status,
            "headers": headers,
            "block": block[:_MOST_BLOCK] if type(block) is bytes else None,
            "result": self.result(),
            "exception": error,
            "edits": self.edits(),
            "trouble": trouble,
        }

    def result(self) -> str:
        """What the stage gives is called, where it is no block as it should be."""
        halt = self.halt
        if halt.boundary == EXIT:
            return result_name(halt.result)
        if halt.boundary in (WRITE, CHUNK) and type(halt.block) is not bytes:
            return result_name(halt.block)
        return ""

    def head(self) -> tuple[str, list[tuple[str, str]]]:
        """The status and headers as they stand: what the stage is about to give, or what the last
        one has."""
        halt = self.halt
        if halt.status is not None:
            given = (halt.status, halt.headers)
        elif self.exchange.head is not None:
            given = self.exchange.head
        elif self.exchange.status is not None:
            given = (self.exchange.status, self.exchange.headers)
        else:
            return "", []
        return plain_head(*given)

    def edits(self) -> list[str]:
        halt = self.halt
        found = []
        if environ_of(halt.call) is not None:
            found.append("environ")
        if halt.boundary == START_RESPONSE:
            found += ["status", "headers"]
        if halt.boundary in (WRITE, CHUNK):
            found.append("chunk")
        if not self.why_no_answer():
            found.append("respond")
        return [*found, "raise"]

    def why_no_answer(self) -> str:
        """Why the request can't be answered here, or nothing."""
        halt = self.halt
        name = stops.NAMES[halt.boundary]
        if halt.boundary not in _ANSWERED_AT:
            return f"a request can't be answered at {name}"
        if halt.error is not None and halt.where == "close":
            return "the response is over"
        if self.exchange.begun:
            return "the head of the response was sent already"
        call = answering(halt.call)
        if call is None or getattr(call, "answer", None) is not None or not can_answer(call, halt):
            return "there is no stage here that could answer"
        return ""

    # What is done.

    def obey(self, command: dict[str, Any]) -> str | None:
        """Do what the command says; None where the request goes on, what was impossible or "" where
        it stays."""
        action = command.get("action")
        if action in _GOING_ON:
            return None
        if action == "edit":
            return self.edit(command)
        if action == "respond":
            return self.respond(command)
        if action == "raise":
            return self.raise_(command)
        if action == "abort":
            self.exchange.gone = True
            self.exchange.input.fail("the request was aborted")
            return None
        return f"{action!r} is unknown here"

    def edit(self, command: dict[str, Any]) -> str:
        halt, call = self.halt, self.halt.call
        name = stops.NAMES[halt.boundary]
        environ = environ_of(call)
        changed: dict[str, str] = command.get("environ") or {}
        unset: list[str] = command.get("unset") or []
        status, headers = command.get("status") or "", command.get("headers")
        block = command.get("block")
        trouble = ""
        if (changed or unset) and environ is None:
            trouble = "there is no environ here"
        elif (status or headers is not None) and halt.boundary != START_RESPONSE:
            trouble = f"status and headers can be changed at start_response, not at {name}"
        elif block is not None and halt.boundary not in (WRITE, CHUNK):
            trouble = f"a block can be changed at chunk and write, not at {name}"
        elif status:
            trouble = wrong_status(status)
        elif not (changed or unset or headers is not None or block is not None):
            trouble = "nothing was to be changed"
        trouble = trouble or wrong_headers(headers or ())
        if trouble:
            return trouble
        done: dict[str, Any] = {}
        if changed or unset:
            removed = [key for key in unset if dict.__contains__(environ, key)]
            for key in removed:
                dict.__delitem__(environ, key)
            typed = {key: alike(dict.get(environ, key), text) for key, text in changed.items()}
            dict.update(environ, typed)
            call.record.looked(call)
            done["environ"] = (dumps(typed, 2), {}, removed)
        if status:
            halt.status = done["status"] = status
        if headers is not None:
            halt.headers = [(key, value) for key, value in headers]
            done["headers"] = halt.headers[:]
        if block is not None:
            if type(halt.block) is not bytes or len(halt.block) != len(block):
                self.hand.resized = call
            halt.block = done["block"] = block
            if halt.nth:
                done["nth"] = halt.nth
        if status or headers is not None or block is not None:
            call.record.lint.by_hand(halt.status, halt.headers)
        call.record.edited(call, halt.boundary, done)
        return ""

    def respond(self, command: dict[str, Any]) -> str | None:
        halt, call = self.halt, self.halt.call
        status, headers = command.get("status") or "200 OK", command.get("headers") or []
        block = command.get("block") or b""
        trouble = self.why_no_answer() or wrong_status(status) or wrong_headers(headers)
        if trouble:
            return trouble
        headers = [(key, value) for key, value in headers]
        of = answering(call)
        of.answer = Answer(status, headers, block, halt.error)
        call.record.lint.answered(status, headers, block)
        if of.environ is not None and of.record is not None:
            of.record.lint.of(of).by_hand = True
        call.record.edited(
            call,
            halt.boundary,
            {"status": status, "headers": headers[:], "block": block, "respond": True},
        )
        if of is not call and block:
            contents.stands(call, (block,), monotonic_ns())
        self.raised = Answered(of)
        return None

    def raise_(self, command: dict[str, Any]) -> str | None:
        halt = self.halt
        name, message = command.get("type") or "RuntimeError", command.get("message") or ""
        kind = exception_type(name)
        if kind is None:
            return (
                f"there is no exception type {name}: a built-in one is named as it is, another "
                "with its module, which must have been imported"
            )
        try:
            error = kind(message) if message else kind()
        except Exception as failure:
            return f"{name} can't be made of a message: {type(failure).__name__}: {failure}"
        if not isinstance(error, BaseException):
            return f"{name} makes no exception"
        self.raised = error
        told = f"{name}: {message}" if message else name
        halt.call.record.edited(halt.call, halt.boundary, {"raise": told})
        return None


_MOST_BLOCK = 4 << 20


def environ_of(call: Call) -> dict[str, Any] | None:
    """The environ of a call, for a framework's layer that of the stage around it; None where that
    is no dict."""
    outer: Call | None = call
    while outer is not None:
        if outer.environ is not None:
            return outer.environ if issubclass(type(outer.environ), dict) else None
        outer = outer.parent
    return None


def answering(call: Call) -> Call | None:
    """The call that answers where this one is to: itself, or the WSGI stage around it where a
    framework's layer has no response to give."""
    if replies.has_response(call):
        return call
    outer: Call | None = call
    while outer is not None and outer.environ is None:
        outer = outer.parent
    return outer


def can_answer(call: Call, halt: Halt) -> bool:
    from ..running import instances

    if call.environ is None:
        return True  # its hook is on the way
    if not _is_reached(call, halt):
        return False
    kind = getattr(call, "made", None)
    return kind is None or instances.gives_others(kind)


def _is_reached(call: Call, halt: Halt) -> bool:
    """Whether Answered comes to where the call can answer: to its hook, or to a step of its body,
    and for the outermost stage to the exchange. A step that began while there was nowhere to stop
    lets it pass, nor is what had passed the body on by then on the way."""
    if call.catching:
        return True
    record = call.record
    if call is record.root:
        return record.exchange.late is not None and not record.exchange.began
    if halt.call is call and halt.boundary == EXCEPTION:
        return halt.where == "call"
    return not call.spent


def plain_head(status: Any, headers: Any) -> tuple[str, list[tuple[str, str]]]:
    """What was given to start_response, as far as it is of the right types."""
    pairs = []
    if id(type(headers)) in _LISTS:
        for pair in headers:
            if id(type(pair)) in _LISTS and len(pair) == 2:
                name, value = pair
                if issubclass(type(name), str) and issubclass(type(value), str):
                    pairs.append((str.__str__(name), str.__str__(value)))
    return str.__str__(status) if issubclass(type(status), str) else "", pairs


def result_name(value: Any) -> str:
    """The name of the type of what a stage returned."""
    return body_name(type(value))


def plain_environ(environ: dict[str, Any] | None) -> tuple[dict[str, Any], dict[str, str]]:
    """What can be told of an environ: its plain values, and reprs of the others."""
    plain: dict[str, Any] = {}
    objects: dict[str, str] = {}
    for key, value in [] if environ is None else list(items_of(environ)):
        name = key if type(key) is str else shown(key)
        try:
            plain[name] = plain_value(value)
        except ValueError:
            objects[name] = _own_name(value) or shown(value)
    return plain, objects


def _own_name(value: Any) -> str:
    """What the server's own objects are called, as when the worker was ready; or nothing."""
    if value is FileWrapper:
        return f"<class {FileWrapper.__name__!r}>"
    return repr(value) if str(type(value).__module__).startswith(OURS) else ""
