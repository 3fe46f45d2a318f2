"""Stages that are skipped, of kinds that give way to what they hold otherwise than functions and
objects do: `app` is around one of each, by the path."""

from __future__ import annotations


class Body:
    """The blocks of the innermost, which counts how often they are closed."""

    closed = 0

    def __iter__(self):
        return iter([b"o", b"ne"])

    def close(self):
        Body.closed += 1


def leaf(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return Body()


def plain(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"%d" % Body.closed]


class Keeps:
    """Calls what is within it as its blocks are asked for."""

    inner = staticmethod(leaf)

    def __init__(self, environ, start_response):
        self.environ, self.start_response = environ, start_response

    def __iter__(self):
        for block in self.inner(self.environ, self.start_response):
            yield block.upper()


class Calls:
    """Calls it at once, and is its own iterator."""

    inner = staticmethod(leaf)

    def __init__(self, environ, start_response):
        self.body = self.inner(environ, start_response)
        self.blocks = iter(self.body)

    def __iter__(self):
        return self

    def __next__(self):
        return next(self.blocks).upper()

    def close(self):
        self.body.close()


class Slotted:
    """No reference can be kept to what it makes."""

    __slots__ = ("body",)
    inner = staticmethod(leaf)

    def __init__(self, environ, start_response):
        self.body = self.inner(environ, start_response)

    def __iter__(self):
        return iter(self.body)


def attribute(held):
    def Attribute(environ, start_response):
        return [block.upper() for block in Attribute.app(environ, start_response)]

    Attribute.app = held
    return Attribute


def default(held):
    def Default(environ, start_response, *, of=(held,)):
        return [block.upper() for block in of[0](environ, start_response)]

    return Default


STAGES = {
    "/Keeps": Keeps,
    "/Calls": Calls,
    "/Slotted": Slotted,
    "/Attribute": attribute(leaf),
    "/Default": default(leaf),
    "/plain": plain,
}


def app(environ, start_response):
    return STAGES[environ["PATH_INFO"]](environ, start_response)
