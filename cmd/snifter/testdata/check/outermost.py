"""One stage that breaks, by its path, what is harder to see where no stage is around it."""

import sys
from collections import ChainMap, namedtuple

PLAIN = [("Content-Type", "text/plain")]
Field = namedtuple("Field", "name value")
earlier = []


def within(environ, start_response):
    start_response("200 OK", PLAIN[:])
    return [b"within"]


def app(environ, start_response):
    path = environ["PATH_INFO"][1:]
    if path == "four":
        try:
            start_response("200 OK", PLAIN[:], None, None)
        except TypeError:
            pass
    if path == "named":
        start_response(status="200 OK", response_headers=PLAIN[:])
    if path == "exc-info-named":
        start_response("200 OK", PLAIN[:], exc_info=None)
        return [b"named"]
    if path == "space":
        start_response("200 OK", [*PLAIN, ("X-Space", " one")])
        return [b"space"]
    if path == "field":
        start_response("200 OK", [Field(*PLAIN[0])])
        return [b"field"]
    if path == "late":
        return late(start_response)
    if path == "restarted":
        return restarted(start_response)
    if path == "stubborn":
        start_response("200 OK", PLAIN[:])
        return stubborn()
    if path == "map":
        return within(ChainMap({}, environ), start_response)
    if path == "methodless":
        environ = {key: environ[key] for key in environ if key != "REQUEST_METHOD"}
        return within(environ, start_response)
    if path == "inputless":
        del environ["wsgi.input"]
        return within(environ, start_response)
    if path == "foreign":
        for old in earlier:
            try:
                old("200 OK", PLAIN[:])
            except Exception:
                pass
        earlier[:] = [start_response]
    if path == "close":
        environ["wsgi.input"].close()
        environ["wsgi.errors"].close()
    if path == "size":
        environ["wsgi.input"].read(size=1)
    if path == "seek":
        start_response("200 OK", PLAIN[:])
        environ["wsgi.input"].seek(0)
    if path == "string":
        start_response("200 OK", PLAIN[:])
        return "text"
    write = start_response("200 OK", PLAIN[:])
    if path == "tiny":
        return iter([b"x"] * 100)
    if path == "written":
        return written(write)
    return [b"a ", b"page"]


def late(start_response):
    yield b""
    start_response("200 OK", PLAIN[:])
    yield b"late"


def restarted(start_response):
    start_response("200 OK", PLAIN[:])
    yield b"begun"
    try:
        raise KeyError("late")
    except KeyError:
        try:
            start_response("500 Oops", PLAIN[:], sys.exc_info())
        except KeyError:
            pass
    yield b"more"


def stubborn():
    for _ in range(100):
        try:
            yield b"once more" * 8000
        except GeneratorExit:
            yield b"and again"
            return


def written(write):
    write(b"written")
    yield b"yielded"
