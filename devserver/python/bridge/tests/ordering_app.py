"""Bodies of every kind, within stages that pass them on in every manner."""

from __future__ import annotations

import io

TEXT = [("Content-Type", "text/plain")]


class Middleware:
    def __init__(self, app):
        self.app = app


class Passes(Middleware):
    """Gives on what it gets."""

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


class Starts(Middleware):
    """Has a start_response of its own, and another environ within."""

    def __call__(self, environ, start_response):
        def begin(status, headers, exc_info=None):
            environ["started"] = status
            return start_response(status, [*headers, ("X-Started", "1")], exc_info)

        return self.app(dict(environ, copied="1"), begin)


class Yields(Middleware):
    """Calls the application when its own body is begun."""

    def __call__(self, environ, start_response):
        body = self.app(environ, start_response)
        try:
            for block in body:
                yield block.upper()
        finally:
            getattr(body, "close", lambda: None)()


class Wraps(Middleware):
    """Hands out a body of its own."""

    def __call__(self, environ, start_response):
        return Wrapped(self.app(environ, start_response))


class Wrapped:
    def __init__(self, body):
        self.body = body

    def __iter__(self):
        return iter(self.body)

    def close(self):
        getattr(self.body, "close", lambda: None)()


class Asks(Middleware):
    """Asks for something else in between, and takes what comes of it whole, without close()."""

    def __call__(self, environ, start_response):
        asked = dict(environ, PATH_INFO="/generator")
        b"".join(self.app(asked, lambda status, headers, exc_info=None: None))
        return self.app(environ, start_response)


class Catches(Middleware):
    """Answers in the place of what fails."""

    def __call__(self, environ, start_response):
        try:
            return [b"".join(self.app(environ, start_response))]
        except Exception as error:
            start_response("500 Caught", TEXT[:], (type(error), error, error.__traceback__))
            return [b"caught"]


class Blocks:
    """An iterator, with close()."""

    def __init__(self, *blocks, close=None):
        self.blocks = iter(blocks)
        self.error = close

    def __iter__(self):
        return self

    def __next__(self):
        block = next(self.blocks)
        if isinstance(block, Exception):
            raise block
        return block

    def close(self):
        if self.error:
            raise self.error


class Iterable:
    def __iter__(self):
        return iter([b"one", b"two"])


class Page:
    """A class that is an application."""

    def __init__(self, environ, start_response):
        self.start = start_response

    def __iter__(self):
        self.start("200 OK", TEXT[:])
        yield b"one"
        yield b"two"

    def close(self):
        pass


class Steps(Page):
    """One that is its own iterator."""

    def __iter__(self):
        self.start("200 OK", TEXT[:])
        self.blocks = iter([b"one", b"two"])
        return self

    def __next__(self):
        return next(self.blocks)


def at_list(environ, start_response):
    start_response("200 OK", TEXT[:])
    return [b"one", b"two"]


def at_one_block(environ, start_response):
    start_response("200 OK", TEXT[:])
    return [b"one"]


def at_tuple(environ, start_response):
    start_response("200 OK", TEXT[:])
    return (b"one", b"two")


def at_empty(environ, start_response):
    start_response("200 OK", TEXT[:])
    return []


def at_empty_blocks(environ, start_response):
    start_response("200 OK", TEXT[:])
    return Blocks(b"", b"")


def at_generator(environ, start_response):
    start_response("200 OK", TEXT[:])
    yield b"one"
    yield b"two"


def at_iterator(environ, start_response):
    start_response("200 OK", TEXT[:])
    return Blocks(b"one", b"two")


def at_iterable(environ, start_response):
    start_response("200 OK", TEXT[:])
    return Iterable()


def at_page(environ, start_response):
    return Page(environ, start_response)


def at_steps(environ, start_response):
    return Steps(environ, start_response)


def at_write(environ, start_response):
    write = start_response("200 OK", TEXT[:])
    write(b"one")
    write(b"two")
    return []


def at_write_and_more(environ, start_response):
    write = start_response("200 OK", TEXT[:])
    write(b"one")
    return Blocks(b"two", b"three")


def at_file(environ, start_response):
    start_response("200 OK", TEXT[:])
    return environ["wsgi.file_wrapper"](io.BytesIO(b"one" * 50_000))


def at_reads(environ, start_response):
    stream = environ["wsgi.input"]
    start_response("200 OK", TEXT[:])
    yield stream.read(2)
    yield stream.read()


def at_fails(environ, start_response):
    raise KeyError("call")


def at_fails_once_started(environ, start_response):
    start_response("200 OK", TEXT[:])
    raise KeyError("call")


def at_fails_at_once(environ, start_response):
    start_response("200 OK", TEXT[:])
    return Blocks(KeyError("iterate"))


def at_fails_midway(environ, start_response):
    start_response("200 OK", TEXT[:])
    return Blocks(b"one", KeyError("iterate"))


def at_fails_in_a_generator(environ, start_response):
    start_response("200 OK", TEXT[:])
    yield b"one"
    raise KeyError("iterate")


def at_fails_in_close(environ, start_response):
    start_response("200 OK", TEXT[:])
    return Blocks(b"one", close=KeyError("close"))


def at_starts_again(environ, start_response):
    start_response("200 OK", TEXT[:])
    try:
        raise KeyError("again")
    except KeyError as error:
        start_response("500 Again", TEXT[:], (type(error), error, error.__traceback__))
    return [b"one"]


def at_never_starts(environ, start_response):
    return [b"one"]


def at_text(environ, start_response):
    start_response("200 OK", TEXT[:])
    return ["no bytes"]


def at_none(environ, start_response):
    start_response("200 OK", TEXT[:])


def at_large(environ, start_response):
    """More than the server takes before it says so."""
    start_response("200 OK", TEXT[:])
    return Blocks(*[b"x" * 200_000] * 3)


def at_large_written(environ, start_response):
    write = start_response("200 OK", TEXT[:])
    for _ in range(3):
        write(b"x" * 200_000)
    return [b"end"]


def view(environ, start_response):
    return globals()["at_" + environ["PATH_INFO"][1:]](environ, start_response)


#: What answers, by path: every kind of body.
PATHS = ["/" + name[3:] for name in globals() if name.startswith("at_")]

passing = Passes(Passes(view))
starting = Starts(Passes(Starts(view)))
yielding = Passes(Yields(Passes(Yields(view))))
wrapping = Wraps(Passes(Wraps(view)))
asking = Passes(Asks(Passes(view)))
catching = Passes(Catches(Passes(view)))
mixed = Wraps(Starts(Yields(Asks(Catches(Starts(Passes(view)))))))

STACKS = ["passing", "starting", "yielding", "wrapping", "asking", "catching", "mixed"]
