"""The socket to the server, and the threads that share it.

Every thread lives the same life (`Link.serve`): it runs the requests that are queued, one after
the other, then takes the role of the reader if nobody has it, sends all that is unsent, and waits
for more frames; where another has the role, it waits for a nudge. A burst of requests is thus read
at once, run by one thread without a single switch, and answered in one write.

That no wake-up is lost rests on these rules:

* What is to be sent is appended to `out`, and whoever sends takes all of it. A thread may leave
  something unsent only while nobody has the reader's role and less than `PATIENCE` has passed
  since the server was last heard or told something. It looks at the role after it appended; a
  thread that takes the role looks at `out` after that. So either the one sees that it must send,
  or the other that there is something to send.
* While nobody has the role, some thread is neither in the application nor reading: there is one
  thread more than the application may have. It is waiting for a nudge, or on its way to the role,
  where it will send. The server nudges after a millisecond in which nothing passed, and all
  traffic since then took what was unsent along.
* Queued requests are taken by the thread that queued them, unless as many as are allowed are in
  the application; then by whoever leaves it, which looks at the queue once more after it gave back
  its slot. Those behind a request that is long in the application get a nudge for each millisecond
  without progress, as the server counts.
* A thread that waits for something of its own request (the body, room to send) takes the role if
  it is free. Whoever gives the role up wakes one that waits, if there is any, and one that stops
  waiting passes that on.
* A request that is stopped at a boundary gives its slot back (`Link.step_aside`), once it is known
  to be, and there may be one thread more. It does not read, since it could run none of what it
  read. It sees to it that another thread does if nobody has the role, and that one waits for a
  nudge. Once it goes on it has a slot again, or owes one: then the next that is given back is taken
  for it. Threads that are too many afterwards rest until the next request is stopped.
"""

from __future__ import annotations

import os
from collections import deque
from marshal import loads
from sys import modules

from . import commands, frames, native
from .body import EMPTY, Input
from .clock import monotonic_ns
from .exchange import Exchange
from .native import Event, Lock, Mutex
from .room import roomy

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from typing import Any, Callable

#: How long a thread may leave its answers unsent, in nanoseconds. The server's nudge comes after
#: twice that.
PATIENCE = 500_000

_BUFFER = 256 << 10
_unpack = frames.HEADER.unpack_from
_u32 = frames.U32.unpack_from
_REQUEST = frames.REQUEST


