"""Applications around applications that are called through objects of a library (see `wrapping`):
the function that such an object calls is the stage, but that of an object's method is the
object's."""

from __future__ import annotations

from .layered import listed, stacked
from .wrapping import Adds, Mirror, MirroringWrapper, Wrapper

LAYERS, layer = listed()


def adds(wrapped, instance, args, kwargs):
    environ, start_response = args

    def start(status, headers, *exc_info):
        return start_response(status, [*headers, ("X-Added", "1")], *exc_info)

    return wrapped(environ, start)


def passes(wrapped, instance, args, kwargs):
    args[0]["wrapped.passes"] = "1"
    return wrapped(*args, **kwargs)


@layer("adds")
def around_all(app):
    return Wrapper(app, adds)


@layer("Plain")
class Plain:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


@layer("Method")
class Method:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)

    __call__ = Wrapper(__call__, adds)


@layer("Further")
class Further:
    """One stage, by whichever of its methods."""

    def __init__(self, app):
        self.app = app

    def serve(self, environ, start_response):
        return self.app(environ, start_response)

    serve = Wrapper(serve, passes)

    def __call__(self, environ, start_response):
        return self.serve(environ, start_response)


class Serves:
    """Of the stages of these, each has the name of its method."""

    def __init__(self, app):
        self.inner = app

    def serve(self, environ, start_response):
        return self.inner(environ, start_response)

    def respond(self, environ, start_response):
        return self.inner(environ, start_response)

    def mirror(self, environ, start_response):
        return self.inner(environ, start_response)

    def __call__(self, environ, start_response):
        return self.inner(environ, start_response)

    serve, respond = Wrapper(serve, passes), Wrapper(Wrapper(respond, adds), passes)
    mirror, __call__ = MirroringWrapper(mirror, passes), Wrapper(__call__, passes)


layer("Serves")(Serves)
layer("Serves.serve")(lambda app: Serves(app).serve)
layer("Serves.respond")(lambda app: Serves(app).respond)
layer("Serves.mirror")(lambda app: Serves(app).mirror)


@layer("passes", "static.<locals>.Static.serve")
def static(app):
    class Static:
        @staticmethod
        def serve(environ, start_response):
            return app(environ, start_response)

        serve = Wrapper(serve, passes)

    return Static.serve


def takes_more(app, environ, start_response):
    return app(environ, start_response)


# What stands for another, and does nothing, is none; nor is what adds arguments to those of a call.
layer("takes_more")(lambda app: Adds(takes_more, app))
layer("passes")(lambda app: MirroringWrapper(app, passes))
layer()(Mirror)


class Kept:
    def wraps(self, wrapped, instance, args, kwargs):
        return wrapped(*args, **kwargs)


@layer("passes", "Kept.wraps")
def twice(app):
    return Wrapper(Wrapper(app, Kept().wraps), passes)


@layer("closure.<locals>.inner", "passes")
def closure(app):
    kept = {"next": Wrapper(app, passes)}

    def inner(environ, start_response):
        return kept["next"](environ, start_response)

    return inner


def leaf(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"leaf"]


application, EXPECTED = stacked(leaf, LAYERS)
