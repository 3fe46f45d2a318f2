"""Applications that requests come to by a route of their own, and that no name gives away."""

from __future__ import annotations

import functools
import sys


def hidden(number, first, second):
    begin = [second]
    begin[0]("200 OK", [("Content-Type", "text/plain")])
    return [b"hidden %d" % number]


def around(number, first, *rest):
    return _mounted(number)(first, *rest)


def _mounted(number):
    return functools.partial(hidden, number)


class Lazy:
    """Makes its application when it is first asked for."""

    def __init__(self):
        self.app = None

    def __call__(self, *args):
        if self.app is None:
            self.app = functools.partial(hidden_until_made(), 2)
        return self.app(*args)


def hidden_until_made():
    def made(number, first, second):
        begin = [second]
        begin[0]("200 OK", [("Content-Type", "text/plain")])
        return [b"made %d" % number]

    return made


def tracing(first, *rest):
    """As a debugger that is started in a request, and goes on."""

    def trace(frame, event, arg):
        return None

    _before.append(sys.gettrace() is not None)
    sys.settrace(trace)
    _traces.append(trace)
    return hidden(9, first, *rest)


_before, _traces = [], []


def traced(environ, start_response):
    """Says whether what `tracing` has set is still there, which is then taken away."""
    is_there = bool(_traces) and sys.gettrace() is _traces[-1]
    sys.settrace(None)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [repr((_before, is_there)).encode()]


def passes(number, *two):
    return _mounted(number)(*two)


def finds(first, *rest):
    return functools.partial(globals()["passes"], 4)(first, *rest)


def makes(first, *rest):
    made = {"app": functools.partial(hidden, 3)}
    exec(compile("def made(*two):\n    return app(*two)", "text", "exec"), made)
    return made["made"](first, *rest)


def stack(environ, start_response):
    """Answers whether it is watched, and what the outermost stage was called through."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    names, frame = [], sys._getframe()
    while frame.f_code.co_name != "application":
        frame = frame.f_back
    while frame.f_code.co_name != "serve":
        frame = frame.f_back
        names.append("%s %d" % (frame.f_code.co_name, frame.f_lineno))
    return [repr((sys.gettrace() is not None, names)).encode()]


MOUNTS = {
    "stack": stack,
    "found": finds,
    "made": makes,
    "admin": functools.partial(around, 1),
    "lazy": Lazy(),
    "tracing": tracing,
    "traced": traced,
}


def application(environ, start_response):
    name = environ["PATH_INFO"].split("/")[1]
    if environ.get("HTTP_HOST") == "other":
        name = "admin"
    if name in MOUNTS:
        return MOUNTS[name](environ, start_response)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"index"]
