"""Applications whose stages are given an environ and a start_response by keyword, or in another
order, and what is given the two and is no stage. `EXPECTED` and `UNSEEN` as in `odd_roots_app`."""

from __future__ import annotations

import contextlib

from .layered import rooted

EXPECTED, UNSEEN, root = rooted(globals())


def leaf(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"leaf"]


def odd(e, s):
    return leaf(e, s)


def relay(*args, **named):
    return leaf(*args, **named)


def takes_any(**named):
    return leaf(named["environ"], named["start_response"])


def mixed(environ, *, start_response):
    return leaf(environ, start_response)


def exchanged(start_response, environ):
    return leaf(environ, start_response)


class Exchanged:
    def serve(self, start_response, environ):
        return leaf(environ, start_response)


@root("by_dict", "leaf")
def by_dict(environ, start_response):
    return leaf(**{"environ": environ, "start_response": start_response})


@root("by_odd_names", "odd", "leaf")
def by_odd_names(environ, start_response):
    return odd(s=start_response, e=environ)


@root("to_relay", "relay", "leaf")
def to_relay(environ, start_response):
    return relay(environ=environ, start_response=start_response)


@root("to_any", "takes_any", "leaf")
def to_any(environ, start_response):
    return takes_any(start_response=start_response, environ=environ)


@root("to_mixed", "mixed", "leaf")
def to_mixed(environ, start_response):
    return mixed(environ, start_response=start_response)


@root("to_exchanged", "Exchanged.serve", "leaf", unseen=("Exchanged.serve", "leaf"))
def to_exchanged(environ, start_response):
    return Exchanged().serve(start_response, environ)


@root("exchanges", "exchanged", "leaf")
def exchanges(environ, start_response):
    return exchanged(start_response=start_response, environ=environ)


class ByKeyword:
    """Its method is no further layer."""

    def serve(self, *, environ, start_response):
        return leaf(environ, start_response)

    def __call__(self, environ, start_response):
        return self.serve(environ=environ, start_response=start_response)


root("ByKeyword", "leaf", unseen=("leaf",))(ByKeyword())


@root("in_request", "in_request.<locals>.inner", "leaf", unseen=("in_request.<locals>.inner",))
def in_request(environ, start_response):
    def inner(*, environ, start_response):
        return leaf(environ, start_response)

    return inner(environ=environ, start_response=start_response)


# What is no stage.


def note(start_response, environ):
    environ["noted"] = True


def both(environ, start_response, *more):
    return environ, start_response


def call(function, *args):
    return function(*args)


def call_named(function, **named):
    return function(**named)


@root("none_of_these", "leaf")
def none_of_these(environ, start_response):
    def note_within(environ, start_response):
        environ["noted"] = True

    note(start_response, environ)
    note_within(environ, start_response)
    return call(leaf, *both(environ, start_response))


@contextlib.contextmanager
def scope(environ, start_response):
    yield environ


@contextlib.contextmanager
def session(environ, start_response):
    yield environ.copy()


@root("managed", "leaf")
def managed(environ, start_response):
    @contextlib.contextmanager
    def within(environ, start_response):
        yield

    managers = contextlib.ExitStack()
    with managers:
        for each in (scope, within, session):
            managers.enter_context(each(environ, start_response))
        return leaf(environ, start_response)


@root("named_to_none", "leaf")
def named_to_none(environ, start_response):
    return call_named(leaf, environ=environ, start_response=start_response)
