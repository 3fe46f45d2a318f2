"""A server's side in a few lines, and a tracer that keeps all it is told."""

from __future__ import annotations

import contextlib
import io
import sys

from _snifter.stages.finding.scan import Scanner
from _snifter.stages.running import calls
from _snifter.streams import FileWrapper


def environ(body=b"", **changes):
    made = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/",
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": FileWrapper,
    }
    made.update(changes)
    return made


def ask(app, body=b"", **changes):
    """What a server would send: [(status, headers), ...], written and yielded blocks, the error."""
    heads, blocks, error = [], [], None

    def start_response(status, headers, exc_info=None):
        heads.append((status, list(headers)))
        return blocks.append

    try:
        result = app(environ(body, **changes), start_response)
        try:
            blocks.extend(result)
        finally:
            close = getattr(result, "close", None)
            if close is not None:
                close()
    except Exception as raised:
        error = raised
    return heads, blocks, error


def middleware(app):
    def inner(environ, start_response):
        return app(environ, start_response)

    return inner


def yielding(app):
    def inner(environ, start_response):
        body = app(environ, start_response)
        try:
            yield from body
        finally:
            getattr(body, "close", lambda: None)()

    return inner


def answer(body, headers=()):
    def application(environ, start_response):
        start_response("200 OK", list(headers))
        return body

    return application


class Recording:
    """A tracer."""

    def __init__(self):
        self.events = []

    def enter(self, call):
        self.events.append(("enter", call, None))

    def start_response(self, call, args, kwargs):
        self.events.append(("start_response", call, args))

    def write(self, call, block):
        self.events.append(("write", call, block))

    def exit(self, call, result):
        self.events.append(("exit", call, type(result)))

    def chunk(self, call, block):
        self.events.append(("chunk", call, block))

    def close(self, call):
        self.events.append(("close", call, None))

    def exception(self, call, where, error):
        self.events.append(("exception", call, (where, error)))

    def calls(self):
        return [call for kind, call, _ in self.events if kind == "enter"]

    def names(self):
        return [call.stage.name for call in self.calls()]

    def story(self):
        """Events in words: the stage's last name, what happened, with what."""
        told = []
        for kind, call, detail in self.events:
            name = call.stage.name.rpartition(".")[2]
            if kind in ("chunk", "write"):
                told.append((name, kind, detail))
            elif kind == "exception":
                told.append((name, kind, detail[0], type(detail[1]).__name__))
            else:
                told.append((name, kind))
        return told


@contextlib.contextmanager
def traced(tracer=None, learned=()):
    """Everything that is loaded is hooked, and traced within the block."""
    scanner = Scanner()
    scanner.learn(set(learned))
    scanner.scan()
    tracer = tracer or Recording()
    calls.start(tracer)
    try:
        yield tracer
    finally:
        calls.stop()


def within(*functions):
    """The calls of stages where these are called in a request: the application's, and theirs."""

    def application(environ, start_response):
        start_response("200 OK", [])
        for function in functions:
            function()
        return []

    with traced() as tracer:
        error = ask(application)[2]
        assert error is None, error
    return tracer.calls()


@contextlib.contextmanager
def stderr():
    """What is written to sys.stderr within the block."""
    before, sys.stderr = sys.stderr, io.StringIO()
    try:
        yield sys.stderr
    finally:
        sys.stderr = before


def row_names(rows):
    """The names of stages, as a tree has them."""
    return [row["name"] for row in rows]
