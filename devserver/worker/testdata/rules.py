"""An application a rule: PATH_INFO names the function that answers."""

import contextlib
import io
import os
import sys
import threading
import time

calls = []


def app(environ, start_response):
    return globals()[environ["PATH_INFO"].strip("/")](environ, start_response)


def ok(start_response, *headers):
    return start_response("200 OK", [("Content-Type", "text/plain"), *headers])


class Body:
    """An iterable that notes its close."""

    def __init__(self, *blocks, error=None, close_error=None):
        self.blocks = blocks
        self.error = error
        self.close_error = close_error

    def __iter__(self):
        yield from self.blocks
        if self.error is not None:
            raise self.error

    def close(self):
        calls.append("close")
        if self.close_error is not None:
            raise self.close_error


def take_calls(environ, start_response):
    ok(start_response)
    told = ",".join(calls)
    calls.clear()
    return [told.encode()]


# What is fine.


def hello(environ, start_response):
    ok(start_response, ("Content-Length", "5"))
    return [b"hello"]


def empty_list(environ, start_response):
    ok(start_response)
    return []


def empty_blocks(environ, start_response):
    ok(start_response)
    return [b"", b"a", b"", b"b", b""]


def only_empty(environ, start_response):
    ok(start_response)
    yield b""
    yield b""


def lazy(environ, start_response):
    ok(start_response)
    yield b"one"
    yield b"two"


def writes(environ, start_response):
    write = ok(start_response)
    write(b"first")
    write(b"")
    write(b"second")
    return [b"third"]


def large(environ, start_response):
    ok(start_response)
    return [b"x" * 1_000_000, b"y"]


def closed(environ, start_response):
    ok(start_response)
    return Body(b"a", b"b")


def replaced(environ, start_response):
    ok(start_response)
    try:
        raise KeyError("lost")
    except KeyError:
        start_response("404 Not Found", [("X-A", "1")], sys.exc_info())
    return [b"gone"]


def own_list(environ, start_response):
    headers = [("X-A", "1")]
    start_response("200 OK", headers)
    headers.append(("X-B", "2"))
    return [b"x"]


def subclasses(environ, start_response):
    class Text(str):
        pass

    start_response(Text("200 OK"), [(Text("X-A"), Text("1"))])
    return [b"x"]


def latin1(environ, start_response):
    start_response("200 D\xe9j\xe0", [("X-A", "caf\xe9")])
    return [b"x"]


def environ_keys(environ, start_response):
    ok(start_response)
    kinds = [type(environ) is dict, "PATH" in environ, type(environ["wsgi.version"]) is tuple]
    return ["{} {} {}".format(*kinds).encode()]


def wrapped_file(environ, start_response):
    f = io.BytesIO(b"0123456789" * 20_000)
    f.seek(5)
    calls.append(f)
    ok(start_response, ("Content-Length", "150000"))
    return environ["wsgi.file_wrapper"](f)


def wrapped_file_closed(environ, start_response):
    ok(start_response)
    return [str(calls.pop().closed).encode()]


def errors(environ, start_response):
    stream = environ["wsgi.errors"]
    stream.write("half ")
    stream.write("a line\n")
    stream.writelines(["two\n", "three"])
    stream.flush()
    ok(start_response)
    return [b"x"]


def errors_bytes(environ, start_response):
    environ["wsgi.errors"].write(b"bytes")


def prints(environ, start_response):
    print("to", "stdout")
    print("to stderr", file=sys.stderr)
    sys.stdout.buffer.write(b"raw\n")
    thread = threading.Thread(target=print, args=("from a thread",))
    thread.start()
    thread.join()
    ok(start_response)
    print("last", end="")
    return [b"x"]


# The body of the request.


def read_all(environ, start_response):
    ok(start_response)
    return [environ["wsgi.input"].read() + b"|" + environ["wsgi.input"].read()]


def read_ways(environ, start_response):
    stream = environ["wsgi.input"]
    got = [stream.read(0), stream.read(3), stream.readline(), stream.readline(2), stream.readline()]
    got += stream.readlines(1)
    got += list(stream)
    got += [stream.read(), stream.read(5), stream.readline(), *stream.readlines()]
    ok(start_response)
    return [repr(got).encode()]


def read_broken(environ, start_response):
    stream = environ["wsgi.input"]
    first = stream.read(3)
    try:
        stream.read()
    except OSError as error:
        ok(start_response)
        return [first, b" then " + str(error).encode()]


def count(environ, start_response):
    n = 0
    while True:
        piece = environ["wsgi.input"].read(65536)
        if not piece:
            break
        n += len(piece)
    ok(start_response)
    return [str(n).encode()]


