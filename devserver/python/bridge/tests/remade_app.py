"""Functions that requests make by the code of one that is a stage already, and of a method."""

from __future__ import annotations

import types

made = {}


def leaf(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"leaf"]


def base(environ, start_response):
    return leaf(environ, start_response)


class Mid:
    app = staticmethod(leaf)

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


def copied(function, **changes):
    code = function.__code__.replace(**changes)
    return types.FunctionType(code, function.__globals__, function.__name__)


class Made:
    __call__ = None
    app = staticmethod(leaf)


def remade():
    return type("Made", (Made,), {"__call__": copied(Mid.__call__)})()


MAKES = {
    "/base": lambda: base,
    "/copy": lambda: copied(base),
    "/named": lambda: copied(base, co_name="named"),
    "/line": lambda: copied(base, co_firstlineno=1),
    "/class": remade,
}


def application(environ, start_response):
    """It makes what is at a path once."""
    path = environ["PATH_INFO"]
    if path not in made:
        made[path] = MAKES[path]()
    return made[path](environ, start_response)


def anew(environ, start_response):
    """It makes it for each request."""
    return MAKES[environ["PATH_INFO"]]()(environ, start_response)
