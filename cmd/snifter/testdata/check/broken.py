"""Stacks that break a rule each, by the path that is asked for.

Which rule, and which stage is to blame, is in check_test.go; the other stages do all they should.
"""

import io

STACKS = {}
KEPT = {}
PLAIN = [("Content-Type", "text/plain")]


def app(environ, start_response):
    return STACKS[environ["PATH_INFO"][1:]](environ, start_response)


def at(path, *middlewares):
    """Make the decorated application the innermost stage of a stack, the outermost first."""

    def add(stage):
        for middleware in reversed(middlewares):
            stage = middleware(stage)
        STACKS[path] = stage
        return stage

    return add


class Good:
    """Passes on what it gets by an iterable of its own, and closes what it was given."""

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        def start(status, headers, exc_info=None):
            return start_response(status, [*headers, ("X-Good", "1")], exc_info)

        return Passing(self.app(environ, start))


class Passing:
    def __init__(self, body):
        self.body = body
        self.blocks = iter(body)

    def __iter__(self):
        return self

    def __next__(self):
        return next(self.blocks)

    def close(self):
        close = getattr(self.body, "close", None)
        if close is not None:
            close()


class Through:
    """A middleware that returns what it gets."""

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


class Changing:
    """A middleware that changes the environ."""

    def __init__(self, app, change):
        self.app, self.change = app, change

    def __call__(self, environ, start_response):
        return self.app(self.change(environ) or environ, start_response)


class Body:
    """A body of some blocks that has to be closed."""

    def __init__(self, *blocks):
        self.blocks = iter(blocks)

    def __iter__(self):
        return self

    def __next__(self):
        return next(self.blocks)

    def close(self):
        pass


def three(environ, start_response):
    start_response("200 OK", PLAIN[:])
    return Body(b"one", b"two", b"three")


STACKS["good"] = Good(Through(Good(three)))
STACKS["through"] = Through(Through(three))


# What is done with the body.


def forgetful(environ, start_response):
    for block in three(environ, start_response):
        yield block


STACKS["close-not-called"] = Good(forgetful)


class Mapping(Good):
    def __call__(self, environ, start_response):
        return map(bytes.upper, self.app(environ, start_response))


STACKS["close-lost"] = Good(Mapping(Through(three)))


class Twice(Good):
    def __call__(self, environ, start_response):
        body = self.app(environ, start_response)

        def run():
            try:
                for block in body:
                    yield block
            finally:
                body.close()
                body.close()

        return run()


STACKS["close-twice"] = Good(Twice(three))


class Buffering(Good):
    def __call__(self, environ, start_response):
        body = self.app(environ, start_response)
        try:
            return [b"".join(body)]
        finally:
            body.close()


STACKS["held-back"] = Good(Buffering(Through(three)))


class Pairing(Good):
    """Yields a block for every two."""

    def __call__(self, environ, start_response):
        body = self.app(environ, start_response)
        try:
            kept = b""
            for number, block in enumerate(body):
                kept += block
                if number % 2:
                    yield kept
                    kept = b""
            yield kept
        finally:
            body.close()


STACKS["paired"] = Pairing(three)


class Patient(Good):
    """Keeps all until the end, and yields an empty block for each."""

    def __call__(self, environ, start_response):
        body = self.app(environ, start_response)
        try:
            kept = []
            for block in body:
                kept.append(block)
                yield b""
            yield b"".join(kept)
        finally:
            body.close()


STACKS["patient"] = Good(Patient(three))


@at("after-close", Good)
def closed_early(environ, start_response):
    body = three_again(environ, start_response)
    body.close()
    yield from body


def three_again(environ, start_response):
    return three(environ, start_response)


@at("text", Good, Through)
def text(environ, start_response):
    start_response("200 OK", PLAIN[:])
    return ["text"]


class Decoding(Good):
    def __call__(self, environ, start_response):
        body = self.app(environ, start_response)
        try:
            for block in body:
                yield block.decode()
        finally:
            body.close()


STACKS["decoded"] = Good(Decoding(three))


@at("none", Through)
def none(environ, start_response):
    start_response("200 OK", PLAIN[:])