class Link:
    """The connection to the server, with the requests that came over it."""

    def __init__(self, sock: socket.socket, nudge: socket.socket, threads: int) -> None:
        self.sock = sock
        self.nudge = nudge
        self.app: Callable[..., Any] = _no_app
        self.threads = 1
        self.most_threads = threads + 1
        self.out: deque[Any] = deque()
        self.pending: deque[Exchange] = deque()
        self.open: dict[int, Exchange] = {}
        self.slots: deque[None] = deque([None] * threads)
        self.role = Lock()
        self.deadline = 0
        self.stopping = False
        self.plan: dict[str, Any] | None = None
        #: How many modules had been imported when `imported` was last called, which tells of more.
        self.modules = 0
        self.imported: Callable[[], None] = _nothing
        #: Who records what stages do (see stages.recording); None where they are not told apart.
        self.recorder: Any = None
        #: How requests that are to come are to go through the stages, by their numbers.
        self.surgeries: dict[int, dict[str, Any]] = {}
        #: What threads wait by in the application, with the number of the request that each is for.
        self.waiting: dict[Event, int] = {}
        #: How many threads wait for a nudge.
        self.idle = 0
        self._sending = Mutex()
        self._census = Mutex()
        self._leaving = Lock()
        #: Slots that are owed by requests that went on while all were taken.
        self._owed: deque[None] = deque()
        self._resting: deque[Event] = deque()
        self._buffer = bytearray(_BUFFER)
        self._view = memoryview(self._buffer)
        self._have = 0

    # The life of a thread.

    def run(self) -> None:
        """Serve requests with this thread as the first one. Does not return."""
        self._start_thread()
        self.serve()

    @roomy
    def serve(self) -> None:
        pending, slots, role, owed = self.pending, self.slots, self.role, self._owed
        while True:
            if pending:
                try:
                    slots.pop()
                except IndexError:
                    pass  # as many as may are in the application; this thread only reads
                else:
                    while pending and not owed:
                        try:
                            exchange = pending.popleft()
                        except IndexError:
                            break  # another thread was faster
                        exchange.run()
                    if not (owed and self._pay()):
                        slots.append(None)
                    if pending:
                        continue
                if len(modules) != self.modules:
                    self.imported()
            if self.stopping and not self.open:
                self.leave()
            if role.acquire(False):
                try:
                    if self.out:
                        self.flush()
                    self.read()
                finally:
                    role.release()
                if self.waiting:
                    self._pass_on()
            else:
                if self.out:
                    self.flush()
                if self.threads > self.most_threads and self._rest():
                    continue
                self._await_nudge()

    def _await_nudge(self) -> None:
        with self._census:
            self.idle += 1
        while True:
            try:
                nudged = self.nudge.recv(1)
            except OSError:
                nudged = b""
            if not nudged:
                self.lost()
            if self.recorder is not None:
                self._send_records()
            if self.out:
                self.flush()
            if self.pending or not self.role.locked():
                break
        with self._census:
            self.idle -= 1
            more = self.idle == 0 and self.threads < self.most_threads
            if more:
                self.threads += 1
        if more:
            self._start_thread()

    def _start_thread(self) -> None:
        native.start(self._follow, "snifter")

    def _follow(self) -> None:
        self._be_nobodys()
        self._await_nudge()
        self.serve()

    def _lead(self) -> None:
        self._be_nobodys()
        self.serve()

    def _be_nobodys(self) -> None:
        """A thread that was started while a request ran is no part of that request."""
        if self.recorder is not None:
            from .stages.finding.learn import forget

            forget()

    def _pass_on(self) -> None:
        """Wake one thread that waits for something of its request, to take the reader's role."""
        for event in list(self.waiting):
            event.set()
            return

    def wait(self, number: int, ready: Callable[[], bool]) -> None:
        """Wait in the application's thread until `ready`, which the request's frames make true."""
        if self.out:
            self.flush()
        event = Event()
        self.waiting[event] = number
        try:
            while True:
                event.clear()
                if ready():
                    return
                if self.role.acquire(False):
                    try:
                        if self.out:
                            self.flush()
                        self.read()
                    finally:
                        self.role.release()
                    continue
                event.wait()
        finally:
            del self.waiting[event]
            if self.waiting and not self.role.locked():
                self._pass_on()

    def wake(self, number: int) -> None:
        """Have the threads that wait for something of a request look whether it is there."""
        for event, waits_for in self.waiting.copy().items():
            if waits_for == number:
                event.set()

    def step_aside(self) -> None:
        """Before the application's thread waits for long: let another one work in its place."""
        self.slots.append(None)
        with self._census:
            self.most_threads += 1
            leads = bool(self.pending) or not self.role.locked()
            follows = self.idle == 0 and self.threads < self.most_threads
            if follows:
                self.threads += 1
        if follows:
            self._start_thread()
        if leads:
            self._relieve()

    def step_back(self) -> None:
        """The thread that stepped aside goes on."""
        self._owed.append(None)
        try:
            self.slots.pop()
        except IndexError:
            return
        if not self._pay():
            self.slots.append(None)  # another thread was faster

    def _pay(self) -> bool:
        """Give up a slot that is owed, if there is one, and the thread that was had for it."""
        try:
            self._owed.pop()
        except IndexError:
            return False
        with self._census:
            self.most_threads -= 1
        return True

    def _relieve(self) -> None:
        """Have a thread take what is queued, and the reader's role."""
        with self._census:
            self.threads += 1
            event = self._resting.popleft() if self._resting else None
        if event is not None:
            event.set()
        else:
            native.start(self._lead, "snifter")

    def _rest(self) -> bool:
        """Wait until there is work for more threads than usual, unless this one is not too many."""
        event = Event()
        with self._census:
            if self.threads <= self.most_threads:
                return False
            self.threads -= 1
            self._resting.append(event)
        event.wait()
        return True

    def leave(self) -> None:
        """End the process, all being done."""
        if not self._leaving.acquire(False):
            Event().wait()  # another thread is about it
        self.flush()
        _exit_tidily()

    def lost(self) -> None:
        """End the process and its children: the server is gone."""
        if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
            import signal

            os.killpg(0, signal.SIGKILL)
        os._exit(1)

    # Sending.

    def flush(self) -> None:
        """Send all that is unsent."""
        out = self.out
        with self._sending:
            n = len(out)
            while n:
                data = out.popleft() if n == 1 else b"".join([out.popleft() for _ in range(n)])
                try:
                    self.sock.sendall(data)
                except OSError:
                    self.lost()
                n = len(out)
        self.deadline = monotonic_ns() + PATIENCE

    def put(
        self, kind: int, number: int, payload: bytes = b"", flags: int = 0, stage: int = 0
    ) -> None:
        """Send a frame, now or soon, after what is unsent of the request's stages."""
        if self.recorder is not None and kind != frames.STAGE_NAMED:
            exchange = self.open.get(number)
            if exchange is not None and exchange.record is not None:
                exchange.record.send()
        now = monotonic_ns()
        self.out.append(frames.HEADER.pack(len(payload), kind, flags, stage, number, now) + payload)
        if now > self.deadline or self.role.locked():
            self.flush()

    def _send_records(self) -> None:
        """Have what is unsent of stages sent: a request may hang in one of them."""
        for exchange in list(self.open.values()):
            record = exchange.record
            hangs = exchange.status is not None and not (
                exchange.begun or exchange.exc_flag or exchange.hand is not None
            )
            if record is None:
                if hangs:
                    exchange.tell_unsent()  # the application is its one stage
                continue
            if hangs:
                record.add(exchange.newly_given)
            record.send()

    # Reading. The caller has the reader's role.

    def read(self) -> None:
        """Wait for frames and take in all that have come."""
        view, have = self._view, self._have
        try:
            n = self.sock.recv_into(view[have:])
        except OSError:
            n = 0
        if n == 0:
            self.lost()
        self.deadline = monotonic_ns() + PATIENCE
        have += n
        at = 0
        buffer, pending, opened = self._buffer, self.pending, self.open
        while have - at >= 20:
            size, kind, flags, _, number, _ = _unpack(buffer, at)
            end = at + 20 + size
            if end > have:
                if size > frames.MAX_PAYLOAD:
                    self.lost()
                self._make_room(at, have, end - at)
                return
            if kind == _REQUEST:
                body = at + 24 + _u32(buffer, at + 20)[0]
                environ = loads(view[at + 24 : body])
                if flags and body == end:
                    stream = EMPTY
                else:
                    stream = Input(self, number, bytes(view[body:end]), bool(flags))
                exchange = Exchange(self, number, environ, stream)
                if self.surgeries:
                    commands.operate(self, exchange)
                opened[number] = exchange
                pending.append(exchange)
            else:
                commands.take(self, kind, flags, number, view[at + 20 : end])
            at = end
        if at < have:
            self._make_room(at, have, 20)
        else:
            self._have = 0

    def _make_room(self, at: int, have: int, need: int) -> None:
        """Move what is there of a frame to the front, into a larger buffer if it must be."""
        if at == 0 and need <= len(self._buffer):
            self._have = have
            return
        rest = bytes(self._view[at:have])
        if need > len(self._buffer):
            self._buffer = bytearray(need + need // 4)
            self._view = memoryview(self._buffer)
        self._view[: len(rest)] = rest
        self._have = len(rest)


def _nothing() -> None:
    pass


def _no_app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
    raise RuntimeError("a request came before the application was loaded")


def _exit_tidily() -> None:
    import atexit
    import sys

    try:
        atexit._run_exitfuncs()  # type: ignore[attr-defined]
    finally:
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except Exception:
                pass
        os._exit(0)
