"""An application that waits for a pipe to be opened, alone and within another stage."""

from __future__ import annotations

from stepping_app import TEXT, Auth, Stream


def gated(environ, start_response):
    """A stage alone, which waits for a pipe to be opened: in its call, or in its body."""
    kind = environ["QUERY_STRING"]
    if kind in ("stream", "fails-in-stream"):
        start_response("200 OK", TEXT)
        return Stream(_gated_blocks(environ, kind))
    if kind.endswith("generator"):
        return _gated_generator(kind, environ, start_response)
    _wait(environ)
    if kind == "read":
        environ["wsgi.input"].read(2)
    if kind == "fails":
        raise KeyError("gated")
    write = start_response("200 OK", TEXT)
    if kind == "write":
        write(b"written ")
    if kind == "fails-after-start":
        raise KeyError("after")
    if kind == "file":
        return environ["wsgi.file_wrapper"](GatedFile(environ))
    return [b"one", b"two"]


class GatedFile:
    """A file that waits, too."""

    def __init__(self, environ):
        self.environ = environ
        self.blocks = iter([b"one", b"two"])

    def read(self, size):
        block = next(self.blocks, b"")
        if block == b"two":
            _wait(self.environ)
        return block

    def close(self):
        pass


def _wait(environ):
    environ["wsgi.errors"].write("it waits\n")
    with open(environ["HTTP_GATE"], "rb") as gate:
        gate.read()


def _gated_blocks(environ, kind):
    yield b"one"
    _wait(environ)
    if kind == "fails-in-stream":
        raise KeyError("in the stream")
    yield b"two"


def _gated_generator(kind, environ, start_response):
    if kind == "starts-in-generator":
        _wait(environ)
    start_response("200 OK", TEXT)
    yield b"one"
    if kind != "starts-in-generator":
        _wait(environ)
    yield "two" if kind == "text-in-generator" else b"two"


gated_within = Auth(gated)
