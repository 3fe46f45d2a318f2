"""Applications of which what is called is not what they are: a property gives it, or an object of
their own makes it for each request. `EXPECTED` says which stages each passes, `UNSEEN` those that
are seen in requests alone."""

from __future__ import annotations

import contextlib
import copy
import functools
import types
from typing import Generic, TypeVar

from .layered import rooted

EXPECTED, UNSEEN, root = rooted(globals())


def leaf(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"leaf"]


class Holds:
    def __init__(self, app):
        self.app = app


class Passes(Holds):
    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


# What a property makes, or has, is the stage, and no further one.


class Makes(Holds):
    @property
    def __call__(self):
        def call(environ, start_response):
            return self.app(environ, start_response)

        return call


class MakesOnce(Holds):
    @functools.cached_property
    def __call__(self):
        return lambda e, s: self.app(dict(e), s)


class MakesAlike(Holds):
    @property
    def __call__(self):
        @functools.wraps(self.app)
        def call(*args):
            return self.app(*args)

        return call


class Has(Holds):
    @property
    def __call__(self):
        return self.serve

    def serve(self, e, s):
        return self.app(e, s)


class Gives(Holds):
    @property
    def __call__(self):
        return self.app


MADE = "Makes.__call__.<locals>.call"
root(MADE, "leaf")(Makes(leaf))
root("Passes", MADE, "Passes", "leaf")(Passes(Makes(Passes(leaf))))
root("MakesOnce.__call__.<locals>.<lambda>", "leaf")(MakesOnce(leaf))
root("MakesAlike.__call__.<locals>.call", "leaf")(MakesAlike(leaf))
root("Has", "leaf")(Has(leaf))
root("Passes", "Has", "Has", "leaf")(Passes(Has(Has(leaf))))
root("Gives", "leaf")(Gives(leaf))


# What an object copies of itself for each request is no further stage, but another object is.


class Copies(Holds):
    def __call__(self, environ, start_response):
        copied = copy.copy(self)
        copied.environ = environ
        return copied.serve(start_response, environ, start_response)

    def serve(self, _, environ, start_response):
        return self.go_on(dict(environ), start_response)

    def go_on(self, environ, start_response):
        return self.app(environ, start_response)


class CopiesSlots:
    __slots__ = ("app", "environ")

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        return copy.copy(self).serve(environ, start_response)

    def serve(self, environ, start_response):
        self.environ = environ
        return self.app(environ, start_response)


class MakesAnother(Holds):
    def __call__(self, environ, start_response):
        return type(self)(self.app).serve(environ, start_response)

    def serve(self, environ, start_response):
        return self.app(environ, start_response)


class Passing:
    def __init__(self, app):
        self.app = getattr(app, "serve", app)

    def __call__(self, environ, start_response):
        return self.serve(environ, start_response)

    def serve(self, environ, start_response):
        return self.app(environ, start_response)


root("Copies", "leaf")(Copies(leaf))
root("Passes", "Copies", "Copies", "leaf")(Passes(Copies(Copies(leaf))))
root("Passes", "CopiesSlots", "CopiesSlots", "leaf")(Passes(CopiesSlots(CopiesSlots(leaf))))
root("MakesAnother", "MakesAnother", "leaf")(MakesAnother(MakesAnother(leaf)))
root("Passing", "Passing.serve", "Passing.serve", "leaf")(Passing(Passing(Passing(leaf))))


# What decorates a method may be an object of a class with a __call__ of its own.


class Decorates:
    def __init__(self, method):
        self.method = method

    def __get__(self, instance, kind=None):
        return functools.partial(self, instance)

    def __call__(self, instance, environ, start_response):
        return self.method(instance, environ, start_response)


class Decorated(Holds):
    @Decorates
    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


class DecoratesAny(Decorates):
    def __get__(self, instance, kind=None):
        return types.MethodType(self, instance)

    def __call__(self, *args):
        return self.method(*args)


class DecoratedByAny(Holds):
    @DecoratesAny
    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


class DecoratesByMaking(Decorates):
    def __get__(self, instance, kind=None):
        def call(environ, start_response):
            return self(instance, environ, start_response)

        return call


class DecoratedByMaking(Holds):
    @DecoratesByMaking
    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


MADE = "DecoratesByMaking.__get__.<locals>.call"
root(MADE, "DecoratedByMaking", "leaf", unseen=["DecoratedByMaking"])(DecoratedByMaking(leaf))
root("Decorated", "leaf")(Decorated(leaf))
root("Passes", "Decorated", "Decorated", "leaf")(Passes(Decorated(Decorated(leaf))))
root("DecoratedByAny", "leaf")(DecoratedByAny(leaf))


