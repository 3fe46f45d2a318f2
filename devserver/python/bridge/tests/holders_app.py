"""Applications around applications, each held in another way; the outermost first.

`LAYERS` names each stage as it is expected to be found, `application` is all of them.
"""

from __future__ import annotations

import functools
import importlib
import sys
import threading
import types

from .layered import listed, stacked

LAYERS, layer = listed()


def leaf(environ, start_response):
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-Copied", environ["x.copied"])])
    return [b"leaf:", body]


@layer("in_closure.<locals>.inner")
def in_closure(app):
    def inner(environ, start_response):
        return app(environ, start_response)

    return inner


@layer("odd_names.<locals>.weird")
def odd_names(app):
    def weird(x, y):
        return app(x, y)

    return weird


@layer("any_arguments.<locals>.passes")
def any_arguments(app):
    def passes(*args):
        return app(*args)

    return passes


def _with_attribute(attribute):
    class Holder:
        def __init__(self, app):
            setattr(self, attribute, app)

        def __call__(self, environ, start_response):
            return getattr(self, attribute)(environ, start_response)

    Holder.__qualname__ = Holder.__name__ = "Holder_" + attribute.strip("_")
    LAYERS.append(((Holder.__name__,), Holder))


for _name in ("app", "application", "_app", "wsgi_app", "next", "handler", "_Other__private"):
    _with_attribute(_name)


@layer("Slots")
class Slots:
    __slots__ = ("inner",)

    def __init__(self, app):
        self.inner = app

    def __call__(self, env, start):
        return self.inner(env, start)


@layer("PrivateSlots")
class PrivateSlots:
    __slots__ = ("__inner",)

    def __init__(self, app):
        self.__inner = app

    def __call__(self, environ, start_response):
        return self.__inner(environ, start_response)


def configured(app, settings, environ, start_response):
    return app(environ, start_response)


@layer("configured")
def as_partial(app):
    return functools.partial(configured, app, {"a": 1})


class Service:
    def __init__(self, app):
        self.app = app

    def serve(self, environ, start_response):
        return self.app(environ, start_response)


@layer("Service.serve")
def bound_method(app):
    return Service(app).serve


def checked(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


@layer("checked.<locals>.wrapper", "decorated.<locals>.inner")
def decorated(app):
    @checked
    def inner(environ, start_response):
        return app(environ, start_response)

    return inner


@layer("default_argument.<locals>.inner")
def default_argument(app):
    def inner(environ, start_response, app=app):
        return app(environ, start_response)

    return inner


@layer("keyword_default.<locals>.inner")
def keyword_default(app):
    def inner(environ, start_response, *, app=app):
        return app(environ, start_response)

    return inner


@layer("in_list.<locals>.inner")
def in_list(app):
    apps = [None, app]

    def inner(environ, start_response):
        return apps[1](environ, start_response)

    return inner


@layer("Mounts")
class Mounts:
    def __init__(self, app):
        self.mounts = {"/": (app, "x")}

    def __call__(self, environ, start_response):
        return self.mounts["/"][0](environ, start_response)


@layer("copies_environ.<locals>.inner")
def copies_environ(app):
    def inner(environ, start_response):
        return app(dict(environ, **{"x.copied": "yes"}), start_response)

    return inner


@layer("Generator")
class Generator:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        def own(status, headers, exc_info=None):
            return start_response(status, [*headers, ("X-Upper", "1")], exc_info)

        for block in self.app(environ, own):
            yield block.upper()


@layer("Buffer")
class Buffer:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        head = []
        body = self.app(environ, lambda *args: head.append(args))
        try:
            whole = b"".join(body)
        finally:
            getattr(body, "close", lambda: None)()
        start_response(head[0][0], [*head[0][1], ("Content-Length", str(len(whole)))])
        return [whole]


class Base:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


@layer("Sub")
class Sub(Base):
    def __call__(self, environ, start_response):
        return super().__call__(environ, start_response)


@layer("Inherits")
class Inherits(Base):
    pass


@layer("by_global")
def use_global(app):
    globals()["GLOBAL"] = app
    return by_global


def by_global(environ, start_response):
    return GLOBAL(environ, start_response)  # noqa: F821


@layer("lazily.<locals>.inner")
def lazily(app):
    module = types.ModuleType("holders_lazy")
    module.app = app
    sys.modules[module.__name__] = module

    def inner(environ, start_response):
        return importlib.import_module("holders_lazy").app(environ, start_response)

    return inner


@layer("per_request.<locals>.outer", "per_request.<locals>.outer.<locals>.inner")
def per_request(app):
    def outer(environ, start_response):
        def inner(environ, start_response):
            return app(environ, start_response)

        return inner(environ, start_response)

    return outer


@layer("in_thread.<locals>.inner")
def in_thread(app):
    def inner(environ, start_response):
        out = []
        thread = threading.Thread(target=lambda: out.append(app(environ, start_response)))
        thread.start()
        thread.join()
        return out[0]

    return inner


@layer("in_thread_own_start.<locals>.inner")
def in_thread_own_start(app):
    def inner(environ, start_response):
        def own(status, headers, exc_info=None):
            return start_response(status, headers, exc_info)

        out = []
        thread = threading.Thread(target=lambda: out.append(app(environ, own)))
        thread.start()
        thread.join()
        return out[0]

    return inner


@layer("ClassApplication")
def class_application(app):
    class ClassApplication:
        def __init__(self, environ, start_response):
            self.environ = environ
            self.start = start_response

        def __iter__(self):
            return iter(app(self.environ, self.start))

    ClassApplication.__qualname__ = "ClassApplication"
    return ClassApplication


@layer("in_namespace.<locals>.<lambda>")
def in_namespace(app):
    inside = types.SimpleNamespace(held=app)
    return lambda environ, start_response: inside.held(environ, start_response)  # noqa: PLW0108


@layer("Static.serve")
def static_method(app):
    class Static:
        inner = app

        @classmethod
        def serve(cls, environ, start_response):
            return cls.inner(environ, start_response)

    Static.inner = staticmethod(app)
    Static.__qualname__ = "Static"
    Static.serve.__func__.__qualname__ = "Static.serve"
    return Static.serve


@layer("WithAttributes")
class WithAttributes:
    """Its attributes come from __getattr__, which finding must not ask."""

    def __init__(self, app):
        self.__dict__["kept"] = app

    def __getattr__(self, name):
        if name.startswith("__"):  # staticmethod() asks for some of these
            raise AttributeError(name)
        raise RuntimeError("asked for " + name)

    def __call__(self, environ, start_response):
        return self.kept(environ, start_response)


application, EXPECTED = stacked(leaf, LAYERS)
