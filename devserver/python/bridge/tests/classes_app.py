"""Classes that are applications, by odd instances, and such as are not: `EXPECTED` says which
stages each application passes."""

from __future__ import annotations

import collections
import functools
from collections.abc import Mapping
from typing import Any, NamedTuple

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


def held(*names):
    """It is found by itself, and where another stage has it."""

    def add(kind):
        root(kind.__qualname__, *names)(kind)
        root("Mid", kind.__qualname__, *names)(Mid(kind))
        return kind

    return add


Pair = collections.namedtuple("Pair", "environ start_response")


@held("leaf")
class OfPair(Pair):
    def __iter__(self):
        return iter(leaf(self.environ, self.start_response))


@held("leaf")
class Typed(NamedTuple):
    environ: Any
    start_response: Any

    def __iter__(self):
        return iter(leaf(self[0], self[1]))


class Sequence:
    """It is iterated by its places."""

    blocks = [b"one", b"two"]

    def __getitem__(self, at):
        return self.blocks[at]

    def __len__(self):
        return len(self.blocks)


@held()
class Starts(Sequence):
    def __init__(self, environ, start_response):
        start_response("200 OK", [_PLAIN])


@held("leaf")
class PassesOn(Sequence):
    def __init__(self, environ, start_response):
        self.blocks = list(leaf(environ, start_response))


class Lazily(Sequence):
    def __init__(self, environ, start_response):
        self.environ, self.start = environ, start_response

    def __getitem__(self, at):
        if not at:
            self.start("200 OK", [_PLAIN])
        return super().__getitem__(at)


held()(Lazily)


@held()
class Odd(Sequence):
    def __init__(self, e, s):
        self.e, self.s = e, s

    def __getitem__(self, at):
        if not at:
            self.s("200 OK", [_PLAIN])
        return super().__getitem__(at)


@root("makes", "makes.<locals>.Made", "leaf", unseen=["makes.<locals>.Made"])
def makes(environ, start_response):
    class Made:
        def __init__(self, environ, start_response):
            self.blocks = list(leaf(environ, start_response))

        def __getitem__(self, at):
            return self.blocks[at]

        def __len__(self):
            return len(self.blocks)

    return Made(environ, start_response)


# Several that have one maker.


class Gives:
    def __new__(cls, environ, start_response):
        start_response("200 OK", [_PLAIN])
        return [cls.__name__.encode()]


class OneGives(Gives):
    pass


class TwoGives(Gives):
    pass


class PassesTo:
    inner: Any

    def __new__(cls, environ, start_response):
        return cls.inner(environ, start_response)


class Inmost(PassesTo):
    inner = staticmethod(leaf)


class Between(PassesTo):
    inner = Inmost


held("Inmost", "leaf")(Between)


class Began(NamedTuple):
    environ: Any
    start_response: Any

    def __iter__(self):
        self.start_response("200 OK", [_PLAIN])
        return iter([b"began"])


class OneBegan(Began):
    pass


class TwoBegan(Began):
    pass


def drop(*args):
    pass


@root("both_give", "OneGives", "TwoGives", "OneBegan", "TwoBegan", "Gives")
def both_give(environ, start_response):
    for each in OneGives, TwoGives, OneBegan, TwoBegan:
        [*each(environ, drop)]
    return Gives(environ, start_response)


# No application is one that remembers a request.


@root("remembers_a_pair")
def remembers_a_pair(environ, start_response):
    """Others are applications that have its maker."""
    pair = Pair(environ, start_response)
    pair.start_response("200 OK", [_PLAIN])
    return [b"pair"]


class Remembers:
    def __init__(self, environ, start_response):
        self.environ, self.start = environ, start_response

    def __getitem__(self, name):
        return self.environ[name]

    def __len__(self):
        return len(self.environ)

    def respond(self):
        self.start("200 OK", [_PLAIN])
        return [b"%d" % bool(self["PATH_INFO"])]


class Further(Remembers):
    def __init__(self, environ, start_response):
        super().__init__(environ, start_response)
        self.more = "yes"


class Keys(Remembers):
    def __init__(self, environ, start_response):
        super().__init__(environ, start_response)
        start_response("200 OK", [_PLAIN])

    def keys(self):
        return self.environ.keys()


@root("remembers")
def remembers(environ, start_response):
    Remembers(environ, start_response)
    return Further(environ, start_response).respond()


@root("has_keys")
def has_keys(environ, start_response):
    return [b"%d" % len(Keys(environ, start_response).keys())]


class Request(Mapping):
    """It can be iterated, and answers, but gives no blocks."""

    def __init__(self, environ, start_response):
        self.environ, self.start = environ, start_response

    def __getitem__(self, name):
        return self.environ[name]

    def __iter__(self):
        return iter(self.environ)

    def __len__(self):
        return len(self.environ)

    def respond(self):
        self.start("200 OK", [_PLAIN])
        return [b"%d" % len(self)]


