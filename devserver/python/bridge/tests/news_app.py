"""Classes that have a `__new__` which is given an environ and a start_response: `EXPECTED` says
which stages each application passes."""

from __future__ import annotations

import collections
import functools

from .layered import rooted

EXPECTED, UNSEEN, root = rooted(globals())

_PLAIN = ("Content-Type", "text/plain")


class Mid:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


def held(*names, around=lambda kind: kind):
    """It is found by itself, and where another stage has it."""

    def add(kind):
        root(*names)(around(kind))
        root("Mid", *names)(Mid(around(kind)))
        return kind

    return add


# What is no instance is the body.


@held("Lists")
class Lists:
    def __new__(cls, environ, start_response):
        start_response("200 OK", [_PLAIN])
        return [b"lists"]


@held("Steps")
class Steps:
    def __new__(cls, environ, start_response):
        start_response("200 OK", [_PLAIN])
        yield b"steps"


@held("Odd")
class Odd:
    """It has no use for what makes an instance."""

    def __new__(cls, e, s):
        s("200 OK", [_PLAIN])
        return [b"odd"]

    def __init__(self, environ, start_response):
        self.start = start_response

    def __iter__(self):
        raise NotImplementedError


@held("Further", "Lists")
class Further:
    def __new__(cls, environ, start_response):
        return Lists(environ, start_response)


@held("Inherits")
class Inherits(Lists):
    pass


@held("Around")
class Around(Lists):
    def __new__(cls, environ, start_response):
        return [*super().__new__(cls, environ, start_response), b"around"]


held("Lists", around=functools.partial)(Lists)


@root("calls", "Lists")
def calls(environ, start_response):
    return Lists(environ, start_response)


# An instance is.


@held("Body")
class Body:
    def __new__(cls, environ, start_response):
        self = super().__new__(cls)
        self.start = start_response
        return self

    def __iter__(self):
        self.start("200 OK", [_PLAIN])
        yield b"body"


@held("SubNew")
class SubNew(Body):
    def __new__(cls, environ, start_response):
        self = super().__new__(cls, environ, start_response)
        self.is_one = type(self) is cls
        return self

    def __iter__(self):
        yield from super().__iter__()
        yield b"%d" % self.is_one


@held("SubInit")
class SubInit(Body):
    def __init__(self, environ, start_response):
        self.start = start_response
        self.more = b"init"

    def __iter__(self):
        yield from super().__iter__()
        yield self.more


@held("SubSubInit")
class SubSubInit(SubInit):
    def __init__(self, environ, start_response):
        super().__init__(environ, start_response)
        self.more += b" again"


@held("Blocks")
class Blocks(tuple):
    def __new__(cls, environ, start_response):
        start_response("200 OK", [_PLAIN])
        return super().__new__(cls, [b"blocks"])


# No application is one that remembers a request.


class Remembers:
    def __new__(cls, environ, start_response):
        self = super().__new__(cls)
        self.start = start_response
        return self

    def respond(self):
        self.start("200 OK", [_PLAIN])
        return [type(self).__name__.encode()]


Pair = collections.namedtuple("Pair", "environ start_response")


class SubPair(Pair):
    def __new__(cls, environ, start_response):
        return super().__new__(cls, environ, start_response)


@root("remembers")
def remembers(environ, start_response):
    return Remembers(environ, start_response).respond()


@root("pairs")
def pairs(environ, start_response):
    pair = SubPair(*Pair(environ, start_response))
    pair.start_response("200 OK", [_PLAIN])
    return [type(pair).__name__.encode()]


class Made(list):
    """It is made by its __init__ alone."""

    def __new__(cls, environ, start_response):
        start_response("200 OK", [_PLAIN])
        return super().__new__(cls)

    def __init__(self, environ, start_response):
        super().__init__([b"made"])


@root("makes")
def makes(environ, start_response):
    return Made(environ, start_response)


@root("defines")
def defines(environ, start_response):
    class Local:
        def __new__(cls, environ, start_response):
            start_response("200 OK", [_PLAIN])
            return super().__new__(cls)

        def __init__(self, environ, start_response):
            self.blocks = [b"local"]

        def __iter__(self):
            return iter(self.blocks)

    return Local(environ, start_response)
