"""Applications that functools makes of others: `EXPECTED` says which stages each passes, which are
those of the user's alone."""

from __future__ import annotations

import functools

from .layered import rooted

EXPECTED, UNSEEN, root = rooted(globals())

_PLAIN = ("Content-Type", "text/plain")


def leaf(environ, start_response):
    start_response("200 OK", [_PLAIN])
    return [b"leaf"]


class Mid:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


def held(app, *names):
    """It is found by itself, and where another stage has it."""
    root(*names)(app)
    root("Mid", *names)(Mid(app))


# By the class of its first argument a function is chosen: that of a dict.


@functools.singledispatch
def single(environ, start_response):
    return leaf(environ, start_response)


@functools.singledispatch
def several(environ, start_response):
    raise TypeError(type(environ))


@several.register(dict)
def of_dict(environ, start_response):
    return leaf(environ, start_response)


@several.register(list)
def of_list(environ, start_response):
    return Mid(leaf)(environ, start_response)


@functools.singledispatch
def of_object(environ, start_response):
    raise TypeError(type(environ))


of_object.register(dict, Mid(leaf))
held(single, "single", "leaf")
held(several, "of_dict", "leaf")
held(of_object, "Mid", "leaf")


class Single:
    """Both of its methods have one name."""

    @functools.singledispatchmethod
    def __call__(self, environ, start_response):
        raise TypeError(type(environ))

    @__call__.register(dict)
    def _(self, environ, start_response):
        return leaf(environ, start_response)

    @__call__.register(list)
    def _(self, environ, start_response):
        return Mid(leaf)(environ, start_response)


class Serves(Mid):
    @functools.singledispatchmethod
    def serve(self, environ, start_response):
        raise TypeError(type(environ))

    @serve.register(dict)
    def serve_dict(self, environ, start_response):
        return self.app(environ, start_response)


class Static:
    @functools.singledispatchmethod
    def serve(self, environ, start_response):
        raise TypeError(type(environ))

    @serve.register(dict)
    @staticmethod
    def serve_dict(environ, start_response):
        return leaf(environ, start_response)


class OfClass:
    @functools.singledispatchmethod
    def serve(self, environ, start_response):
        raise TypeError(type(environ))

    @serve.register(dict)
    @classmethod
    def serve_dict(cls, environ, start_response):
        return leaf(environ, start_response)


class Default(Mid):
    """It is called by another method."""

    @functools.singledispatchmethod
    def serve(self, environ, start_response):
        return self.app(environ, start_response)

    def __call__(self, environ, start_response):
        return self.serve(environ, start_response)


held(Single(), "Single", "leaf")
held(Serves(leaf).serve, "Serves.serve_dict", "leaf")
held(Static().serve, "Static.serve_dict", "leaf")
held(OfClass().serve, "OfClass.serve_dict", "leaf")
held(Default(leaf), "Default", "leaf")


# Some of the arguments of a method are given.


class Text:
    def run(self, environ, start_response, text):
        start_response("200 OK", [_PLAIN])
        return [text]

    __call__ = functools.partialmethod(run, text=b"text")


class Calls:
    def run(self, environ, start_response, text):
        start_response("200 OK", [_PLAIN])
        return [text]

    serve = functools.partialmethod(run, text=b"calls")

    def __call__(self, environ, start_response):
        return self.serve(environ, start_response)


class First:
    def run(self, app, environ, start_response):
        return app(environ, start_response)

    __call__ = functools.partialmethod(run, leaf)


class Last:
    def run(self, environ, start_response, app):
        return app(environ, start_response)

    __call__ = functools.partialmethod(run, app=leaf)


held(Text(), "Text")
held(Calls(), "Calls")
held(Calls().serve, "Calls.run")
held(First(), "First", "leaf")
held(Last(), "Last", "leaf")


# What a factory makes is kept.


@functools.lru_cache(maxsize=None)
def made():
    def inner(environ, start_response):
        start_response("200 OK", [_PLAIN])
        return [b"inner"]

    return inner


@functools.lru_cache(maxsize=None)
def around(app):
    def outer(environ, start_response):
        return app(environ, start_response)

    return outer


@functools.lru_cache(maxsize=None)
class Kept(Mid):
    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


def asks(environ, start_response):
    return around(made())(environ, start_response)


held(made(), "made.<locals>.inner")
held(around(made()), "around.<locals>.outer", "made.<locals>.inner")
held(Kept(leaf), "Kept", "leaf")
root("asks", "around.<locals>.outer", "made.<locals>.inner")(asks)
