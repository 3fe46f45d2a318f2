"""An application whose requests are stopped: each kind of stage, around answers of each kind."""

from __future__ import annotations

import io
import sys
import threading
import time


class Auth:
    """Sets something in the environ, and passes on what it gets."""

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        environ["auth.user"] = "ann"
        return self.app(environ, start_response)


def tag(app):
    """Adds a header."""

    def tagging(environ, start_response):
        def begin(status, headers, exc_info=None):
            time.sleep(float(environ.get("HTTP_TAG_TAKES", 0)))
            return start_response(status, [*headers, ("X-Tag", "1")], exc_info)

        return app(environ, begin)

    return tagging


class Upper:
    """Changes each block, and knows whether it was closed."""

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        return UpperBody(self.app(environ, start_response), environ["PATH_INFO"] != "/closed")


class UpperBody:
    def __init__(self, body, tells):
        self.body = body
        self.tells = tells
        self.blocks = iter(body)

    def __iter__(self):
        return self

    def __next__(self):
        return next(self.blocks).upper()

    def close(self):
        if self.tells:
            closed.append("upper")
        if hasattr(self.body, "close"):
            self.body.close()


closed = []
gate = threading.Event()


class Dotting:
    """A generator, as a stage."""

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        body = self.app(environ, start_response)
        try:
            for block in body:
                yield block + b"."
        finally:
            if hasattr(body, "close"):
                body.close()


def view(environ, start_response):
    return globals()["at_" + environ["PATH_INFO"][1:].replace("-", "_")](environ, start_response)


TEXT = [("Content-Type", "text/plain")]


def at_list(environ, start_response):
    start_response("200 OK", TEXT)
    return [b"one", b"two"]


def at_environ(environ, start_response):
    start_response("200 OK", TEXT)
    return [repr(sorted((k, v) for k, v in environ.items() if "wsgi." not in k)).encode()]


def at_leaving(environ, start_response):
    try:
        start_response("200 OK", TEXT)
        return [b"one"]
    finally:
        environ["view.left"] = "yes"


class Stream:
    def __init__(self, blocks):
        self.blocks = iter(blocks)

    def __iter__(self):
        return self

    def __next__(self):
        return next(self.blocks)

    def close(self):
        closed.append("stream")


def at_stream(environ, start_response):
    start_response("200 OK", TEXT)
    return Stream([b"one", b"two"])


def at_generator(environ, start_response):
    def blocks():
        try:
            start_response("200 OK", TEXT)
            yield b"one"
            yield b"two"
        finally:
            closed.append("generator")

    return blocks()


dotted = Dotting(at_generator)


def at_dotted(environ, start_response):
    return dotted(environ, start_response)


def at_write(environ, start_response):
    write = start_response("200 OK", TEXT)
    write(b"written")
    return [b"listed"]


def at_read(environ, start_response):
    environ["view.reads"] = "yes"
    got = environ["wsgi.input"].read(3)
    rest = b"".join(environ["wsgi.input"].readlines())
    start_response("200 OK", TEXT)
    return [got + b"|" + rest]


def at_fails(environ, start_response):
    raise KeyError("view")


def at_fails_late(environ, start_response):
    def blocks():
        start_response("200 OK", TEXT)
        raise KeyError("late")
        yield b""

    return blocks()


def at_fails_after_start(environ, start_response):
    start_response("200 OK", TEXT)
    raise KeyError("after")


def at_catches(environ, start_response):
    try:
        start_response("200 OK", TEXT)
    except BaseException:
        closed.append("caught")
    return [b"not stopped"]


class Page:
    """An application class."""

    def __init__(self, environ, start_response):
        self.start = start_response
        self.body = b"page"

    def __iter__(self):
        self.start("200 OK", TEXT)
        yield self.body

    def close(self):
        closed.append(self.body)


def at_page(environ, start_response):
    return Page(environ, start_response)


def at_closed(environ, start_response):
    start_response("200 OK", TEXT)
    told, closed[:] = repr(closed).encode(), []
    return [told]


