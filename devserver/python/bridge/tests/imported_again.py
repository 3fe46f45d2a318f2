"""What requests import, reload, or run as another module: what it builds is held by an object."""

from __future__ import annotations


def leaf(e, s):
    s("200 OK", [("Content-Type", "text/plain")])
    return [b"leaf"]


def passing(app):
    def inner(e, s):
        return app(e, s)

    return inner


class Held:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


application = Held(passing(leaf))
