"""More applications around applications, as those of `holders_app`: what made them, and what they
are called by, is odd. Beside them stands what looks like a stage and is none."""

from __future__ import annotations

import asyncio
import collections
import contextvars
import dataclasses
import functools
import logging
import threading
import weakref

from .layered import listed, stacked

LAYERS, layer = listed()


def leaf(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"leaf"]


# No stages.


def helper(environ, x):
    return environ["PATH_INFO"]


def policy(environ, router):
    return router(environ, environ["x.start"])


class Request:
    def __init__(self, environ, start_response=None):
        self.environ = environ


def logged(environ, started):
    return started


class Filter(logging.Filter):
    def filter(self, record):
        return True


@layer("looks_like.<locals>.inner")
def looks_like(app):
    log = logging.getLogger("further")
    log.addFilter(Filter())

    def router(environ, start_response):
        return app(environ, start_response)

    def inner(environ, start_response):
        helper(environ, print)
        helper(environ, lambda status, headers: None)
        Request(environ)
        logged(environ, 1.0)
        log.info("asked")

        def begin(status, headers):
            return start_response(status, headers)

        environ["x.start"] = begin
        return policy(environ, app)

    return inner


@layer("plain_decorator.<locals>.outer", "without_wraps.<locals>.inner")
def without_wraps(app):
    def plain_decorator(function):
        def outer(environ, start_response):
            return function(environ, start_response)

        outer.__qualname__ = "plain_decorator.<locals>.outer"
        return outer

    @plain_decorator
    def inner(environ, start_response):
        return app(environ, start_response)

    return inner


class Property:
    def __init__(self, app):
        self._get = lambda: app

    @property
    def app(self):
        return self._get()

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


layer("Property")(Property)


class Descriptor:
    def __set_name__(self, owner, name):
        self.name = "_of_" + name

    def __get__(self, value, kind=None):
        return vars(value)[self.name]

    def __set__(self, value, app):
        vars(value)[self.name] = app


@layer("Described")
class Described:
    inner = Descriptor()

    def __init__(self, app):
        self.inner = app

    def __call__(self, environ, start_response):
        return self.inner(environ, start_response)


KEPT = []


class Held:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


@layer("by_weakref.<locals>.inner", "Held")
def by_weakref(app):
    held = Held(app)
    KEPT.append(held)
    reference = weakref.ref(held)

    def inner(environ, start_response):
        return reference()(environ, start_response)

    return inner


VARIABLE = contextvars.ContextVar("further_app")


@layer("by_contextvar.<locals>.inner")
def by_contextvar(app):
    def inner(environ, start_response):
        VARIABLE.set(app)
        return VARIABLE.get()(environ, start_response)

    return inner


LOCAL = threading.local()


@layer("by_thread_local.<locals>.inner")
def by_thread_local(app):
    def inner(environ, start_response):
        LOCAL.app = app
        return LOCAL.app(environ, start_response)

    return inner


@layer("ClassAttribute")
def class_attribute(app):
    class ClassAttribute:
        inner = staticmethod(app)

        def __call__(self, environ, start_response):
            return type(self).inner(environ, start_response)

    ClassAttribute.__qualname__ = "ClassAttribute"
    return ClassAttribute()


@layer("StaticServe.serve")
def static_serve(app):
    class StaticServe:
        @staticmethod
        def serve(environ, start_response):
            return app(environ, start_response)

    StaticServe.serve.__qualname__ = "StaticServe.serve"
    return StaticServe.serve


@layer("dispatched.<locals>.of_dict")
def dispatched(app):
    @functools.singledispatch
    def serve(environ, start_response):
        raise TypeError

    @serve.register(dict)
    def of_dict(environ, start_response):
        return app(environ, start_response)

    return serve


@layer("by_cache.<locals>.outer", "by_cache.<locals>.made.<locals>.inner")
def by_cache(app):
    @functools.lru_cache(maxsize=None)
    def made(path):
        def inner(environ, start_response):
            return app(environ, start_response)

        return inner

    def outer(environ, start_response):
        return made(environ["PATH_INFO"])(environ, start_response)

    return outer


class Proxy:
    """As werkzeug's LocalProxy."""

    __slots__ = ("_Proxy__get",)

    def __init__(self, get):
        object.__setattr__(self, "_Proxy__get", get)

    def __getattr__(self, name):
        return getattr(self.__get(), name)

    @property
    def __class__(self):
        return type(self.__get())

    def __call__(self, *args, **kwargs):
        return self.__get()(*args, **kwargs)


@layer("Proxy", "proxied.<locals>.inner")
def proxied(app):
    def inner(environ, start_response):
        return app(environ, start_response)

    return Proxy(lambda: inner)


@layer("Pair")
class Pair(collections.namedtuple("Two", "app name")):
    __slots__ = ()

    def __new__(cls, app):
        return super().__new__(cls, app, "x")

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


@layer("Settings")
@dataclasses.dataclass(frozen=True)
class Settings:
    app: object
    name: str = "x"

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


@layer("yields.<locals>.inner")
def yields(app):
    def inner(environ, start_response):
        yield from app(environ, start_response)

    return inner


@layer("Meta")
def by_metaclass(app):
    class Meta(type):
        def __call__(cls, environ, start_response):
            return app(environ, start_response)

    class Application(metaclass=Meta):
        pass

    Meta.__qualname__ = "Meta"
    return Application


@layer("async_to_sync.<locals>.inner")
def async_to_sync(app):
    async def serve(environ, start_response):
        await asyncio.sleep(0)
        return app(environ, start_response)

    def inner(environ, start_response):
        loop = asyncio.new_event_loop()
        try:
            return loop.run_until_complete(serve(environ, start_response))
        finally:
            loop.close()

    return inner


@layer("Anything")
class Anything:
    def __init__(self, app):
        self.app = app

    def __call__(self, *args, **kwargs):
        return self.app(*args, **kwargs)


@layer("by_keywords.<locals>.outer", "by_keywords.<locals>.inner")
def by_keywords(app):
    def inner(environ, start_response):
        return app(environ, start_response)

    def outer(environ, start_response):
        return inner(environ=environ, start_response=start_response)

    return outer


application, EXPECTED = stacked(leaf, LAYERS)
