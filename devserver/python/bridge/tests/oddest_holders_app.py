"""More applications around applications whose parameters no name gives away, as those of
`odder_holders_app`: they are handed on in odd ways, and what they hand on is no stage each time."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import operator
import threading

from .layered import listed, stacked

LAYERS, layer = listed()


def leaf(one, two):
    two("200 OK", [("Content-Type", "text/plain")])
    return [b"leaf"]


@layer("Copies", "Copies")
class Copies:
    """Its other method gets another environ; __call__ with another is a further pass."""

    def __init__(self, following):
        self.following = following

    def __call__(self, environ, start_response):
        if "odder.copied" not in environ:
            return self(dict(environ, **{"odder.copied": "yes"}), start_response)
        return self.go_on(dict(environ), start_response)

    def go_on(self, environ, start_response):
        return self.following(environ, start_response)


@layer("awaited.<locals>.outer")
def awaited(following):
    async def inner(e, s):
        return following(e, s)

    def outer(environ, start_response):
        return asyncio.run(inner(environ, start_response))

    return outer


@layer("first_request.<locals>.First", "first_request.<locals>.inner")
def first_request(following):
    def inner(x, y):
        return following(x, y)

    class First:
        chain = None

        def __call__(self, e, s):
            if self.chain is None:
                self.chain = functools.partial(functools.partial(inner))
            return self.chain(e, s)

    return First()


def by_keyword(*, environ, start_response, following):
    return following(environ, start_response)


@layer("keywords.<locals>.outer", "by_keyword")
def keywords(following):
    def outer(e, s):
        return by_keyword(environ=e, start_response=s, following=following)

    return outer


class Chain:
    """Middlewares that are called with what is next."""

    def __init__(self, *stages):
        self.stages = stages

    def __call__(self, e, s):
        stages = iter(self.stages)

        def following(e, s):
            return next(stages)(e, s, following)

        return following(e, s)


def passes_to_next(e, s, following):
    return following(e, s)


@layer(
    "Chain",
    "Chain.__call__.<locals>.following",
    "passes_to_next",
    "Chain.__call__.<locals>.following",
    "chain.<locals>.last",
)
def chain(following):
    def last(e, s, more=None):
        return following(e, s)

    return Chain(passes_to_next, last)


@layer("by_name.<locals>.outer", "Target.serve")
def by_name(following):
    target = Target(following)

    def outer(e, s):
        return operator.methodcaller("serve", e, s)(target)

    return outer


class Target:
    def __init__(self, following):
        self.following = following

    def serve(self, e, s):
        return self.following(e, s)


class Subpartial(functools.partial):
    pass


def three(following, e, s):
    return following(e, s)


@layer("three")
def of_partial(following):
    return Subpartial(three, following)


# What looks like a stage, and is none.


def compare(e, s):
    return (e, s) == (s, e)


def key(environ, start_response):
    return environ["PATH_INFO"]


def note(environ, start_response):
    environ["odder.noted"] = True


def makes_start(environ, start_response):
    def begin(status, headers, exc_info=None):
        return start_response(status, headers, exc_info)

    return begin


def respond(e, s, status, body):
    s(status, [])
    return [body]


class Valid:
    def __call__(self, one, two):
        return one is two

    def check(self, one, two):
        return self(one, two)


class Kept:
    def __init__(self, e, s):
        self.e, self.s = e, s


@layer("none_of_these.<locals>.outer")
def none_of_these(following):
    @contextlib.contextmanager
    def within(e, s):
        yield

    valid = Valid()

    def outer(e, s):
        compare(e, s)
        key(e, s)
        note(e, s)
        valid.check(e, s)
        Kept(e, s)
        respond(e, lambda status, headers: None, "200 OK", b"")
        with within(e, s), threading.Lock():
            return following(e, makes_start(e, s))

    return outer


application, EXPECTED = stacked(leaf, LAYERS)