@at("string", Through)
def string(environ, start_response):
    start_response("200 OK", PLAIN[:])
    return b"a string"


@at("tiny", Good)
def tiny(environ, start_response):
    start_response("200 OK", PLAIN[:])
    return iter([b"x"] * 100)


@at("too-long", Good)
def too_long(environ, start_response):
    start_response("200 OK", [*PLAIN, ("Content-Length", "2")])
    return [b"three"]


@at("too-short", Good, Through)
def too_short(environ, start_response):
    start_response("200 OK", [*PLAIN, ("Content-Length", "20")])
    return [b"three"]


class Swelling(Good):
    """Makes the body longer, and leaves Content-Length as it was."""

    def __call__(self, environ, start_response):
        body = self.app(environ, start_response)
        try:
            for block in body:
                yield block + b"!"
        finally:
            getattr(body, "close", int)()


@at("swollen", Good, Swelling)
def sized(environ, start_response):
    start_response("200 OK", [*PLAIN, ("Content-Length", "5")])
    return [b"three"]


class Sizing(Through):
    """Says a length that is not so, and passes the body on."""

    def __call__(self, environ, start_response):
        def start(status, headers, exc_info=None):
            return start_response(status, [*headers, ("Content-Length", "3")], exc_info)

        return self.app(environ, start)


STACKS["sized-wrongly"] = Through(Sizing(three))


@at("no-content", Good)
def no_content(environ, start_response):
    start_response("204 No Content", [])
    return [b"and yet"]


@at("typed-nothing", Good)
def typed_nothing(environ, start_response):
    start_response("304 Not Modified", PLAIN[:])
    return []


@at("untyped", Good, Through)
def untyped(environ, start_response):
    start_response("200 OK", [])
    return [b"what is it?"]


class Opening(Good):
    """Iterates the file that should have been passed on."""

    def __call__(self, environ, start_response):
        body = self.app(environ, start_response)
        block = b"".join(body)
        body.close()
        return [block]


@at("file", Good, Opening, Through)
def file(environ, start_response):
    start_response("200 OK", PLAIN[:])
    return environ["wsgi.file_wrapper"](io.BytesIO(b"in a file"))


@at("file-passed", Through)
def file_passed(environ, start_response):
    return file_of(environ, start_response)


def file_of(environ, start_response):
    start_response("200 OK", PLAIN[:])
    return environ["wsgi.file_wrapper"](io.BytesIO(b"in a file"))


# start_response.


@at("never", Good)
def never(environ, start_response):
    return [b"no head"]


@at("late", Good)
def late(environ, start_response):
    yield b""
    start_response("200 OK", PLAIN[:])
    yield b"late"


@at("lazy", Good, Through)
def lazy(environ, start_response):
    start_response("200 OK", PLAIN[:])
    yield b"lazy"


@at("started-twice", Through)
def started_twice(environ, start_response):
    start_response("200 OK", PLAIN[:])
    start_response("200 OK", PLAIN[:])
    return [b""]


class Restarting(Good):
    def __call__(self, environ, start_response):
        body = self.app(environ, start_response)
        start_response("200 OK", PLAIN[:])
        return body


STACKS["restarted"] = Through(Restarting(three))


@at("keywords", Good)
def keywords(environ, start_response):
    start_response(status="200 OK", headers=PLAIN[:])
    return [b"by name"]


@at("foreign", Good)
def foreign(environ, start_response):
    start_response("200 OK", PLAIN[:])
    before = KEPT.pop("start", None)
    if before is not None:
        try:
            before("200 OK", PLAIN[:])
        except Exception:
            pass
    KEPT["start"] = start_response
    return [b"mine"]


@at("exc-info", Through)
def exc_info(environ, start_response):
    start_response("200 OK", PLAIN[:], ValueError("no tuple"))
    return [b""]


@at("swallowed", Good)
def swallowed(environ, start_response):
    start_response("200 OK", PLAIN[:])
    yield b"sent"
    try:
        raise ValueError("too late")
    except ValueError:
        import sys

        try:
            start_response("500 Failed", PLAIN[:], sys.exc_info())
        except ValueError:
            pass
    yield b"as if nothing had been"


