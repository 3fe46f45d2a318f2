"""A stage that writes ahead of a list, which those around it pass on."""

from __future__ import annotations


def leaf(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"the first block", b"", b"the second one"]


class Passes:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


class Writes(Passes):
    def __call__(self, environ, start_response):
        def begin(status, headers, exc_info=None):
            write = start_response(status, headers)
            write(b"what was written")
            return write

        return self.app(environ, begin)


class Adds(Passes):
    """The list is its own, and what is written goes through it."""

    def __call__(self, environ, start_response):
        return [b"ahead", *self.app(environ, start_response)]


adding = Passes(Adds(Writes(leaf)))
application = Passes(Passes(Writes(leaf)))
