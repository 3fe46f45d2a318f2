"""One request and its response: calling the application by the rules of PEP 3333."""

from __future__ import annotations

from marshal import dumps
from operator import itemgetter
from sys import modules
from threading import get_ident

from . import frames, rules
from .answer import FORMAT, LARGE, PIECE
from .body import EMPTY
from .clock import monotonic_ns
from .response import ClientGone, Response
from .rules import Breach
from .streams import Errors, FileWrapper, running

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterable

    from .body import Input
    from .link import Link
    from .stages.recording.environ import Seen
    from .stages.running.calls import Call

#: As `lessons.key` has it.
_place = itemgetter("REQUEST_METHOD", "PATH_INFO", "HTTP_HOST")
_head_header = frames.HEAD_HEADER.pack
_header = frames.HEADER.pack
_HEAD = frames.HEAD
_AHEAD = frames.FLAG_AHEAD
_WHOLE = frames.FLAG_END | frames.FLAG_BLOCK | frames.FLAG_SIZED
#: It is told by itself when a body was closed that took so long, in nanoseconds.
_LONG = 1_000_000


class Exchange(Response):
    """A request under way.

    The application's thread owns it; the thread that reads sets `credit` and `gone`.
    """

    __slots__ = (
        *("environ", "input", "texts", "handed", "seen", "inner", "outermost", "lesson"),
        *("surgery",),
        *("__dict__", "__weakref__"),
    )

    input: Input
    #: Texts (wsgi.errors, print) that may hold the beginning of a line.
    texts: list[Any] | None
    #: The environ, and what the server gave it, while the application is called or its body runs
    #: and stages are told apart: `handed`, or `seen` where there were inner stages before.
    environ: dict[str, Any] | None
    handed: dict[str, Any] | None
    seen: Seen | None
    #: How long steps of inner stages' bodies took that the server itself has iterated, in
    #: nanoseconds.
    inner: int
    #: The outermost stage was entered.
    outermost: bool
    #: What ends that it is watched, where it is: to see which stages there are.
    lesson: Callable[[], None] | None
    #: How it is to go through the stages otherwise than they were built (see stages.stepping).
    surgery: Any

    # What few set.
    failed = False
    #: Its outermost stage stops as any stage does, and so does the body of that.
    by_hand = body_by_hand = False
    #: What a stage gave to start_response last, as far as that was looked at for a stop.
    head: tuple[Any, Any] | None = None

    def __init__(self, link: Link, number: int, environ: dict[str, Any], stream: Input) -> None:
        self.link = link
        self.number = number
        self.environ = environ
        self.input = stream
        self.status = self.record = self.late = self.length = self.checker = self.hand = None
        self.headers = self.given_headers = None  # type: ignore[assignment]
        self.texts = self.handed = self.seen = self.lesson = self.surgery = None
        self.begun = self.gone = self.over = self.watch = self.outermost = False
        self.started = self.began = self.exc_flag = self.inner = 0
        self.blocks = self.sent = self.given = self.nth = 0

    def run(self) -> None:
        """Call the application, send what it answers, and end the request. Nothing is raised."""
        link, number, environ = self.link, self.number, self.environ
        recorder = link.recorder
        call = link.app
        if recorder is None:
            # Not kept: the environ holds wsgi.errors, which holds this, and the cycle would live
            # until a collection.
            self.environ = None
        else:
            lessons = recorder.lessons
            if lessons is not None:
                try:
                    at = _place(environ)
                except KeyError:  # there is no host
                    at = environ["REQUEST_METHOD"], environ["PATH_INFO"], None
                if at not in lessons.known:
                    self.lesson = recorder.teach(self)
                    call = link.app  # what was learned meanwhile may call it otherwise
            self.outermost = recorder.bypassed
            if self.input is not EMPTY:
                self.input = recorder.told(self.input, environ)
            if recorder.armed or self.surgery is not None:
                call = recorder.by_hand(self)
        environ["wsgi.input"] = self.input
        environ["wsgi.errors"] = Errors(self)
        environ["wsgi.file_wrapper"] = FileWrapper
        if environ["REQUEST_METHOD"] == "HEAD":
            self.no_body = True
        ident = get_ident()
        running[ident] = self
        if recorder is not None:
            if recorder.deep:
                try:
                    self.seen = recorder.seen(environ)
                except Exception as failure:
                    recorder.failing(recorder.seen, failure)
            else:
                self.handed = environ.copy()
            recorder.enter_context(self)
        self.entered = monotonic_ns()
        try:
            result = call(environ, self.start_response)
            if self.late is not None:
                result = self.late.left(result)
            kind = type(result)
            record = self.record
            if (
                (kind is list or kind is tuple)
                and len(result) == 1
                and self.status is not None
                and not self.begun
                and type(block := result[0]) is bytes
                and 0 < (length := len(block)) <= LARGE
                and not self.gone
                and (self.length is None or self.length == length)
            ):
                # What most applications answer: one block, which goes out in one frame with all
                # the rest.
                now = monotonic_ns()
                told = False
                if (
                    self.texts is not None
                    or self.watch
                    or self.given_headers != self.headers
                    or len(modules) != link.modules
                ):
                    told = True
                    self._tell_before(result)
                    now = monotonic_ns()
                head = dumps((self.status, self.headers, self.entered, self.started), FORMAT)
                size = len(head)
                flags = _WHOLE | self.exc_flag
                ended = False
                if record is not None:
                    if not link.pending and self.hand is None:
                        # Nothing else is to be done: the client need not wait for what is told.
                        ahead = flags | _AHEAD
                        link.out.append(
                            _head_header(4 + size + length, _HEAD, ahead, 0, number, now, size)
                            + head
                            + block
                        )
                        link.flush()
                        flags = 0
                    try:
                        if told:
                            record.finish(now, block)
                        else:
                            ended = record.answered(result, now, not flags)
                    except Exception as failure:
                        recorder.failing(record.finish, failure)
                if flags:
                    link.out.append(
                        _head_header(4 + size + length, _HEAD, flags, 0, number, now, size)
                        + head
                        + block
                    )
                elif not ended:
                    link.out.append(_header(0, frames.END, 0, 0, number, monotonic_ns()))
                self.over = True
                running[ident] = None
                del link.open[number]
                if self.input is not EMPTY:
                    self.input.cut_off()
                if now > link.deadline or link.role.locked():
                    link.flush()
                if recorder is not None:
                    self.environ = self.handed = self.seen = None
                    recorder.enter_context(None)
                    if lessons is not None and self.lesson is not None:
                        self.lesson()
                return
            if record is not None:
                self._tell_returned(result)
        except BaseException as error:
            result, raised = (None, error) if self.late is None else self.late.failed(error)
            answered = raised is None
            if raised is not None:
                record = self.record
                if record is not None and not record.root.spent:
                    self._tell_returned(None)
                self._fail("call", raised)
                raised = None  # no cycle through this frame
        else:
            answered = True
        if answered:
            self._iterate(result)
        self._end()
        running[ident] = None
        if recorder is not None:
            recorder.enter_context(None)
            if lessons is not None and self.lesson is not None:
                self.lesson()

    # The outermost stage.

    def _tell_before(self, result: Any) -> None:
        """Tell what there seldom is to be told before an answer of one block."""
        if self.record is not None:
            self._tell_returned(result)
        if len(modules) != self.link.modules:
            self.link.imported()
        self._finish_texts()
        if self.watch:
            self._look(result[0])
        if self.given_headers != self.headers:
            self._changed_late()

    def _tell_returned(self, result: Any) -> None:
        record = self.record
        try:
            record.returned(result)
        except Exception as failure:
            self.link.recorder.failing(record.returned, failure)

    def call(self) -> Call | None:
        """The call of the outermost stage, for what is entered within it."""
        record = self.record
        if record is None:
            recorder = self.link.recorder
            if recorder is None:
                return None
            try:
                record = recorder.begin(self)
            except Exception as failure:
                recorder.failing(recorder.begin, failure)
            if record is None:
                return None
        return record.root

    def is_outermost(self, hook: Any, receiver: Any, environ: Any) -> bool:
        """Whether what is called is the outermost stage itself, or a method further of the same
        layer, as long as nothing was entered within it."""
        recorder = self.link.recorder
        if recorder is None or environ is not self.environ:
            return False
        if receiver is not None and receiver is recorder.receiver:
            if hook.is_again(self, receiver):
                return False
            self.outermost = self.outermost or hook is recorder.hook
            return True
        if self.outermost or hook is not recorder.hook:
            return False
        self.outermost = True
        return receiver is recorder.receiver

    # The body.

    def _iterate(self, result: Iterable[bytes]) -> None:
        self.began = monotonic_ns()
        if self.record is not None:
            self.record.root.began = self.began
        try:
            try:
                blocks = iter(result)
            except TypeError:
                from .stages.kinds import defines

                if defines(type(result), "__iter__"):
                    raise
                message = rules.not_iterable(result)
                self._breach(Breach("not-iterable", TypeError(message), rules.SPECIFICATION))
            if isinstance(result, (str, bytes)):
                self._tell_of_string(result)
            if type(result) is FileWrapper:
                result.prepare(None if self.length is None else self.length - self.sent, PIECE)
            for given in blocks:
                block = given
                if self.late is not None:
                    block = self.late.chunk(block)
                record = self.record
                if record is not None:  # a generator's begins in its body
                    root = record.root
                    if root.began:
                        root.spent += monotonic_ns() - root.began
                        root.began = 0
                if type(block) is not bytes:
                    block = self._as_bytes(block, rules.YIELDED)
                if self.gone:
                    break
                self.blocks += 1
                if block:
                    self._block(block, 0)
                else:
                    if self.status is None:
                        self.early = self.watch = True
                    if record is not None:
                        record.gave_nothing()
                if record is not None:
                    root.began = monotonic_ns()
            else:
                if self.record is not None:  # it may have been entered in the last step
                    self.stepped()
            if self.status is None and not self.gone:
                self._not_started(rules.NEVER_STARTED)
            if not self.begun and not self.gone:
                # Nothing but empty blocks: the head goes out at the end, and that is known to be
                # the whole body.
                if self.early:
                    self._tell_late()
                self._send_head(b"", frames.FLAG_SIZED)
        except BaseException as error:
            if self.record is not None:
                self.stepped()
            self._fail("iterate", error)
        try:
            close = getattr(result, "close", None)
            if close is not None:
                record = self.record
                self.began = monotonic_ns()
                if record is not None:
                    try:
                        record.closing(self.began)
                    except Exception as failure:
                        self.link.recorder.failing(record.closing, failure)
                if self.late is not None:
                    try:
                        self.late.close()
                    except BaseException:  # raised by hand
                        close()
                        raise
                close()
                now = monotonic_ns()
                took = now - self.began
                if self.record is not None:
                    self.record.root.spent += took
                # Where there is one stage alone, its times are made of those of its boundaries.
                if took > _LONG or self.record is None and now - self.entered > _LONG:
                    self.link.put(frames.CLOSED, self.number)
        except BaseException as error:
            self._fail("close", error)
            self.link.put(frames.CLOSED, self.number)

    def stepped(self) -> None:
        """Tell the outermost stage of the time that a step of its body took."""
        root = self.record.root
        if root.began:
            root.spent += monotonic_ns() - root.began
            root.began = 0

    # The end, and failures.

    def _end(self) -> None:
        link = self.link
        flags = 0
        if self.failed:
            flags = frames.FLAG_BROKEN
            if not self.begun:
                self._tell_begun()
        else:
            if self.length is not None and self._is_short():
                flags = frames.FLAG_BROKEN
            if self.raised:
                self._swallowed()
            if self.blocks >= rules.TINY_BLOCKS:
                self._look_at_blocks()
        if self.gone and not self.begun:
            flags = frames.FLAG_BROKEN
            if not self.failed:
                self.tell_unsent()
        if self.given_headers is not None and self.given_headers != self.headers:
            self._changed_late()
        if self.texts is not None:
            self._finish_texts()
        record, ended = self.record, False
        if record is not None:
            ahead = not flags and not self.gone and not link.pending and self.hand is None
            now = monotonic_ns()
            if ahead:
                link.out.append(_header(0, frames.END, _AHEAD, 0, self.number, now))
                link.flush()
            try:
                ended = record.finish(now, last=ahead and len(modules) == link.modules)
            except Exception as failure:
                link.recorder.failing(record.finish, failure)
        elif self.waited:
            self.tell_spent()
        self.environ = self.handed = self.seen = None
        self.over = True
        if len(modules) != link.modules:
            link.imported()
        now = monotonic_ns()
        if not ended:
            link.out.append(_header(0, frames.END, flags, 0, self.number, now))
        del link.open[self.number]
        if self.input is not EMPTY:
            self.input.cut_off()
        if now > link.deadline or link.role.locked():
            link.flush()

    def _finish_texts(self) -> None:
        for text in self.texts or ():
            text.finish()

    def _fail(self, where: str, error: BaseException) -> None:
        """Tell of an exception that the application let through.

        It ends this request alone, whatever it is.
        """
        if self.gone and isinstance(error, ClientGone):
            return
        if where != "call" and self.late is not None:
            error = self.late.broken(where, error)
        if where != "close":
            self.failed = True
        self._look_at_error(where, error)
        from .tracebacks import describe

        try:
            told = describe(error, where)
        except BaseException as worse:  # a traceback that can't be told must not end the worker
            told = {
                "where": where,
                "type": type(error).__name__,
                "message": f"(the exception could not be described: {type(worse).__name__})",
                "frames": [],
                "cause": None,
                "explicit": False,
                "text": "",
            }
        self.link.put(frames.EXCEPTION, self.number, dumps(told, FORMAT))
