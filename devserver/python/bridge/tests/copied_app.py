"""Stages that give a copy of their environ to the next one, and change that later."""

from __future__ import annotations

PLAIN = [("Content-Type", "text/plain")]


class Body:
    def __init__(self, blocks):
        self.blocks = blocks

    def __iter__(self):
        return iter(self.blocks)

    def close(self):
        pass


def generator(environ, start_response):
    environ["leaf"] = "1"
    start_response("200 OK", PLAIN[:])
    yield b"x"
    environ["leaf.late"] = "1"


def listed(environ, start_response):
    environ["leaf"] = "1"
    start_response("200 OK", PLAIN[:])
    return [b"x"]


def closing(environ, start_response):
    environ["leaf"] = "1"
    start_response("200 OK", PLAIN[:])
    return Body([b"x"])


class Passing:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


class Behind(Passing):
    """Once it has called the next."""

    def __call__(self, environ, start_response):
        mine = dict(environ)
        body = self.app(mine, start_response)
        mine["mine"] = "1"
        return body


class Between(Passing):
    """Between its blocks."""

    def __call__(self, environ, start_response):
        mine = environ.copy()
        body = self.app(mine, start_response)
        for block in body:
            mine["mine"] = "1"
            yield block
        if hasattr(body, "close"):
            body.close()


class Starting(Passing):
    """As that calls start_response."""

    def __call__(self, environ, start_response):
        mine = environ.copy()

        def start(status, headers, exc_info=None):
            mine["mine"] = "1"
            return start_response(status, headers, exc_info)

        return self.app(mine, start)


class Whole(Passing):
    """Once it has taken the whole body."""

    def __call__(self, environ, start_response):
        mine = environ.copy()
        body = self.app(mine, start_response)
        blocks = [*body]
        mine["mine"] = "1"
        if hasattr(body, "close"):
            body.close()
        return blocks


def sharing(environ, start_response):
    environ["trail"].append("leaf")
    start_response("200 OK", PLAIN[:])
    return [b"x"]


class Sharing(Passing):
    """What is within changes a list that both have; and it sees that."""

    def __call__(self, environ, start_response):
        environ["trail"] = ["sharing"]
        body = self.app(dict(environ), start_response)
        environ["end"] = len(environ["trail"])
        return body


STACKS = {
    f"/{make.__name__}/{leaf.__name__}": Passing(make(Passing(leaf)))
    for make in (Behind, Between, Starting, Whole)
    for leaf in (generator, listed, closing)
}

STACKS["/Sharing"] = Passing(Sharing(Passing(sharing)))


def application(environ, start_response):
    return STACKS[environ["PATH_INFO"]](environ, start_response)
