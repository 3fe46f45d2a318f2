"""A process that has the application's libraries imported, and forks workers that need only the
user's own files.

It never imports anything of the user's, runs no thread, and watches over its workers: when the
server's end of the control socket closes, it kills them, with all that they started.

The control socket carries messages, a u32 and a dict in marshal format. The server sends

    {"op": "fork", "id": n, "threads": n}   with four descriptors: frames, nudge, stdout, stderr
    {"op": "warm", "modules": [...], "without": [...]}

and gets, each when it happens,

    {"op": "forked", "id": n, "pid": n} or {"op": "stale", "id": n, "why": ""}
    {"op": "exit", "pid": n, "status": n}   the status as waitpid gives it
    {"op": "warm", "modules": n, "threads": [...], "spoiled": [...]}

Stale: a library's file has changed since it was imported. Threads: packages whose import started
threads, which do not survive a fork; the server starts another zygote that goes without them.
Spoiled: files of the user's that a library imported.
"""

from __future__ import annotations

import array
import os
import select
import signal
import socket
import struct
import sys
import time
from marshal import dumps, loads

from .sources import is_library, source_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Zygote:
    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._data = b""
        self._fds: list[int] = []
        self._children: set[int] = set()
        self._to_import: list[str] = []
        self._warming = False
        self._stamps: dict[str, tuple[int, int]] = {}
        self._threads: list[str] = []
        self._wake_read = self._wake_write = -1

    def run(self) -> None:
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGHUP, self._orphaned)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        # What libraries print while they are imported here, they print again in a worker: nobody
        # needs it twice.
        import faulthandler

        faulthandler.enable()
        while True:
            idle = None if not self._warming else 0
            readable, _, _ = select.select([self._control, self._wake_read], [], [], idle)
            if self._wake_read in readable:
                self._reap()
            if self._control in readable:
                self._receive()
            elif self._warming:
                self._import_next()

    def _orphaned(self, *_: object) -> None:
        """The server is gone: so are its workers."""
        for pid in self._children:
            try:
                os.killpg(pid, signal.SIGKILL)
            except OSError:
                try:
                    os.kill(pid, signal.SIGKILL)
                except OSError:
                    pass
        os._exit(0)

    def _send(self, message: dict[str, Any]) -> None:
        data = dumps(message, 2)
        try:
            self._control.sendall(struct.pack("<I", len(data)) + data)
        except OSError:
            self._orphaned()

    def _receive(self) -> None:
        room = socket.CMSG_SPACE(16 * array.array("i").itemsize)
        try:
            data, ancillary, _, _ = self._control.recvmsg(1 << 16, room)
        except OSError:
            data, ancillary = b"", []
        if not data:
            self._orphaned()
        for level, kind, payload in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                fds = array.array("i")
                fds.frombytes(payload[: len(payload) - len(payload) % fds.itemsize])
                for fd in fds:
                    os.set_inheritable(fd, False)
                self._fds.extend(fds)
        self._data += data
        while len(self._data) >= 4:
            end = 4 + struct.unpack_from("<I", self._data)[0]
            if len(self._data) < end:
                return
            message = loads(self._data[4:end])
            self._data = self._data[end:]
            if message["op"] == "fork":
                fds, self._fds = self._fds[:4], self._fds[4:]
                self._fork(message, fds)
            elif message["op"] == "warm":
                self._begin_warming(message["modules"], message["without"])

    # Workers.

    def _fork(self, message: dict[str, Any], fds: list[int]) -> None:
        stale = self._changed()
        if stale:
            self._send({"op": "stale", "id": message["id"], "why": stale})
        else:
            pid = os.fork()
            if pid == 0:
                self._become_worker(fds, message["threads"])
            try:
                # Both sides do it, so that it is done whoever runs first.
                os.setpgid(pid, pid)
            except OSError:
                pass
            self._children.add(pid)
            self._send({"op": "forked", "id": message["id"], "pid": pid})
        for fd in fds:
            os.close(fd)

    def _become_worker(self, fds: list[int], threads: int) -> None:
        code = 70
        try:
            os.setpgid(0, 0)
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGCHLD, signal.SIGHUP):
                signal.signal(number, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            self._control.close()
            # Those of workers that were asked for in the same breath.
            for fd in self._fds:
                os.close(fd)
            os.close(self._wake_read)
            os.close(self._wake_write)
            frames, nudge, stdout, stderr = fds
            os.dup2(stdout, 1)
            os.dup2(stderr, 2)
            os.close(stdout)
            os.close(stderr)
            _reopen()
            _reseed()
            import importlib

            importlib.invalidate_caches()
            from .worker import serve

            serve(socket.socket(fileno=frames), socket.socket(fileno=nudge), threads)
            code = 0
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            os._exit(code)

    def _reap(self) -> None:
        try:
            while os.read(self._wake_read, 512):
                pass
        except BlockingIOError:
            pass
        for pid in list(self._children):
            try:
                done, status = os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                done, status = pid, 0
            if done:
                self._children.discard(pid)
                self._send({"op": "exit", "pid": pid, "status": status})

    # Libraries.

    def _begin_warming(self, modules: list[str], without: list[str]) -> None:
        skip = set(without)
        self._to_import = [
            name
            for name in reversed(modules)
            if name not in sys.modules and name.partition(".")[0] not in skip
        ]
        self._warming = True
        self._before = set(sys.modules)
        # Only what is installed can be found meanwhile, and no Django project.
        self._path = sys.path[:]
        sys.path[:] = [
            entry for entry in sys.path if is_library(os.path.join(os.path.abspath(entry), ""))
        ]
        self._settings = os.environ.pop("DJANGO_SETTINGS_MODULE", None)
        self._count = _threads()
        self._began = time.time_ns()

    def _import_next(self) -> None:
        if not self._to_import:
            self._end_warming()
            return
        name = self._to_import.pop()
        if name in sys.modules:
            return
        try:
            __import__(name)
        except BaseException:
            # It may need what only the application sets up. The worker will import it, or tell of
            # what is wrong.
            pass
        count = _threads()
        if count > self._count:
            self._count = count
            self._threads.append(name.partition(".")[0])

    def _end_warming(self) -> None:
        self._warming = False
        sys.path[:] = self._path
        if self._settings is not None:
            os.environ["DJANGO_SETTINGS_MODULE"] = self._settings
        spoiled = self._note_files()
        self._send(
            {
                "op": "warm",
                "modules": len(sys.modules) - len(self._before),
                "threads": self._threads,
                "spoiled": spoiled,
            }
        )
        from .worker import freeze

        try:
            from .stages.serve import prepare

            prepare()
        except Exception:
            pass  # the worker's own search tells of what is wrong
        freeze()

    def _note_files(self) -> list[str]:
        """Note the files of what was imported, and return those that are the user's."""
        spoiled = []
        for name, module in sys.modules.copy().items():
            if name in self._before or name == "__main__":
                continue
            path = source_of(module)
            if path is None or path in self._stamps:
                continue
            if not is_library(path):
                spoiled.append(path)
            stamp = _stamp(path)
            # One that was written meanwhile may have been read before or after. The times of files
            # are coarse.
            self._stamps[path] = stamp if stamp[0] < self._began - 1_000_000_000 else (0, -1)
        return spoiled

    def _changed(self) -> str:
        """A library's file that is not what was imported, or nothing."""
        if self._warming and self._note_files():
            return "one of the user's files was imported"
        for path, stamp in self._stamps.items():
            if _stamp(path) != stamp:
                return path
        return ""


def _stamp(path: str) -> tuple[int, int]:
    try:
        status = os.stat(path)
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size


def _threads() -> int:
    """The threads of this process, those of extension modules included where that can be seen."""
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        import threading

        return threading.active_count()


def _reopen() -> None:
    """Make the text streams anew: the old ones were made for what lay there before."""
    for fd, name in ((1, "stdout"), (2, "stderr")):
        old = getattr(sys, name)
        encoding = old.encoding if old is not None else "utf-8"
        stream = open(
            fd, "w", buffering=1, encoding=encoding, errors="backslashreplace", closefd=False
        )
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _reseed() -> None:
    """Reseed numpy's global generator: Python does that, in a forked child, for `random` alone."""
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed()
