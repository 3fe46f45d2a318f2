"""Applications that no name gives away, in threads that were there before the request."""

from __future__ import annotations

import asyncio
import functools
import sys
import threading
from concurrent.futures import ThreadPoolExecutor


def filled(count):
    """A pool all of whose threads have begun."""
    made, barrier = ThreadPoolExecutor(count), threading.Barrier(count)
    list(made.map(lambda _: barrier.wait(), range(count)))
    return made


pool, further = filled(2), filled(1)


def answer(second, text):
    begin = [second]
    begin[0]("200 OK", [("Content-Type", "text/plain")])
    return [text]


def one(number, first, second):
    return answer(second, b"submitted %d" % number)


def submits(first, *rest):
    return pool.submit(functools.partial(one, 1), first, *rest).result()


def two(number, first, second):
    return answer(second, b"mapped %d" % number)


def maps(first, *rest):
    return next(iter(pool.map(lambda made: made(first, *rest), [functools.partial(two, 2)])))


def three(number, first, second):
    return answer(second, b"nested %d" % number)


def passes(number, *rest):
    return further.submit(functools.partial(three, number), *rest).result()


def nests(first, *rest):
    return pool.submit(functools.partial(passes, 3), first, *rest).result()


def four(number, first, second):
    return answer(second, b"awaited %d" % number)


def awaits(first, *rest):
    async def done():
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(pool, functools.partial(four, 4), first, *rest)

    return asyncio.run(done())


def five(number, first, second):
    return answer(second, b"cancelled %d" % number)


def cancels(first, *rest):
    gate = threading.Event()
    waits = further.submit(gate.wait)
    cancelled = further.submit(five, 0, first, *rest).cancel()
    gate.set()
    waits.result()
    return five(5 if cancelled else 0, first, *rest)


def state():
    """Whether this thread is watched, and what it runs."""
    names, frame = [], sys._getframe()
    while frame is not None:
        names.append(frame.f_code.co_name)
        frame = frame.f_back
    return sys.gettrace() is not None, names


def states(environ, start_response):
    """What a thread of a pool is about when this one gives it that, watched or not."""
    given = further.submit(state).result()
    before = sys.gettrace()
    sys.settrace(None)
    unwatched = further.submit(state).result()
    sys.settrace(before)
    return answer(start_response, repr((given, unwatched)).encode())


MOUNTS = {
    "submitted": submits,
    "mapped": maps,
    "nested": nests,
    "awaited": awaits,
    "cancelled": cancels,
    "states": states,
}


def application(environ, start_response):
    return MOUNTS[environ["PATH_INFO"][1:]](environ, start_response)
