"""The server's end of a worker, for tests: a process with the bridge, and frames to and from it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from marshal import dumps, loads

from _snifter import frames

BRIDGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

ENVIRON = {
    "REQUEST_METHOD": "GET",
    "SCRIPT_NAME": "",
    "PATH_INFO": "/",
    "QUERY_STRING": "",
    "SERVER_NAME": "127.0.0.1",
    "SERVER_PORT": "8000",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "wsgi.version": (1, 0),
    "wsgi.url_scheme": "http",
    "wsgi.multithread": True,
    "wsgi.multiprocess": False,
    "wsgi.run_once": False,
}


#: Seconds that anything may take: many, since a machine may be busy. Only what fails takes them.
PATIENCE = 120


def bridge(variable, *sockets, **more):
    """A process of the bridge, which finds its sockets by a variable."""
    # They have to have neighbouring numbers, high enough to be in nobody's way.
    fds = range(60, 60 + len(sockets))
    for fd, each in zip(fds, sockets):
        os.dup2(each.fileno(), fd)
    start = "import sys; sys.path[0] = sys.argv[1]; from _snifter.boot import main; main()"
    env = dict(os.environ, **{variable: "fd:%d" % fds[0]}, **more.pop("env", {}))
    process = subprocess.Popen(
        [sys.executable, "-c", start, BRIDGE], env=env, pass_fds=tuple(fds), **more
    )
    for fd in fds:
        os.close(fd)
    return process


class Server:
    """A worker of a plan, as a context manager."""

    def __init__(self, plan, threads=4):
        self.sock, theirs = socket.socketpair()
        self.nudge, theirs_nudge = socket.socketpair()
        with theirs, theirs_nudge:
            self.process = self.start(threads, theirs, theirs_nudge)
        self.sock.settimeout(PATIENCE)
        self._data = b""
        self.send(frames.LOAD, 0, dumps(plan, 2))

    def start(self, threads, *sockets):
        return bridge(
            "SNIFTER_WORKER",
            *sockets,
            env={"SNIFTER_THREADS": str(threads)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def close(self):
        self.sock.close()
        self.nudge.close()
        out, err = self.process.communicate(timeout=PATIENCE)
        return out.decode(), err.decode()

    def send(self, kind, number, payload=b"", flags=0):
        self.sock.sendall(packed(kind, number, payload, flags))

    def request(self, number, body=b"", end=True, **changes):
        self.send(frames.REQUEST, number, requested(body, **changes), frames.FLAG_END if end else 0)

    def requests_at_once(self, paths):
        """Requests that are read together: their paths, by their numbers."""
        self.sock.sendall(
            b"".join(
                packed(frames.REQUEST, number, requested(PATH_INFO=path), frames.FLAG_END)
                for number, path in paths.items()
            )
        )

    def frame(self):
        """The next frame: (kind, flags, number, payload), or None at the end."""
        while True:
            if len(self._data) >= frames.HEADER_SIZE:
                size, kind, flags, _, number, time = frames.HEADER.unpack_from(self._data)
                end = frames.HEADER_SIZE + size
                if len(self._data) >= end:
                    payload, self._data = self._data[frames.HEADER_SIZE : end], self._data[end:]
                    return kind, flags, number, payload
            more = self.sock.recv(1 << 16)
            if not more:
                return None
            self._data += more

    def ready(self):
        kind, _, _, payload = self.frame()
        while kind == frames.STAGE_NAMED:
            kind, _, _, payload = self.frame()
        assert kind == frames.READY, loads(payload)
        return loads(payload)

    def response(self, number):
        """All frames of one request up to its end, heads taken apart: (kind, flags, value).

        Of a response that went ahead of what led to it the end is not among them, nor ever is that
        close() was called: it is told where that took long.
        """
        got = []
        ahead = 0
        while True:
            kind, flags, of, payload = self.frame()
            if of != number:
                continue
            if ahead and ends(kind, flags):
                return got
            if kind in (frames.STAGE_EVENTS, frames.CLOSED):
                continue
            ahead |= flags & frames.FLAG_AHEAD
            flags &= ~frames.FLAG_AHEAD
            if kind in (frames.HEAD, frames.STARTED):
                size = frames.U32.unpack_from(payload)[0]
                status, headers, _, _ = loads(payload[4 : 4 + size])
                got.append((kind, flags, (status, headers, payload[4 + size :])))
            elif kind in (frames.EXCEPTION, frames.LINT):
                got.append((kind, flags, loads(payload)))
            else:
                got.append((kind, flags, payload))
            if not ahead and ends(kind, flags):
                return got


def packed(kind, number, payload, flags):
    return frames.HEADER.pack(len(payload), kind, flags, 0, number, 0) + payload


def requested(body=b"", **changes):
    environ = dumps(dict(ENVIRON, **changes), 2)
    return frames.U32.pack(len(environ)) + environ + body


def ends(kind, flags):
    """Whether a request is over with a frame."""
    if flags & frames.FLAG_AHEAD:
        return False
    if kind in (frames.HEAD, frames.DATA, frames.STAGE_EVENTS):
        return bool(flags & frames.FLAG_END)
    return kind == frames.END
