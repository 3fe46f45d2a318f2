"""More applications around applications, as those of `further_holders_app`: stages that are passed
more than once, or are made by each request or by other odd means."""

from __future__ import annotations

import functools
import types

from .layered import listed, stacked

LAYERS, layer = listed()


def leaf(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"leaf"]


class First:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


@layer("Third")
class Third(First):
    def __call__(self, environ, start_response):
        environ["further.third"] = 1
        return super().__call__(environ, start_response)


class Same:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


@layer("Same", "Same")
def twice(app):
    return Same(Same(app))


@layer("Again", "again.<locals>.between", "Again")
def again(app):
    """One object that is come to twice in a request."""

    class Again:
        def __call__(self, environ, start_response):
            if environ.get("further.again"):
                return app(environ, start_response)
            environ["further.again"] = True
            return between(environ, start_response)

    def between(environ, start_response):
        return instance(environ, start_response)

    Again.__qualname__ = "Again"
    instance = Again()
    return instance


@layer("Recursive", "Recursive", "Recursive")
class Recursive:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        depth = environ.get("further.depth", 0)
        if depth == 2:
            return self.app(environ, start_response)
        return self(dict(environ, **{"further.depth": depth + 1}), start_response)


@layer("recursive.<locals>.again", "recursive.<locals>.again")
def recursive(app):
    def again(environ, start_response):
        if "further.recursed" in environ:
            return app(environ, start_response)
        environ["further.recursed"] = 1
        return again(environ, start_response)

    return again


@layer("nested.<locals>.second.<locals>.third")
def nested(app):
    def second():
        def third(environ, start_response):
            return app(environ, start_response)

        return third

    return second()


@layer("PerRequest", "Made")
class PerRequest:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        return Made(self.app)(environ, start_response)


class Made:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


@layer("executed")
def by_exec(app):
    module = {"inner_app": app, "__name__": __name__}
    exec(
        "def executed(environ, start_response):\n    return inner_app(environ, start_response)\n",
        module,
    )
    return module["executed"]


@layer("partial_method")
def partial_of_keywords(app):
    return functools.partial(partial_method, app=app)


def partial_method(environ, start_response, app=None):
    return app(environ, start_response)


class WithPartial:
    def __init__(self, app):
        self.app = app

    def serve(self, setting, environ, start_response):
        return self.app(environ, start_response)

    main = functools.partialmethod(serve, "setting")


@layer("WithPartial.serve")
def partialmethod(app):
    return WithPartial(app).main


@layer("<lambda>")
def by_lambda(app):
    made = lambda e, s: app(e, s)  # noqa: E731, PLW0108
    made.__qualname__ = "<lambda>"
    return made


@layer("types_method")
def by_types(app):
    return types.MethodType(types_method, app)


def types_method(app, environ, start_response):
    return app(environ, start_response)


@layer("pools.<locals>.inner")
def pools(app):
    from concurrent.futures import ThreadPoolExecutor

    def inner(environ, start_response):
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(app, environ, start_response).result()

    return inner


@layer("Odd.handle")
def odd_method(app):
    class Odd:
        def handle(self, one, two):
            return app(one, two)

    Odd.__qualname__ = "Odd"
    Odd.handle.__qualname__ = "Odd.handle"
    return Odd().handle


application, EXPECTED = stacked(leaf, LAYERS)
