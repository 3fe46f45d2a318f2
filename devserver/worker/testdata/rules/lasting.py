"""What takes its time."""

import contextlib
import threading
import time

from answers import Body, calls, ok

gates = {}


def gate(name):
    return gates.setdefault(name, threading.Event())


def block(environ, start_response):
    gate(environ["QUERY_STRING"]).wait(20)
    ok(start_response)
    return [b"done"]


def unblock(environ, start_response):
    gate(environ["QUERY_STRING"]).set()
    ok(start_response)
    return [b"open"]


def stream(environ, start_response):
    """A block at once, and one for each opening of the gate."""
    ok(start_response)
    yield b"first"
    for i in range(3):
        gate("%s%d" % (environ["QUERY_STRING"], i)).wait(20)
        yield b"block %d" % i


def endless(environ, start_response):
    ok(start_response)
    return Endless()


class Endless:
    def __iter__(self):
        return self

    def __next__(self):
        time.sleep(0.001)
        return b"x" * 100

    def close(self):
        calls.append("close")


def endless_write(environ, start_response):
    write = ok(start_response)
    with contextlib.closing(Body()):
        while True:
            time.sleep(0.001)
            write(b"x")


def sleep(environ, start_response):
    time.sleep(float(environ["QUERY_STRING"]))
    ok(start_response)
    return [b"slept"]
