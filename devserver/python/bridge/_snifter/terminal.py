"""The terminal that the server was started in, lent to the debugger of breakpoint().

A worker has no input, and what it prints is told with its requests. So the debugger reads from and
writes to the terminal itself, which is the worker's for as long as it waits for a line.
"""

from __future__ import annotations

import os
import signal
import sys
from select import select

from .native import Lock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

_PATH = "/dev/tty"
#: None, outside of a worker.
_lent: list[Terminal] = []


def lend(server: int) -> None:
    """Have breakpoint() stop, in the terminal of the server of that process id; 0 if the terminal
    is not to be had, which breakpoint() then says."""
    if not hasattr(os, "tcsetpgrp"):
        server = 0
    _lent[:] = [Terminal(server)]
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
        return sys.__breakpointhook__(*args, **kwargs)  # another debugger's affair
    frame = _caller()
    where = f"{os.path.basename(frame.f_code.co_filename)}:{frame.f_lineno}"
    terminal = found(f"breakpoint() at {where} does not stop")
    if terminal is None:
        return None
    from pdb import Pdb

    return Pdb(stdin=terminal, stdout=terminal, nosigint=True).set_trace(frame)  # type: ignore[arg-type]


def found(what: str) -> Terminal | None:
    """The terminal, if there is one; else it is said what comes of that."""
    for terminal in _lent:
        if terminal.is_there():
            return terminal
        sys.__stderr__.write(  # type: ignore[union-attr]
            f"snifter: {what}: there is no terminal for a debugger. "
            "With `snifter run --headless` in the foreground of one there is\n"
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

    def __init__(self, server: int) -> None:
        self._server = server
        self._reading = Lock()
        self._waiting = False
        #: What ends the wait for a line; made when it is first wanted.
        self._pipe: tuple[int, int] | None = None

    def is_there(self) -> bool:
        """Whether the server runs in the foreground of a terminal."""
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
        if not self._server:
            raise OSError("the terminal is not to be had")
        return os.open(_PATH, os.O_RDWR | os.O_NOCTTY)

    def write(self, text: str) -> int:
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
        """The next line; "" where there are no more. Others wait for their turn."""
        with self._reading:
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