@at("written", Good, Through)
def written(environ, start_response):
    write = start_response("200 OK", PLAIN[:])
    write(b"written")
    return []


@at("written-late", Through)
def written_late(environ, start_response):
    write = start_response("200 OK", PLAIN[:])
    yield b"one"
    write(b"two")


@at("status", Good)
def status(environ, start_response):
    start_response("200OK", PLAIN[:])
    return [b"x"]


@at("no-reason", Good)
def no_reason(environ, start_response):
    start_response("200 ", PLAIN[:])
    return [b"x"]


@at("interim", Through)
def interim(environ, start_response):
    start_response("100 Continue", PLAIN[:])
    return [b"x"]


@at("header-bytes", Good)
def header_bytes(environ, start_response):
    start_response("200 OK", [(b"Content-Type", b"text/plain")])
    return [b"x"]


class Naming(Through):
    def __init__(self, app, name, value="1"):
        self.app, self.header = app, (name, value)

    def __call__(self, environ, start_response):
        def start(status, headers, exc_info=None):
            return start_response(status, [*headers, self.header], exc_info)

        return self.app(environ, start)


STACKS["header-status"] = Good(Naming(three, "Status"))
STACKS["header-underscore"] = Good(Naming(three, "X_Name"))
STACKS["header-space"] = Good(Naming(three, "X-Name", " x"))
STACKS["header-control"] = Good(Naming(three, "X-Name", "a\nb"))
STACKS["hop-by-hop"] = Good(Naming(three, "Connection", "close"))


class Adding(Through):
    """Adds a header too late."""

    def __call__(self, environ, start_response):
        kept = []

        def start(status, headers, exc_info=None):
            kept.append(headers)
            return start_response(status, headers, exc_info)

        body = self.app(environ, start)
        kept[-1].append(("X-Late", "1"))
        return body


STACKS["header-late"] = Through(Adding(Through(three)))


# The environ, and the streams in it.


def of_environ(path, change):
    STACKS[path] = Good(Changing(Through(three), change))


of_environ("environ-type", lambda environ: environ.update(REMOTE_PORT=80))
of_environ("environ-bytes", lambda environ: environ.update(HTTP_X_USER=b"gin"))
of_environ("environ-unicode", lambda environ: environ.update(HTTP_X_USER="\u2603"))
of_environ("environ-missing", lambda environ: environ.pop("SERVER_NAME") and None)
of_environ("environ-query", lambda environ: environ.pop("QUERY_STRING") and None)
of_environ("environ-path", lambda environ: environ.update(PATH_INFO="x"))
of_environ("environ-script", lambda environ: environ.update(SCRIPT_NAME="/"))
of_environ("environ-content", lambda environ: environ.update(HTTP_CONTENT_TYPE="text/plain"))
of_environ("environ-length", lambda environ: environ.update(CONTENT_LENGTH="-1"))
of_environ("environ-method", lambda environ: environ.update(REQUEST_METHOD="FETCH"))
of_environ("environ-scheme", lambda environ: environ.update({"wsgi.url_scheme": "gopher"}))
of_environ("environ-version", lambda environ: environ.update({"wsgi.version": [1, 0]}))
of_environ("environ-flag", lambda environ: environ.update({"wsgi.run_once": "no"}))
of_environ("environ-input", lambda environ: environ.update({"wsgi.input": b""}))
of_environ("environ-errors", lambda environ: environ.update({"wsgi.errors": None}))
of_environ("environ-extension", lambda environ: environ.update({"my.own": object()}))
of_environ("environ-copy", lambda environ: dict(environ, HTTP_X_USER=1))


class Environ(dict):
    pass


of_environ("environ-subclass", Environ)


@at("input-close", Good)
def input_close(environ, start_response):
    environ["wsgi.input"].close()
    return three(environ, start_response)


@at("errors-close", Good)
def errors_close(environ, start_response):
    environ["wsgi.errors"].close()
    return three(environ, start_response)


@at("errors-bytes", Good)
def errors_bytes(environ, start_response):
    environ["wsgi.errors"].write(b"bytes")
    return three(environ, start_response)
