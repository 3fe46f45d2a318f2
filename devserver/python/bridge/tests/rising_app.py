"""Exceptions in what stages give as start_response and as write(), as the module `rising`."""


def adding(app, name, fails=False):
    """A stage that adds a header; its start_response fails where it is to, or else what it returns
    does."""

    def adds(environ, start_response):
        def started(status, headers, exc_info=None):
            if fails and environ["PATH_INFO"] == "/start":
                raise ValueError(name)
            headers = headers + [("X-Stage", name)]
            write = start_response(status, headers, exc_info)
            if environ["PATH_INFO"] == "/text":
                return write

            def written(block):
                if fails and environ["PATH_INFO"] == "/write":
                    raise ValueError(name)
                return write(block)

            return written

        return app(environ, started)

    return adds


def passing(app):
    def passes(environ, start_response):
        return app(environ, start_response)

    return passes


def handling(app):
    def handles(environ, start_response):
        try:
            return app(environ, start_response)
        except ValueError:
            start_response("500 Sorry", [("Content-Type", "text/plain")])
            return [b"sorry"]

    return handles


def view(environ, start_response):
    headers = [("Content-Type", "text/plain")]
    if environ["QUERY_STRING"] == "caught":
        try:
            start_response("200 OK", headers)
        except ValueError:
            raise KeyError("its own") from None
    block = "text" if environ["PATH_INFO"] == "/text" else b"written"
    start_response("200 OK", headers, None)(block)
    return [b"given"]


def calling_with(*args):
    """A view that calls start_response with these alone."""

    def calls(environ, start_response):
        start_response(*args)
        return [b"text"]

    return calls


def asking(app):
    """A stage whose start_response asks for more than it may."""

    def asks(environ, start_response):
        return app(environ, lambda status, headers, exc_info: start_response(status, headers))

    return asks


def late(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])(b"written")
    yield b"given"


def again(environ, start_response):
    import sys

    write = start_response("200 OK", [("Content-Type", "text/plain")])
    write(b"written")
    try:
        raise ValueError("the view's")
    except ValueError:
        start_response("500 Sorry", [("Content-Type", "text/plain")], sys.exc_info())
    return [b"given"]


def gives_up(environ, start_response):
    """Raises by hand what generators are closed by."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"given"
    raise GeneratorExit("by hand")


class Closing:
    """A body whose close() raises what iterators end by."""

    def __init__(self, environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        self.blocks = [b"given"]

    def __iter__(self):
        return iter(self.blocks)

    def close(self):
        raise StopIteration("by hand")


def logging(environ, start_response):
    """Handles exceptions itself, as it is called and as its body goes on, and tells of them."""
    import logging

    def failing(what):
        try:
            raise ValueError(what)
        except ValueError:
            logging.getLogger("rising").exception("it went wrong")

    failing("called")
    start_response("200 OK", [("Content-Type", "text/plain")])

    def blocks():
        yield b"given"
        failing("iterated")
        yield b"given, too"

    return blocks()


def relaying(app):
    def relays(environ, start_response):
        body = app(environ, start_response)
        try:
            for block in body:
                yield block + b"."
        finally:
            body.close()

    return relays


app = handling(adding(passing(view), "outer", fails=True))
outermost = adding(passing(view), "outer", fails=True)
nested = handling(adding(adding(passing(view), "inner"), "outer", fails=True))
lazy = handling(adding(passing(late), "outer", fails=True))
raised_again = handling(adding(again, "outer"))
given_up = handling(relaying(gives_up))
closing = handling(passing(Closing))
logged = passing(relaying(logging))
few = passing(adding(passing(calling_with("200 OK")), "outer"))
none = passing(adding(passing(calling_with()), "outer"))
many = passing(adding(passing(calling_with("200 OK", [], None, None)), "outer"))
failing = passing(adding(passing(calling_with("200 OK", 7, None)), "outer"))
asked = passing(asking(passing(calling_with("200 OK", []))))