def unread(environ, start_response):
    ok(start_response)
    return [b"x"]


def download(environ, start_response):
    ok(start_response)
    block = b"x" * 100_000
    for _ in range(int(environ["QUERY_STRING"])):
        yield block


# What breaks the rules.


def twice(environ, start_response):
    ok(start_response)
    ok(start_response)


def too_late(environ, start_response):
    write = ok(start_response)
    write(b"begun")
    try:
        raise KeyError("late")
    except KeyError:
        start_response("500 Oops", [("Content-Type", "text/plain")], sys.exc_info())
    return []


def never(environ, start_response):
    return []


def block_first(environ, start_response):
    return [b"x"]


def none(environ, start_response):
    ok(start_response)


def number(environ, start_response):
    ok(start_response)
    return 5


def text_block(environ, start_response):
    ok(start_response)
    return ["text"]


def text_later(environ, start_response):
    ok(start_response)
    yield b"fine"
    yield "text"


def text_written(environ, start_response):
    ok(start_response)("text")


def buffer_block(environ, start_response):
    ok(start_response)
    return [bytearray(b"x")]


def status_short(environ, start_response):
    start_response("200", [])


def status_crlf(environ, start_response):
    start_response("200 OK\r\nX-Injected: 1", [])


def status_bytes(environ, start_response):
    start_response(b"200 OK", [])


def status_word(environ, start_response):
    start_response("OK 200", [])


def status_wide(environ, start_response):
    start_response("200 \u20ac", [])


def headers_tuple(environ, start_response):
    start_response("200 OK", (("X-A", "1"),))


def headers_dict(environ, start_response):
    start_response("200 OK", {"X-A": "1"})


def header_list(environ, start_response):
    start_response("200 OK", [["X-A", "1"]])


def header_triple(environ, start_response):
    start_response("200 OK", [("X-A", "1", "2")])


def header_bytes(environ, start_response):
    start_response("200 OK", [("X-A", b"1")])


def header_number(environ, start_response):
    start_response("200 OK", [("Content-Length", 5)])


def header_crlf(environ, start_response):
    start_response("200 OK", [("X-A", "1\r\nX-Injected: 1")])


def header_name(environ, start_response):
    start_response("200 OK", [("X A", "1")])


def header_wide(environ, start_response):
    start_response("200 OK", [("X-A", "\u20ac")])


def header_length(environ, start_response):
    start_response("200 OK", [("Content-Length", "five")])


def hop(environ, start_response):
    start_response("200 OK", [("Connection", "close")])


def too_many(environ, start_response):
    ok(start_response, ("Content-Length", "3"))
    return [b"abcde"]


def too_few(environ, start_response):
    ok(start_response, ("Content-Length", "9"))
    return [b"abc"]


def no_content(environ, start_response):
    start_response("304 Not Modified", [("Content-Length", "9")])
    return []


def raises(environ, start_response):
    raise ValueError("in the call")


def raises_started(environ, start_response):
    ok(start_response)
    raise ValueError("in the call")


def raises_iterating(environ, start_response):
    ok(start_response)
    return Body(b"a", error=ValueError("in the middle"))


def raises_closing(environ, start_response):
    ok(start_response)
    return Body(b"a", close_error=ValueError("at the end"))


def exits(environ, start_response):
    sys.exit(3)


def interrupts(environ, start_response):
    raise KeyboardInterrupt


def chained(environ, start_response):
    try:
        {}["a"]
    except KeyError as error:
        raise RuntimeError("outer") from error


def during(environ, start_response):
    try:
        {}["a"]
    except KeyError:
        raise RuntimeError("outer")


def suppressed(environ, start_response):
    try:
        {}["a"]
    except KeyError:
        raise RuntimeError("outer") from None


def unprintable(environ, start_response):
    class Bad(Exception):
        def __str__(self):
            raise RuntimeError("no")

    raise Bad


def huge(environ, start_response):
    raise ValueError("x" * 1_000_000)


def deep(environ, start_response):
    return deep(environ, start_response)


def syntax(environ, start_response):
    exec(compile("a = 1\nb = = 2\n", "made.py", "exec"))


# Time.

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


def dies(environ, start_response):
    os._exit(7)


def is_killed(environ, start_response):
    import signal

    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(20)


def descriptors(environ, start_response):
    ok(start_response)
    return [str(len(os.listdir("/proc/self/fd"))).encode()]


def memory(environ, start_response):
    with open("/proc/self/status") as f:
        peak = [line.split()[1] for line in f if line.startswith("VmHWM")]
    ok(start_response)
    return [peak[0].encode()]
