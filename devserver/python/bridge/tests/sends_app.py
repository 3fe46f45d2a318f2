"""Applications that pass the two on by a method of what they hold, which is no application itself;
and others that hold what has such a method, or call it, with which that is not so: `EXPECTED` says
which stages each passes."""

from __future__ import annotations

import functools
import threading
import types

from .layered import rooted

EXPECTED, UNSEEN, root = rooted(globals())


def leaf(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"leaf"]


class Server:
    def __init__(self, app=leaf):
        self.app = app

    def handle(self, environ, start_response):
        return self.app(environ, start_response)

    def handle_oddly(self, one, two):
        return self.app(one, two)


class Others(Server):
    """Its methods are not as the usual ones."""

    @classmethod
    def of_class(cls, environ, start_response):
        return leaf(environ, start_response)

    def decorated(function):
        def handle(self, *args):
            return function(self, *args)

        return handle

    @decorated
    def through(self, environ, start_response):
        return self.app(environ, start_response)


class Plain:
    @staticmethod
    def of_none(environ, start_response):
        return leaf(environ, start_response)


class Holder:
    def __init__(self, server=None):
        self.server = Server() if server is None else server


def holds(*names, server=None):
    """A class whose objects hold a server, and one of these."""

    def add(kind):
        root(kind.__name__, *names)(kind(server))
        return kind

    return add


@holds("Server.handle", "leaf")
class Attribute(Holder):
    def __call__(self, environ, start_response):
        return self.server.handle(environ, start_response)


@holds("Server.handle", "leaf", server=types.SimpleNamespace(one=[{"two": Server()}]))
class Deep(Holder):
    def __call__(self, environ, start_response):
        return self.server.one[0]["two"].handle(environ, start_response)


@holds("Server.handle", "leaf", server=(Server(),))
class Loop(Holder):
    def __call__(self, environ, start_response):
        for server in self.server:
            body = server.handle(environ, start_response)
        return body


@holds("Server.handle_oddly", "leaf")
class Odd(Holder):
    def __call__(self, environ, start_response):
        handle = self.server.handle_oddly
        return handle(environ, start_response)


@holds("Server.handle", "leaf")
class Getters(Holder):
    @property
    def one(self):
        return self

    def two(self):
        return self.server

    def __call__(self, environ, start_response):
        return getattr(self.one.two(), "handle")(environ, start_response)  # noqa: B009


@holds("Others.of_class", "leaf", server=Others())
class OfClass(Holder):
    def __call__(self, environ, start_response):
        return self.server.of_class(environ, start_response)


@holds("Plain.of_none", "leaf", server=Plain)
class OfNone(Holder):
    def __call__(self, environ, start_response):
        return self.server.of_none(environ, start_response)


@holds("Others.handle", "leaf", server=Others())
class Decorated(Holder):
    def __call__(self, environ, start_response):
        return self.server.through(environ, start_response)


@holds("Server.handle", "leaf")
class Threaded(Holder):
    def __call__(self, environ, start_response):
        bodies = []
        thread = threading.Thread(
            target=lambda: bodies.append(self.server.handle(environ, start_response))
        )
        thread.start()
        thread.join()
        return bodies[0]


@holds(
    "Server.handle", "Attribute", "Server.handle", "leaf", server=Server(Attribute(Server(leaf)))
)
class Nested(Holder):
    def __call__(self, environ, start_response):
        return self.server.handle(environ, start_response)


served = types.ModuleType("served")
served.server = server = Server()


@root("of_a_global", "Server.handle", "leaf")
def of_a_global(environ, start_response):
    return server.handle(environ, start_response)


@root("of_a_module", "Server.handle", "leaf")
def of_a_module(environ, start_response):
    return served.server.handle(environ, start_response)


@root("of_a_default", "Server.handle", "leaf")
def of_a_default(environ, start_response, server=Server()):  # noqa: B008
    return server.handle(environ, start_response)


def closing_over(server):
    def closes(environ, start_response):
        return server.handle(environ, start_response)

    return closes


root("closing_over.<locals>.closes", "Server.handle", "leaf")(closing_over(Server()))


def get_server():
    return server


@functools.lru_cache(maxsize=None)  # noqa: UP033
def get_once():
    return served.server


@root("of_a_call", "Server.handle", "leaf")
def of_a_call(environ, start_response):
    return get_server().handle(environ, start_response)


@root("of_a_cached_call", "Server.handle", "leaf")
def of_a_cached_call(environ, start_response):
    return get_once().handle(environ, start_response)


class Missing(dict):
    def __init__(self, other):
        self.other = other

    def __missing__(self, key):
        return leaf if key else self.other


missing = Missing(Attribute(Server(leaf)))


@root("of_what_is_missing", "Attribute", "Server.handle", "leaf")
def of_what_is_missing(environ, start_response):
    return missing[""](environ, start_response)


# No stages.


class Log:
    """Its methods are given the two, and it holds what has one that nobody calls."""

    def __init__(self):
        self.backend = Server()
        self.lines = []

    def handle(self, environ, start_response):
        self.lines.append(environ["PATH_INFO"])

    def allows(self, environ, start_response):
        return environ["PATH_INFO"] == "/"

    def begins(self, environ, start_response):
        def begin(status, headers, exc_info=None):
            return start_response(status, headers, exc_info)

        return begin


@holds("leaf", server=Log())
class Logged(Holder):
    app = staticmethod(leaf)

    def __call__(self, environ, start_response):
        self.server.handle(environ, start_response)
        if self.server.allows(environ, start_response):
            return self.app(environ, self.server.begins(environ, start_response))
        return []


@holds("leaf")
class Own(Holder):
    """It has a method of that name itself, and the server's is not called."""

    app = staticmethod(leaf)

    def handle(self, environ, start_response):
        return self.app(environ, start_response)

    def __call__(self, environ, start_response):
        return self.handle(environ, start_response)


@holds("leaf")
class Uncalled(Holder):
    app = staticmethod(leaf)

    def __call__(self, environ, start_response):
        self.server.handle  # noqa: B018
        return self.app(environ, start_response)


class Counted(Server):
    """What is asked for an attribute knows it."""

    asked = 0

    def __getattribute__(self, name):
        Counted.asked += 1
        return super().__getattribute__(name)


@holds("Counted.handle", "leaf", server=Counted())
class Silent(Holder):
    def __call__(self, environ, start_response):
        return self.server.handle(environ, start_response)
