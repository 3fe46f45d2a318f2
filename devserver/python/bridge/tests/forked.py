"""Workers of a zygote, for tests: it has loaded the interpreter and the bridge for all of them."""

from __future__ import annotations

import array
import atexit
import os
import socket
import struct
import tempfile
from marshal import dumps, loads

from .server import PATIENCE, Server, bridge


class Zygote:
    """A process that forks workers, as the server has it."""

    def __init__(self):
        self._control, theirs = socket.socketpair()
        self._control.settimeout(PATIENCE)
        self._data = b""
        self._exits = {}
        with theirs:
            self._process = bridge("SNIFTER_ZYGOTE", theirs)
        atexit.register(self.close)
        self._send({"op": "warm", "modules": ["contextlib", "typing"], "without": []})
        self._until("warm")

    def close(self):
        self._control.close()
        self._process.wait()

    def _send(self, message, *fds):
        data = dumps(message, 2)
        ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
        self._control.sendmsg([struct.pack("<I", len(data)), data], ancillary)

    def _until(self, op):
        """The next message of a kind, and on the way what has ended."""
        while True:
            while len(self._data) < 4 or len(self._data) < 4 + self._size():
                more = self._control.recv(1 << 16)
                assert more, "the zygote has ended"
                self._data += more
            end = 4 + self._size()
            message, self._data = loads(self._data[4:end]), self._data[end:]
            if message["op"] == "exit":
                self._exits[message["pid"]] = message["status"]
            if message["op"] == op:
                return message
            assert message["op"] == "exit", message

    def _size(self):
        return struct.unpack_from("<I", self._data)[0]

    def fork(self, threads, *fds):
        self._send({"op": "fork", "id": 1, "threads": threads}, *fds)
        return self._until("forked")["pid"]

    def exit(self, pid):
        while pid not in self._exits:
            self._until("exit")
        return self._exits.pop(pid)


_zygotes = []


def zygote():
    """The one of this process."""
    if not _zygotes:
        _zygotes.append(Zygote())
    return _zygotes[0]


class Process:
    """A forked worker, with what tests need of subprocess.Popen."""

    def __init__(self, threads, *sockets):
        self.returncode = None
        self._files = [tempfile.TemporaryFile() for _ in range(2)]
        self._texts = []
        ends = [*sockets, *self._files]
        self.pid = zygote().fork(threads, *(end.fileno() for end in ends))

    def wait(self, timeout=None):
        if self.returncode is None:
            status = zygote().exit(self.pid)
            killed = os.WIFSIGNALED(status)
            self.returncode = -os.WTERMSIG(status) if killed else os.WEXITSTATUS(status)
        return self.returncode

    def communicate(self, timeout=None):
        self.wait()
        while self._files:
            with self._files.pop(0) as file:
                file.seek(0)
                self._texts.append(file.read())
        return self._texts


class Forked(Server):
    """A worker that a zygote forks."""

    def start(self, threads, *sockets):
        return Process(threads, *sockets)
