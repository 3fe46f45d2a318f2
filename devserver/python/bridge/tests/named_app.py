"""Holders that have an application by a name of which only their code tells, and callables that
nothing else tells to be one: each of the ones with each of the others, within one that passes
on."""

from __future__ import annotations

import contextvars
import enum
import functools
import sys
import types
from collections import deque

HOLDERS = {}
CALLED = {}


def holder(function):
    HOLDERS[function.__name__] = function
    return function


def called(function):
    CALLED[function.__name__] = function
    return function


def leaf(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"leaf"]


@called
def any_arguments(following):
    def inner(*args, **kwargs):
        return following(*args, **kwargs)

    return inner


@called
def object_of_any(following):
    class Inner:
        def __call__(self, *args):
            return following(*args)

    return Inner()


@called
def other_names(following):
    def inner(one, two, /):
        return following(one, two)

    return inner


@called
def partial_by_name(following):
    def inner(environ, start_response, other):
        return other(environ, start_response)

    return functools.partial(inner, other=following)


@called
def object_with_slots(following):
    class Inner:
        __slots__ = ("_next",)

        def __call__(self, e, s):
            return self._next(e, s)

    made = Inner()
    made._next = following
    return made


@holder
def slot(held):
    class Holder:
        __slots__ = ("__mine", "empty")

        def __init__(self):
            self.__mine = held

        def __call__(self, environ, start_response):
            return self.__mine(environ, start_response)

    return Holder()


@holder
def default(held):
    def holder(environ, start_response, first=None, second=held):
        return second(environ, start_response)

    return holder


def in_a_module(held):
    module = types.ModuleType("tests.a_setting")
    module.MAIN, module.EMPTY = held, []
    sys.modules["tests.a_setting"] = module


@holder
def imported_from_the_package(held):
    in_a_module(held)

    def holder(environ, start_response):
        from . import a_setting

        return a_setting.MAIN(environ, start_response)

    return holder


@holder
def imported_by_another_name(held):
    in_a_module(held)

    def holder(environ, start_response):
        import tests.a_setting as settings

        return settings.MAIN(environ, start_response)

    return holder


@holder
def imported_by_itself(held):
    in_a_module(held)

    def holder(environ, start_response):
        from tests.a_setting import EMPTY, MAIN

        return MAIN(environ, start_response) or EMPTY

    return holder


@holder
def got_by_property(held):
    class Holder:
        def __init__(self):
            self._kept = held

        @property
        def current(self):
            return self._kept

        def __call__(self, environ, start_response):
            return self.current(environ, start_response)

    return Holder()


@holder
def got_by_method(held):
    class Base:
        def choose(self, path):
            return self.table[path]

    class Holder(Base):
        def __init__(self):
            self.table = {"/": held}

        def __call__(self, environ, start_response):
            chosen = self.choose(environ["PATH_INFO"])
            return chosen(environ, start_response)

    return Holder()


@holder
def attributes_of_attributes(held):
    class Holder:
        has = types.SimpleNamespace(a=types.SimpleNamespace(b=types.SimpleNamespace(c=held)))

        def __call__(self, environ, start_response):
            return self.has.a.b.c(environ, start_response)

    return Holder()


@holder
def looped_over(held):
    pairs = deque([("/none", None), ("/", held)])

    def holder(environ, start_response):
        for pair in pairs:
            path, target = pair
            if environ["PATH_INFO"] == path:
                return target(environ, start_response)
        return leaf(environ, start_response)

    return holder


@holder
def variable_of_a_context(held):
    variable = contextvars.ContextVar("variable", default=held)

    def holder(environ, start_response):
        return variable.get()(environ, start_response)

    return holder


@holder
def member_of_an_enumeration(held):
    class Sites(enum.Enum):
        MAIN = (held,)

    class Holder:
        def __call__(self, environ, start_response):
            return Sites.MAIN.value[0](environ, start_response)

    return Holder()


@holder
def made_by_requests(held):
    class Holder:
        def __init__(self, environ, start_response):
            self.environ, self.start = environ, start_response

        def __iter__(self):
            return iter(held(self.environ, self.start))

    return Holder


def application(name, kind):
    held = HOLDERS[name](CALLED[kind](leaf))

    def outer(environ, start_response):
        return held(environ, start_response)

    return outer
