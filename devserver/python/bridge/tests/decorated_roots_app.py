"""Applications whose call goes through what others have put around or before it: `EXPECTED` says
which stages each passes, `UNSEEN` those that are seen in requests alone."""

from __future__ import annotations

import collections
import functools
import types
import weakref

from .layered import rooted
from .wrapping import Wrapper, passes, watches

EXPECTED, UNSEEN, root = rooted(globals())


def leaf(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"leaf"]


def named(_):
    """A decorator with an argument, of any function."""

    def decorator(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            return function(*args, **kwargs)

        return wrapper

    return decorator


def unnamed(function):
    """One that hides what it decorates, and is a method by its looks."""

    def around(self, environ, start_response):
        return function(self, environ, start_response)

    return around


class Decorated:
    def __init__(self, app):
        self.app = app

    @named("first")
    @named("second")
    @unnamed
    @named("third")
    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


root("Decorated", "leaf")(Decorated(leaf))
root("Decorated", "Decorated", "leaf")(Decorated(Decorated(leaf)))


def gathering(function):
    """One that hides what it decorates, and passes on whatever that is called with."""

    def around(self, *args):
        return function(self, *args)

    return around


class Gathered:
    def __init__(self, app):
        self.app = app

    @named("first")
    @gathering
    @named("second")
    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


class Inherited(Gathered):
    @gathering
    @named("first")
    def __call__(self, environ, start_response):
        return super().__call__(environ, start_response)


root("Gathered", "leaf")(Gathered(leaf))
root("Inherited", "leaf")(Inherited(leaf))


def far(one, two, app, environ, start_response):
    """The two come after as much as `named.MOST_BEFORE`: it is known by where it is held."""
    return app(environ, start_response)


root("Gathered", "far", "leaf")(Gathered(functools.partial(far, 1, 2, leaf)))


class Dispatching:
    """By the type of its first argument, as functools does it."""

    app = staticmethod(leaf)

    @functools.singledispatchmethod
    def __call__(self, environ, start_response):
        raise TypeError(type(environ))

    @__call__.register(dict)
    def _called(self, environ, start_response):
        return self.app(environ, start_response)


root("Dispatching", "leaf")(Dispatching())


class Bound:
    """A descriptor of somebody's, which binds as functions do."""

    def __init__(self, function):
        self.function = function

    def __get__(self, instance, owner=None):
        return functools.partial(self.function, instance)


class Binding:
    def __init__(self, app):
        self.app = app

    @Bound
    def serve(self, environ, start_response):
        return self.app(environ, start_response)


root("Binding.serve", "leaf")(Binding(leaf).serve)


class Counting(Bound):
    """One that is called in the method's place, with the object."""

    def __init__(self, function):
        super().__init__(function)
        self.count = 0

    def __call__(self, *args):
        self.count += 1
        return self.function(*args)

    def __get__(self, instance, owner=None):
        return types.MethodType(self, instance)


class Counted:
    def __init__(self, app):
        self.app = app

    @Counting
    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


root("Counted", "leaf")(Counted(leaf))


class Monitor:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


class Framework:
    def __call__(self, environ, start_response):
        return leaf(environ, start_response)


def monitor(kind):
    """What error trackers do to a framework: its class gets another __call__, which puts a
    middleware around the one that was there."""
    before = kind.__call__

    def monitored(self, environ, start_response):
        def inner(environ, start_response):
            return before(self, environ, start_response)

        return Monitor(inner)(environ, start_response)

    kind.__call__ = monitored


monitor(Framework)


INNER = ("Monitor", "monitor.<locals>.monitored.<locals>.inner", "Framework.__call__", "leaf")
root("Framework", *INNER, unseen=INNER)(Framework())


def given(app, _, environ, start_response):
    return app(environ, start_response)


class Given:
    def __init__(self, app):
        self.app = app

    def __call__(self, _, environ, start_response):
        return self.app(environ, start_response)


def takes_one(_, environ, start_response):
    return leaf(environ, start_response)


root("takes_one", "leaf", name="partial")(functools.partial(takes_one, 1))


def holding(app):
    def inner(environ, start_response):
        return app(environ, start_response)

    return inner


# Any callable can be bound to an object, which is what it is given first.
for name, bound in (
    ("given", types.MethodType(functools.partial(given, leaf), 5)),
    ("given", types.MethodType(types.MethodType(given, leaf), 5)),
    ("Given", types.MethodType(Given(leaf), 5)),
):
    root(name, "leaf")(bound)
    root("holding.<locals>.inner", name, "leaf")(holding(bound))


class Missing(collections.defaultdict):
    """What makes what it lacks is held by a class that was written in C."""

    def __call__(self, environ, start_response):
        return self["next"](environ, start_response)


class Attributed(dict):
    """What it passes requests on to is not among its elements."""

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


inner = holding(leaf)
root("Missing", "holding.<locals>.inner", "leaf")(Missing(lambda kept=inner: kept))


def looking_up(missing):
    def outer(environ, start_response):
        return missing["next"](environ, start_response)

    return outer


root("looking_up.<locals>.outer", "holding.<locals>.inner", "leaf")(
    looking_up(collections.defaultdict(lambda kept=inner: kept))
)
root("Attributed", "leaf")(Attributed(leaf))


class Watched:
    def __call__(self, environ, start_response):
        return self.serve(environ, start_response)

    def serve(self, environ, start_response):
        return leaf(environ, start_response)


class Weakly:
    """It does not hold the object whose method it calls."""

    def __init__(self, method):
        self.method = weakref.WeakMethod(method)

    def __call__(self, environ, start_response):
        return self.method()(environ, start_response)


watched = Watched()
root("Weakly", "Watched.serve", "leaf")(Weakly(watched.serve))


class Further(Watched):
    """What an agent has put around its methods are stages of their own, and the agent's."""

    serve = Wrapper(Wrapper(Watched.serve, passes), watches)


class Called(Watched):
    __call__ = Wrapper(Watched.__call__, passes)


FURTHER = ("library:watches", "library:passes", "Further.serve", "leaf")
root("Further", *FURTHER, name="further")(Further())
root("library:passes", "Called", "leaf")(Called())
root("holding.<locals>.inner", "library:passes", "Called", "leaf")(holding(Called()))
root("library:watches", "library:passes", "Called", "leaf")(Wrapper(Called(), watches))


def around(application):
    """It takes the name of what it wraps, be that no function; and is written elsewhere."""

    @functools.wraps(application)
    def called(environ, start_response):
        return application(environ, start_response)

    return called


class Kept:
    def __init__(self, environ, start_response):
        self.begin = start_response

    def __iter__(self):
        self.begin("200 OK", [("Content-Type", "text/plain")])
        yield b"kept"


root("around.<locals>.called", "Kept")(around(Kept))
root("around.<locals>.called", "Watched.serve", "leaf")(around(watched.serve))
root("holding.<locals>.inner", "around.<locals>.called", "Kept")(holding(around(Kept)))
root("around.<locals>.called", "leaf")(around(functools.partial(leaf)))


class Context:
    def bind(self, environ, start_response):
        self.environ, self.start_response = environ, start_response

    def keep(self, environ, start_response):
        self.both = environ, start_response

    def count(self, *args):
        if not args:
            raise ValueError
        self.args = args

    def push(self, environ, start_response):
        if environ:
            self.all = []
            self.all.append((environ, start_response))


class Binds:
    """It has another keep what it is given, which answers nothing."""

    def __init__(self, app):
        self.app, self.context, self.noted = app, Context(), {}
        self.hooks = [self.context.count]

    def __call__(self, environ, start_response):
        for hook in self.hooks:
            hook(environ, start_response)
        self.context.bind(environ, start_response)
        self.context.keep(environ, start_response)
        self.context.push(environ, start_response)
        self.noted.update(environ=environ, start_response=start_response)
        return self.app(environ, start_response)


root("Binds", "leaf")(Binds(leaf))