class Sorted(dict):
    def __init__(self, environ, start_response):
        super().__init__(environ, start=start_response)

    def __iter__(self):
        return iter(sorted(self.keys()))


@root("makes_a_mapping")
def makes_a_mapping(environ, start_response):
    class Within(Mapping):
        def __init__(self, environ, start_response):
            self.environ, self.start = environ, start_response

        def __getitem__(self, name):
            return self.environ[name]

        def __iter__(self):
            return iter(self.environ)

        def __len__(self):
            return len(self.environ)

    Within(environ, start_response)
    Sorted(environ, start_response)
    return Request(environ, start_response).respond()


@held("leaf")
class Answering(Request):
    def __iter__(self):
        return iter(leaf(self.environ, self.start))


class Begins(Sorted):
    def __init__(self, environ, start_response):
        start_response("200 OK", [_PLAIN])
        super().__init__({b"key": b"value"}, start_response)

    def __iter__(self):
        return iter([b"one", b"two"])


held()(Begins)


class Given:
    """It is given something before the two."""

    def __init__(self, app, environ, start_response):
        self.app, self.environ, self.start = app, environ, start_response

    def __iter__(self):
        return iter(self.app(self.environ, self.start))


class Named:
    def __init__(self, environ, start_response, app=None):
        self.app, self.environ, self.start = app, environ, start_response

    def __iter__(self):
        return iter(self.app(self.environ, self.start))


class Makes:
    def __init__(self, kind, app):
        self.kind, self.app = kind, app

    def __call__(self, environ, start_response):
        return self.kind(self.app, environ, start_response)


class Context:
    """It has the two, and gives what it was told."""

    def __init__(self, lines, environ, start_response):
        self.lines = lines

    def __iter__(self):
        return iter(self.lines)


root("Given", "leaf")(functools.partial(Given, leaf))
root("Mid", "Given", "leaf", name="of_given")(Mid(functools.partial(Given, leaf)))
root("Mid", "Named", "leaf", name="of_named")(Mid(functools.partial(Named, app=leaf)))
root("Makes", "Given", "leaf")(Makes(Given, leaf))


@root("has_context", "leaf")
def has_context(environ, start_response):
    assert list(Context(["a"], environ, start_response)) == ["a"]
    return leaf(environ, start_response)


def odd(one, two):
    return leaf(one, two)


@held("odd", "leaf")
class ByItsName:
    """What it goes on to is known by what it has kept."""

    def __init__(self, environ, start_response):
        self.environ, self.start = environ, start_response

    def __iter__(self):
        return iter(odd(self.environ, self.start))


class GivenByItsName(Given):
    def __iter__(self):
        return iter(odd(self.environ, self.start))


root("Mid", "GivenByItsName", "odd", "leaf", name="of_given_by_name")(
    Mid(functools.partial(GivenByItsName, None))
)


class Says:
    def __init__(self, text, environ, start_response):
        self.text, self.start_response = text, start_response

    def __iter__(self):
        self.start_response("200 OK", [_PLAIN])
        yield self.text


root("Says")(functools.partial(Says, b"hi"))
root("Mid", "Says", name="of_says")(Mid(lambda e, s: Says(b"hi", e, s)))
EXPECTED["of_says"].insert(1, __name__ + ".<lambda>")


class Rescued:
    """What a middleware makes of a body, to answer anew where that fails."""

    def __init__(self, body, environ, start_response):
        self.body, self.environ, self.start_response = body, environ, start_response

    def __iter__(self):
        try:
            yield from self.body
        except ZeroDivisionError:
            self.start_response("500 Oh", [_PLAIN])
            yield b"oh"


class Visit:
    """It is remembered by what it has kept, and is iterated for that."""

    def __init__(self, store, environ, start_response):
        self.store, self.environ, self.start_response = store, environ, start_response

    def __iter__(self):
        return iter(self.environ)

    def go_on(self, app):
        return app(self.environ, self.start_response)


@root("rescues", "leaf")
def rescues(environ, start_response):
    return Rescued(leaf(environ, start_response), environ, start_response)


@root("visits", "leaf")
def visits(environ, start_response):
    visit = Visit({}, environ, start_response)
    assert "PATH_INFO" in list(visit)
    return visit.go_on(leaf)


class Runs:
    """It goes on by a function of its own that takes more, and is no stage."""

    def __init__(self, app):
        self.app = app

    @staticmethod
    def run(app, environ, start_response):
        return app(environ, start_response)

    def __call__(self, environ, start_response):
        return self.run(self.app, environ, start_response)


root("Runs", "leaf")(Runs(leaf))

#: Each is a pass of its own.
twice = Mid(functools.partial(Given, functools.partial(Given, leaf)))
