"""What is fine."""

import io
import sys

from answers import Body, calls, ok


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
