"""The terminal that the server was started in, lent to the debugger of breakpoint().

A worker has no input, and what it prints is told with its requests. So the debugger reads from and
writes to the terminal itself, which is the worker's for as long as it waits for a line. Who may
have it is the server's to say: a debugger connects to a socket, says in a line its process group
and who it is, is told by a byte that it is its turn, and closes the connection when it is over.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from contextlib import contextmanager
from select import select

from .native import Lock, get_ident

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any, Iterator

_PATH = "/dev/tty"
_Socket = socket.socket
#: None, outside of a worker.
_lent: list[Terminal] = []


def lend(server: int, lender: str) -> None:
    """Have breakpoint() stop, in the terminal of the server of that process id, for which is asked
    at a socket; 0 if the terminal is not to be had, which breakpoint() then says."""
    if not hasattr(os, "tcsetpgrp"):
        server = 0
    _lent[:] = [Terminal(server, lender)]
    if not os.environ.get("PYTHONBREAKPOINT"):  # else another debugger's affair
        sys.breakpointhook = _stop
    if server:
        # While the terminal is the worker's, these keys are.
        signal.signal(signal.SIGINT, _interrupted)
        signal.signal(signal.SIGTSTP, lambda *_: None)


def _interrupted(*_: Any) -> None:
    for terminal in _lent:
        terminal.interrupt()


def _stop(*args: Any, **kwargs: Any) -> Any:
    __traceback_hide__ = True  # noqa: F841 (see hide)
    if os.environ.get("PYTHONBREAKPOINT"):
        return sys.__breakpointhook__(*args, **kwargs)
    frame = _caller()
    where = f"{os.path.basename(frame.f_code.co_filename)}:{frame.f_lineno}"
    terminal = found(f"breakpoint() at {where}", "does not stop")
    if terminal is None:
        return None
    return _debugger()(stdin=terminal, stdout=terminal, nosigint=True).set_trace(frame)


def _debugger() -> Any:
    """The class of debuggers of which one at a time talks to the user."""
    from pdb import Pdb

    class Debugger(Pdb):
        def interaction(self, *args: Any, **kwargs: Any) -> None:
            __traceback_hide__ = True  # noqa: F841
            with self.stdin.turn():  # type: ignore[attr-defined]
                super().interaction(*args, **kwargs)

    return Debugger


def found(who: str, otherwise: str) -> Terminal | None:
    """The terminal for one who asks, if there is one; else it is said what comes of that."""
    for terminal in _lent:
        with terminal.turn(who):
            if terminal.is_there():
                return terminal
        sys.__stderr__.write(  # type: ignore[union-attr]
            f"snifter: {who} {otherwise}: there is no terminal for a debugger. "
            "With `snifter run` in the foreground of one there is\n"
        )
    return None


def _caller() -> FrameType:
    """The frame that has called breakpoint()."""
    frame = sys._getframe(1)
    while frame.f_code.co_filename == __file__ and frame.f_back is not None:
        frame = frame.f_back
    return frame


class Terminal:
    """A stream of text, as far as debuggers need one."""

    encoding = "utf-8"

    def __init__(self, server: int, lender: str = "") -> None:
        self._server = server
        self._lender = lender
        self._turns = Lock()
        #: Whose turn it is, and whether the server has agreed.
        self._owner: int | None = None
        self._agreed = True
        self._waiting = False
        #: What ends the wait for a line; made when it is first wanted.
        self._pipe: tuple[int, int] | None = None

    @contextmanager
    def turn(self, who: str = "pdb") -> Iterator[None]:
        """Nobody else has the terminal meanwhile."""
        if self._owner == get_ident():
            yield
            return
        with self._turns:
            self._owner = get_ident()
            asking = _Socket(socket.AF_UNIX) if self._lender else None
            try:
                self._agreed = asking is None or self._ask(asking, who)
                yield
            finally:
                self._owner = None
                if asking is not None:
                    asking.close()

    def _ask(self, asking: socket.socket, who: str) -> bool:
        try:
            asking.connect(self._lender)
            line = f"{os.getpgrp()} {who}\n"
            asking.sendall(line.encode(self.encoding, "backslashreplace"))
            return bool(asking.recv(1))
        except OSError:
            return False

    def is_there(self) -> bool:
        """Whether the server runs in the foreground of a terminal, and lends it in this turn."""
        try:
            fd = self._open()
        except OSError:
            return False
        try:
            return os.tcgetpgrp(fd) in (os.getpgid(self._server), os.getpgrp())
        except OSError:
            return False
        finally:
            os.close(fd)

    def _open(self) -> int:
        if not self._server or not self._agreed:
            raise OSError("the terminal is not to be had")
        return os.open(_PATH, os.O_RDWR | os.O_NOCTTY)

    def write(self, text: str) -> int:
        with self.turn():
            fd = self._open()
            try:
                data = text.encode(self.encoding, "backslashreplace")
                while data:
                    data = data[os.write(fd, data) :]
            finally:
                os.close(fd)
        return len(text)

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return True

    def interrupt(self) -> None:
        """Have who waits for a line give up. Where nobody does, it is meant for the server."""
        if self._waiting and self._pipe is not None:
            os.write(self._pipe[1], b"!")
        else:
            os.kill(self._server, signal.SIGINT)

    def readline(self) -> str:
        """The next line; "" where there are no more."""
        with self.turn():
            if not self.is_there():
                return ""
            fd = self._open()
            self._pipe = self._pipe or os.pipe()
            self._waiting = True
            # Who is in the background may take a terminal if it does not heed this signal.
            before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTTOU,))
            try:
                os.tcsetpgrp(fd, os.getpgrp())
                try:
                    line = self._wait(fd, self._pipe[0])
                finally:
                    os.tcsetpgrp(fd, os.getpgid(self._server))
            finally:
                self._waiting = False
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
                os.close(fd)
        return line.decode(self.encoding, "backslashreplace")

    def _wait(self, fd: int, interrupted: int) -> bytes:
        """A line that is typed. Ctrl-C raises KeyboardInterrupt here, whatever thread it is."""
        if interrupted in select((fd, interrupted), (), ())[0]:
            os.read(interrupted, 1 << 12)
            os.write(fd, b"\n")
            raise KeyboardInterrupt
        return os.read(fd, 1 << 12)
