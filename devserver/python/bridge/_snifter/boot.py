"""Where the bridge starts: as a zygote that forks workers, or as a worker by itself."""

from __future__ import annotations

import os
import socket
import sys


def main() -> None:
    """Start as the environment says: SNIFTER_ZYGOTE=fd:3, or SNIFTER_WORKER=fd:3 or
    tcp:HOST:PORT:TOKEN."""
    sys.argv = ["snifter"]
    zygote = os.environ.pop("SNIFTER_ZYGOTE", "")
    worker = os.environ.pop("SNIFTER_WORKER", "")
    threads = int(os.environ.pop("SNIFTER_THREADS", "") or 8)
    from . import bytecode

    bytecode.keep()
    if zygote.startswith("fd:"):
        from .zygote import Zygote

        Zygote(_inherited(int(zygote[3:]))).run()
        return
    from .worker import serve

    if worker.startswith("fd:"):
        fd = int(worker[3:])
        serve(_inherited(fd), _inherited(fd + 1), threads)
    elif worker.startswith("tcp:"):
        address, _, token = worker[4:].rpartition(":")
        serve(_connect(address, "frames", token), _connect(address, "nudge", token), threads)
    else:
        sys.exit("snifter's bridge is started by snifter")


def _inherited(fd: int) -> socket.socket:
    os.set_inheritable(fd, False)
    sock = socket.socket(fileno=fd)
    sock.settimeout(None)
    sock.setblocking(True)
    return sock


def _connect(address: str, role: str, token: str) -> socket.socket:
    host, _, port = address.rpartition(":")
    sock = socket.create_connection((host, int(port)), timeout=10)
    sock.settimeout(None)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.sendall((f"{role} {token}\n").encode("ascii"))
    return sock