def at_threads(environ, start_response):
    start_response("200 OK", TEXT)
    return [b"%d" % threading.active_count()]


def at_waits(environ, start_response):
    start_response("200 OK", TEXT)(b"it waits; ")
    gate.wait(600)
    return [b"waited"]


def at_hangs(environ, start_response):
    start_response("200 OK", TEXT)
    gate.wait(600)
    return [b"hung"]


def at_opens(environ, start_response):
    gate.set()
    start_response("200 OK", TEXT)
    return [b"opened"]


def alone(environ, start_response):
    start_response("200 OK", TEXT)
    gate.set() if environ["PATH_INFO"] == "/opens" else gate.wait(600)
    return [b"alone"]


def at_shuts(environ, start_response):
    gate.clear()
    start_response("200 OK", TEXT)
    return [b"shut"]


def at_late(environ, start_response):
    def blocks():
        environ["wsgi.errors"].write("it waits\n")
        gate.wait(600)
        start_response("200 OK", TEXT)
        yield b"late"

    return blocks()


def at_thread(environ, start_response):
    got = []

    def run():
        got.append(threaded(environ, start_response))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return got[0]


def at_two_threads(environ, start_response):
    got = []

    def run():
        got.extend(threaded(environ, lambda status, headers, exc_info=None: got.append))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    start_response("200 OK", TEXT)
    return [b"".join(got)]


def threaded(environ, start_response):
    start_response("200 OK", TEXT)
    return [b"by a thread"]


def at_trace(environ, start_response):
    start_response("200 OK", TEXT)
    return [repr(sys.gettrace()).encode()]


class Lazy:
    """Nothing of it may be asked for."""

    def __getattribute__(self, name):
        closed.append("asked for " + name)
        raise RuntimeError(name)


def inner_of_odd(environ, start_response):
    start_response("200 OK", TEXT)
    return [", ".join(closed).encode() or b"odd"]


def at_odd(environ, start_response):
    environ.update(
        {
            "odd.int": 1 << 70,
            "odd.nested": {"a": [1, (2.5, None)]},
            "odd.lazy": Lazy(),
            "odd.long": "x" * 1_000_000,
            7: "a number for a key",
        }
    )
    environ["odd.self"] = environ
    return inner_of_odd(environ, start_response)


def at_wrong(environ, start_response):
    start_response(200, None)
    return [b"right"]


class Either:
    """Chooses by the query."""

    def __init__(self, *apps):
        self.apps = apps

    def __call__(self, environ, start_response):
        return self.apps[environ["QUERY_STRING"] == "second"](environ, start_response)


either = Either(at_list, at_environ)


def at_either(environ, start_response):
    return either(environ, start_response)


def at_ends_early(environ, start_response):
    return [next(iter([]))]


class Stuck(list):
    def close(self):
        raise OSError("it can't be closed")


def at_stuck(environ, start_response):
    start_response("200 OK", TEXT)
    return Stuck([b"one"])


def at_sized(environ, start_response):
    start_response("200 OK", [*TEXT, ("Content-Length", "3")])
    return [b"one"]


def at_text(environ, start_response):
    start_response("200 OK", TEXT)
    return ["text"]


def at_hops(environ, start_response):
    start_response("200 OK", [*TEXT, ("Connection", "close")])
    return [b"one"]


def at_file(environ, start_response):
    start_response("200 OK", TEXT)
    return environ["wsgi.file_wrapper"](io.BytesIO(b"of a file"))


def setting(environ, start_response):
    environ["x.set"] = "before"
    start_response("200 OK", TEXT)
    return [b"set"]


class NotFound(Exception):
    pass


application = Auth(tag(Upper(view)))
twice = Upper(Auth(Upper(at_list)))
among = Auth(Upper(tag(Upper(at_list))))
passed_file = Auth(at_file)
set_before = tag(Auth(setting))
#: By the name that the stages have for what is within them.
app = application
