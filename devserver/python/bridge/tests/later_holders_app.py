"""More applications around applications, as those of `further_holders_app`: each is reached by
machinery that stands between, or that a request sets up, and found from the first request on."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import copy
import enum
import functools
import inspect
import itertools
import operator
import pickle
import queue
import threading
import types
import weakref

from .layered import listed, stacked

LAYERS, layer = listed()
KEPT = {}


def leaf(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"leaf"]


@layer("CachedProperty")
class CachedProperty:
    def __init__(self, app):
        self._make = lambda: app

    @functools.cached_property
    def following(self):
        return self._make()

    def __call__(self, e, s):
        return self.following(e, s)


@layer("by_attrgetter.<locals>.inner")
def by_attrgetter(app):
    space = types.SimpleNamespace(a=types.SimpleNamespace(b=app))
    get = operator.attrgetter("a.b")

    def inner(x, y):
        return get(space)(x, y)

    return inner


class Plain:
    def __init__(self, app):
        self.app = app

    def __call__(self, x, y):
        return self.app(x, y)


@layer("by_weak_values.<locals>.inner", "Plain")
def by_weak_values(app):
    held = weakref.WeakValueDictionary()
    KEPT["plain"] = held["/"] = Plain(app)

    def inner(x, y):
        return held["/"](x, y)

    return inner


@layer("by_queue.<locals>.inner")
def by_queue(app):
    waiting = queue.Queue()

    def inner(e, s):
        waiting.put(app)
        return waiting.get()(e, s)

    return inner


@layer("MadeByNew")
class MadeByNew:
    def __new__(cls, app):
        made = super().__new__(cls)
        made.app = app
        return made

    def __call__(self, one, two):
        return self.app(one, two)


@layer("Cascade")
class Cascade:
    def __init__(self, app):
        self.all = [app]

    def __call__(self, environ, start_response):
        bodies = ([each(environ, start_response)] for each in self.all)
        return next(itertools.chain.from_iterable(bodies))


@layer("Applications")
def by_enum(app):
    class Applications(enum.Enum):
        MAIN = 1

        def __call__(self, environ, start_response):
            return app(environ, start_response)

    Applications.__qualname__ = "Applications"
    return Applications.MAIN


@layer("fresh.<locals>.Fresh", "fresh.<locals>.Given.__get__.<locals>.made")
def fresh(app):
    """Each look at the attribute makes another."""

    class Given:
        def __get__(self, value, kind=None):
            def made(e, s):
                return app(e, s)

            return made

    class Fresh:
        given = Given()

        def __call__(self, e, s):
            return self.given(e, s)

    return Fresh()


@layer("in_thread_of_class.<locals>.inner")
def in_thread_of_class(app):
    class Worker(threading.Thread):
        def __init__(self, e, s):
            super().__init__()
            self.e, self.s = e, s

        def run(self):
            self.result = app(self.e, self.s)

    def inner(e, s):
        worker = Worker(e, s)
        worker.start()
        worker.join()
        return worker.result

    return inner


@layer("in_empty_context.<locals>.inner")
def in_empty_context(app):
    def inner(e, s):
        return contextvars.Context().run(app, e, s)

    return inner


@layer("in_executor.<locals>.inner")
def in_executor(app):
    def inner(e, s):
        async def run():
            with concurrent.futures.ThreadPoolExecutor(1) as pool:
                loop = asyncio.get_running_loop()
                return await loop.run_in_executor(pool, app, e, s)

        return asyncio.run(run())

    return inner


@layer("in_default_executor.<locals>.inner")
def in_default_executor(app):
    def inner(e, s):
        async def run():
            return await asyncio.get_running_loop().run_in_executor(None, app, e, s)

        return asyncio.run(run())

    return inner


@layer("copies.<locals>.inner", "copies.<locals>.original")
def copies(app):
    """Each request makes another function of the same code."""

    def original(e, s):
        return app(e, s)

    def inner(e, s):
        code, closure = original.__code__, original.__closure__
        made = types.FunctionType(code, original.__globals__, "made", None, closure)
        return made(e, s)

    return inner


class Pickled:
    def __init__(self, key):
        self.key = key

    def __call__(self, e, s):
        return KEPT[self.key](e, s)


@layer("unpickles.<locals>.inner", "Pickled")
def unpickles(app):
    KEPT["app"] = app
    data = pickle.dumps(Pickled("app"))

    def inner(e, s):
        return copy.deepcopy(pickle.loads(data))(e, s)

    return inner


@layer("by_property.<locals>.inner")
def by_property(app):
    def inner(e, s):
        return app(e, s)

    class ByProperty:
        __call__ = property(lambda self: inner)

    return ByProperty()


@layer("by_object.<locals>.Called")
def by_object(app):
    """Its class has another object as its __call__, which is the one that runs."""

    class Called:
        def __call__(self, e, s):
            return app(e, s)

    class ByObject:
        __call__ = Called()

    return ByObject()


@layer("made_by_type.<locals>.inner", "ByType")
def made_by_type(app):
    """Each request makes another class."""

    def inner(e, s):
        members = {"__call__": lambda self, e, s: app(e, s), "__module__": __name__}
        return type("ByType", (), members)()(e, s)

    return inner


@layer("patches.<locals>.inner", "patches.<locals>.Patched")
def patches(app):
    """Its first request puts a method around that of a class, as instruments do."""

    class Patched:
        def __call__(self, e, s):
            return app(e, s)

    patched = Patched()

    @functools.lru_cache(maxsize=None)
    def patch():
        before = Patched.__call__

        @functools.wraps(before)
        def instrumented(self, *args, **kwargs):
            return before(self, *args, **kwargs)

        Patched.__call__ = instrumented

    def inner(e, s):
        patch()
        return patched(e, s)

    return inner


class Start:
    def __init__(self, begin):
        self.begin = begin

    def __call__(self, status, headers, exc_info=None):
        return self.begin(status, headers)


@layer("with_own_start.<locals>.inner", "with_own_start.<locals>.second")
def with_own_start(app):
    def second(e, s):
        return app(e, s)

    def inner(environ, start_response):
        return second(environ, Start(start_response))

    return inner


@layer("buffers.<locals>.inner", "buffers.<locals>.second")
def buffers(app):
    def second(e, s):
        return app(e, s)

    def inner(e, s):
        begun = []

        def begin(status, headers, exc_info=None):
            begun.append((status, headers))

        whole = list(second(e, begin))
        s(*begun[0])
        return whole

    return inner


@layer("by_partial.<locals>.inner")
def by_partial(app):
    def inner(environ, start_response):
        return functools.partial(app, environ)(start_response)

    return inner


@layer("timed.<locals>.inner")
def timed(app):
    def inner(e, s):
        out = []
        timer = threading.Timer(0, lambda: out.append(app(e, s)))
        timer.start()
        timer.join()
        return out[0]

    return inner


@layer("of_dict.<locals>.Dict")
def of_dict(app):
    class Dict(dict):
        def __call__(self, e, s):
            return self["app"](e, s)

    return Dict(app=app)


class Module(types.ModuleType):
    def __call__(self, e, s):
        return self.app(e, s)


@layer("Module")
def callable_module(app):
    module = Module("later_holders_module")
    module.app = app
    return module


@layer("by_getattr.<locals>.inner", "Target.serve")
def by_getattr(app):
    target = Target(app)

    def inner(e, s):
        return getattr(target, "ser" + "ve")(e, s)

    return inner


class Target:
    def __init__(self, app):
        self.app = app

    def serve(self, e, s):
        return self.app(e, s)


@layer("binds.<locals>.inner", "binds.<locals>.second")
def binds(app):
    def second(environ, start_response):
        return app(environ, start_response)

    def inner(e, s):
        bound = inspect.signature(second).bind(e, s)
        return second(*bound.args, **bound.kwargs)

    return inner


class Base:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


class First(Base):
    def __call__(self, environ, start_response):
        environ["later.first"] = "1"
        return super().__call__(environ, start_response)


class Second(Base):
    def __call__(self, environ, start_response):
        return super().__call__(dict(environ, **{"later.second": "2"}), start_response)


@layer("Both")
class Both(First, Second):
    """One stage, though it passes an environ on to its base that is not its own."""


@layer("Mounted", "Mounted")
class Mounted(Base):
    """It is mounted in itself, and calls itself with the environ that it was called with."""

    def __call__(self, environ, start_response):
        app = self.app if "later.mounted" in environ else self
        environ["later.mounted"] = "1"
        return app(environ, start_response)


application, EXPECTED = stacked(leaf, LAYERS)
outermost = Mounted(leaf)
