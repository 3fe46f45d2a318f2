"""Applications that run coroutines by hand, which pass the two on: `EXPECTED` says which stages
each passes."""

from __future__ import annotations

import asyncio

from .layered import rooted

EXPECTED, UNSEEN, root = rooted(globals())


def leaf(one, two):
    two("200 OK", [("Content-Type", "text/plain")])
    return [b"leaf"]


def run(coroutine):
    try:
        while True:
            coroutine.send(None)
    except StopIteration as stop:
        return stop.value


def made(make):
    """What a function makes around the leaf is a root."""
    root(f"{make.__name__}.<locals>.Made", "leaf")(make(leaf))
    return make


@made
def by_a_method(following):
    class Made:
        async def go(self, e, s):
            return following(e, s)

        def __call__(self, environ, start_response):
            return run(self.go(environ, start_response))

    return Made()


@made
def by_its_attribute(following):
    class Made:
        def __init__(self, held):
            self.held = held

        async def go(self, environ, start_response):
            return await self.go_on(environ, start_response)

        async def go_on(self, e, s):
            return self.held(e, s)

        def __call__(self, environ, start_response):
            return asyncio.run(self.go(environ, start_response))

    return Made(following)


@made
def by_its_context(following):
    class Made:
        async def __aenter__(self):
            return following

        async def __aexit__(self, *exc):
            pass

        def __call__(self, environ, start_response):
            async def go():
                async with self as entered:
                    return entered(environ, start_response)

            return run(go())

    return Made()


@made
def by_its_steps(following):
    class Made:
        async def steps(self, e, s):
            for block in following(e, s):
                yield block

        def __call__(self, environ, start_response):
            async def collected():
                return [block async for block in self.steps(environ, start_response)]

            return run(collected())

    return Made()


async def runs(e, s):
    return leaf(e, s)


@root("of_a_global", "leaf")
def of_a_global(environ, start_response):
    return run(runs(environ, start_response))
