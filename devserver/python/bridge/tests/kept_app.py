"""Classes that are applications once they were given another: they keep the two in one tuple with
that, or pass on a copy of the one. `EXPECTED` and `UNSEEN` as in `odd_roots_app`."""

from __future__ import annotations

from functools import partial

from .layered import rooted

EXPECTED, UNSEEN, root = rooted(globals())


def leaf(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"leaf"]


class Holds:
    def __init__(self, inner):
        self.inner = inner


class Passes(Holds):
    def __call__(self, environ, start_response):
        return self.inner(environ, start_response)


class Keeps:
    def __init__(self, app, environ, start_response):
        self.call = app, environ, start_response


class TakesOut(Keeps):
    def __iter__(self):
        app, environ, start_response = self.call
        return iter(app(environ, start_response))


class TakesEach(Keeps):
    def __iter__(self):
        yield from self.call[0](self.call[1], self.call[2])


class TakesAll:
    def __init__(self, app, environ, start_response):
        self.app, self.two = app, (environ, start_response)

    def __iter__(self):
        return iter(self.app(*self.two))


class Copies:
    def __init__(self, app, environ, start_response):
        self.app, self.environ, self.start = app, environ, start_response

    def __iter__(self):
        return iter(self.app(dict(self.environ), self.start))


class CopiesItself(Copies):
    def __iter__(self):
        return iter(self.app(self.environ.copy(), self.start))


class Inherits(Copies):
    def __iter__(self):
        for block in super().__iter__():
            yield block[:]


class InheritsAll(Inherits):
    pass


class Remembers(Keeps):
    """It is no body: it tells of a request."""

    def __iter__(self):
        app, environ, _ = self.call
        return iter((self.name(app, environ), environ["PATH_INFO"]))

    def name(self, app, environ):
        return environ["SCRIPT_NAME"] + repr(app)


class WithClass(Holds):
    def __call__(self, environ, start_response):
        return self.kind(self.inner, environ, start_response)


class WithTakesOut(WithClass):
    kind = TakesOut


class WithRemembers(WithClass):
    def __call__(self, environ, start_response):
        environ["asked.told"] = [*Remembers(self.inner, environ, start_response)]
        return self.inner(environ, start_response)


for EACH in (TakesOut, TakesEach, TakesAll, Copies, CopiesItself, Inherits, InheritsAll):
    root(EACH.__name__, "leaf")(partial(EACH, leaf))
    root("Passes", EACH.__name__, EACH.__name__, "leaf")(Passes(partial(EACH, partial(EACH, leaf))))
root("WithTakesOut", "TakesOut", "leaf")(WithTakesOut(leaf))
root("WithRemembers", "leaf")(WithRemembers(leaf))
