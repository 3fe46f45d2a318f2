"""Applications around applications whose parameters no name gives away: each is known by what it
does, or by what the stage around it does with it, before any request was made."""

from __future__ import annotations

import collections
import concurrent.futures
import dataclasses
import functools
import itertools
import types
import typing
import weakref

from .layered import listed, stacked

LAYERS, layer = listed()
KEPT = []


def leaf(one, two):
    two("200 OK", [("Content-Type", "text/plain")])
    return [b"leaf"]


@layer("Data")
@dataclasses.dataclass
class Data:
    following: object

    def __call__(self, e, s):
        return self.following(e, s)


@layer("Named")
class Named(typing.NamedTuple):
    inner: object

    def __call__(self, req, respond):
        return self.inner(req, respond)


@layer("ByReference")
class ByReference:
    def __init__(self, following):
        KEPT.append(following)
        # A NamedTuple, as the stage around, can't be referred to so.
        self.reference = weakref.ref(following)

    def __call__(self, env, start):
        return self.reference()(env, start)


def decorated(function):
    @functools.wraps(function)
    def wrapper(e, s):
        return function(e, s)

    return wrapper


@layer("decorated.<locals>.wrapper", "wraps.<locals>.inner")
def wraps(following):
    @decorated
    def inner(x, y):
        return following(x, y)

    return inner


@layer("ByPartialMethod")
class ByPartialMethod:
    def __init__(self, following):
        self.following = following

    def _serve(self, setting, e, s):
        return self.following(e, s)

    serve = functools.partialmethod(_serve, 3)

    def __call__(self, e, s):
        return self.serve(e, s)


@layer("Cached", "Cached.made.<locals>.inner")
class Cached:
    def __init__(self, following):
        self.following = following

    @functools.lru_cache(maxsize=None)  # noqa: B019
    def made(self):
        def inner(e, s):
            return self.following(e, s)

        return inner

    def __call__(self, e, s):
        return self.made()(e, s)


class Bound:
    """As a method descriptor that is no function."""

    def __init__(self, function):
        self.function = function

    def __get__(self, value, kind=None):
        return functools.partial(self.function, value)


@layer("WithDescriptor")
class WithDescriptor:
    def __init__(self, following):
        self.following = following

    @Bound
    def go(self, e, s):
        return self.following(e, s)

    def __call__(self, environ, start_response):
        return self.go(environ, start_response)


def _lambda(following):
    return lambda e, s: following(e, s)  # noqa: PLW0108


for _ in range(3):
    layer("_lambda.<locals>.<lambda>")(_lambda)


@layer("LateCall")
def late_call(following):
    class LateCall:
        pass

    LateCall.__qualname__ = "LateCall"
    LateCall.__call__ = lambda self, e, s: self.following(e, s)
    made = LateCall()
    made.following = following
    return made


@layer("StaticCall")
def static_call(following):
    class StaticCall:
        @staticmethod
        def __call__(e, s):
            return following(e, s)

    StaticCall.__call__.__qualname__ = "StaticCall.__call__"
    return StaticCall()


@layer("table.<locals>.outer", "table.<locals>.inner")
def table(following):
    def inner(req, respond):
        return following(req, respond)

    routes = collections.ChainMap({}, {"/": types.MappingProxyType({"GET": inner})})

    def outer(e, s):
        return routes["/"][e["REQUEST_METHOD"]](e, s)

    return outer


@layer("Routes", "routed.<locals>.index")
def routed(following):
    class Routes:
        def __init__(self):
            self.routes = []

        def __call__(self, e, s):
            for path, view in self.routes:
                if path == e["PATH_INFO"]:
                    return view(e, s)
            s("404 Not Found", [])
            return [b""]

    Routes.__qualname__ = "Routes"

    def index(x, y):
        return following(x, y)

    made = Routes()
    made.routes += [("/no", leaf), ("/", index)]
    return made


@layer("cycle.<locals>.outer")
def cycle(following):
    turns = itertools.cycle([following])

    def outer(e, s):
        return next(turns)(e, s)

    return outer


@layer("own_start.<locals>.outer", "own_start.<locals>.inner")
def own_start(following):
    def inner(e, s):
        def begin(status, headers, exc_info=None):
            return s(status, [*headers, ("X-Own", "1")], exc_info)

        return following(e, begin)

    def outer(e, s):
        got = []
        body = list(inner(dict(e), lambda *args: got.append(args)))
        s(got[0][0], got[0][1])
        return body

    return outer


@layer("Pooled", "in_pool.<locals>.inner")
def in_pool(following):
    """The pool's thread lives before and after the request."""

    def inner(e, s):
        return following(e, s)

    class Pooled:
        def __init__(self):
            self.pool = None

        def __call__(self, e, s):
            self.pool = self.pool or concurrent.futures.ThreadPoolExecutor(1)
            return self.pool.submit(inner, e, s).result()

    Pooled.__qualname__ = "Pooled"
    return Pooled()


@layer("Slotted")
class Slotted:
    __slots__ = ("following",)

    def __init__(self, following):
        self.following = following

    def __call__(self, first, second):
        return self.following(first, second)


@layer("yields.<locals>.outer")
def yields(following):
    def outer(e, s):
        yield from following(e, s)

    return outer


@layer("lazily.<locals>.outer")
def lazily(following):
    def outer(e, s):
        def body():
            yield from following(e, s)

        return body()

    return outer


@layer("OddClass")
def odd_class(following):
    class OddClass:
        def __init__(self, e, s):
            self.e, self.s = e, s

        def __iter__(self):
            return iter(following(self.e, self.s))

    OddClass.__qualname__ = "OddClass"
    return OddClass


@layer("class_in_request.<locals>.outer", "InRequest")
def class_in_request(following):
    def outer(environ, start_response):
        class InRequest:
            def __init__(self, environ, start_response):
                self.environ, self.start = environ, start_response

            def __iter__(self):
                return iter(following(self.environ, self.start))

        InRequest.__qualname__ = "InRequest"
        return InRequest(environ, start_response)

    return outer


application, EXPECTED = stacked(leaf, LAYERS)