# So is a method that others hold: the stage is called as it stands in its class, whatever runs in
# its place, and whichever of several it is.


class DecoratesItsCall(Decorates):
    def __get__(self, instance, kind=None):
        return functools.partial(self.__call__, instance)


class DecoratesInSlots:
    __slots__ = ("method",)

    def __init__(self, method):
        self.method = method

    def __get__(self, instance, kind=None):
        return types.MethodType(self, instance)

    def __call__(self, *args):
        return self.method(*args)


def decorates(method):
    @functools.wraps(method)
    def wrapper(self, environ, start_response):
        return method(self, environ, start_response)

    return wrapper


class Methods:
    def __init__(self, app):
        self.inner = app

    @Decorates
    def first(self, environ, start_response):
        return self.inner(environ, start_response)

    @Decorates
    def second(self, environ, start_response):
        return self.inner(environ, start_response)

    @DecoratesItsCall
    def by_call(self, environ, start_response):
        return self.inner(environ, start_response)

    @DecoratesInSlots
    def in_slots(self, environ, start_response):
        return self.inner(environ, start_response)

    @DecoratesAny
    @DecoratesInSlots
    def twice(self, environ, start_response):
        return self.inner(environ, start_response)

    @Decorates
    @decorates
    def within(self, environ, start_response):
        return self.inner(environ, start_response)

    @decorates
    @Decorates
    def around(self, environ, start_response):
        return self.inner(environ, start_response)


class Inherits(Decorated):
    def __call__(self, environ, start_response):
        return super().__call__(environ, start_response)


class CallsMethod:
    def __init__(self, app):
        self.methods = Methods(app)

    def __call__(self, environ, start_response):
        return self.methods.second(environ, start_response)


for NAME in ("first", "second", "by_call", "in_slots", "twice", "within"):
    root("Methods." + NAME, "leaf")(getattr(Methods(leaf), NAME))
    root("Passes", "Methods." + NAME, "leaf")(Passes(getattr(Methods(leaf), NAME)))
root("Passes", "Methods.wrapper", "leaf")(Passes(Methods(leaf).around))
root("Passes", "Methods.second", "Methods.first", "leaf")(
    Passes(Methods(Methods(leaf).first).second)
)
root("Passes", "Inherits", "leaf")(Passes(Inherits(leaf)))
root("CallsMethod", "Methods.second", "leaf")(CallsMethod(leaf))


# And what contextlib decorates, or a function that was made of a text so that it has the parameters
# of the method.


@contextlib.contextmanager
def manages():
    yield


def remakes(method):
    def inner(*args):
        return method(*args)

    names = {"call": inner}
    text = "def made(self, environ, start_response): return call(self, environ, start_response)"
    exec(compile(text, "<made>", "exec"), names)
    return functools.wraps(method)(names["made"])


class Managed(Holds):
    @manages()
    def serve(self, environ, start_response):
        return self.app(environ, start_response)

    @manages()
    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


class Remade(Holds):
    @remakes
    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


root("Managed", "leaf")(Managed(leaf))
root("Passes", "Managed", "Managed", "leaf")(Passes(Managed(Managed(leaf))))
root("Passes", "Managed.serve", "leaf")(Passes(Managed(leaf).serve))
root("Remade", "leaf")(Remade(leaf))
root("Passes", "Remade", "leaf")(Passes(Remade(leaf)))


# A partial with a __call__ of its own is what it says, a generic class with parameters is not.


class Calls(functools.partial):
    def __call__(self, environ, start_response):
        return super().__call__(environ, start_response)


Kind = TypeVar("Kind")


class Answers(Generic[Kind]):
    def __init__(self, environ, start_response):
        self.environ, self.start_response = environ, start_response

    def __iter__(self):
        return iter(leaf(self.environ, self.start_response))


class GenericPasses(Generic[Kind]):
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


root("Calls", "leaf")(Calls(leaf))
root("Passes", "Calls", "Passes", "leaf")(Passes(Calls(Passes(leaf))))
root("Answers", "leaf")(Answers[int])
root("Passes", "Answers", "leaf")(Passes(Answers[int]))
root("GenericPasses", "Passes", "GenericPasses", "leaf")(
    GenericPasses[int](Passes(GenericPasses[str](leaf)))
)
