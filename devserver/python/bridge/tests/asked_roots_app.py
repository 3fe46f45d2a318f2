"""Applications that ask for what they call: properties and methods give it, or a mapping makes it;
and that hand on what they hold among the arguments of a call. `EXPECTED` and `UNSEEN` as in
`odd_roots_app`."""

from __future__ import annotations

import functools
from collections import defaultdict
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


site = Passes(leaf)


# A global that nobody holds, which a property gives, or a mapping for what it has not.


class ByProperty:
    @property
    def app(self):
        return site

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


class ByCachedProperty(ByProperty):
    @functools.cached_property
    def app(self):
        return site


class Reifies:
    def __init__(self, method):
        self.method = method

    def __get__(self, instance, kind=None):
        instance.__dict__[self.method.__name__] = found = self.method(instance)
        return found


class ByReified(ByProperty):
    @Reifies
    def app(self):
        return site


class Gives:
    def __get__(self, instance, kind=None):
        return site


class ByDescriptor(ByProperty):
    app = Gives()


class ByMethodOfProperty(ByProperty):
    def go_on(self, environ, start_response):
        return self.app(environ, start_response)

    def __call__(self, environ, start_response):
        return self.go_on(environ, start_response)


class NotItsProperty(ByProperty):
    """It has another in the place of that of its base class."""

    app = leaf

    def __call__(self, environ, start_response):
        return type(self).app(environ, start_response)


class ByDefault:
    def __init__(self):
        self.apps = defaultdict(lambda: site)

    def __call__(self, environ, start_response):
        return self.apps[environ["PATH_INFO"]](environ, start_response)


for EACH in (
    *(ByProperty, ByCachedProperty, ByReified, ByDescriptor),
    *(ByMethodOfProperty, ByDefault),
):
    root(EACH.__name__, "Passes", "leaf")(EACH())
root("NotItsProperty", "leaf")(NotItsProperty())


# A method is handed to what calls it, or is what others are handed to, each time as a stage.


def run(app, environ, start_response):
    return app(environ, start_response)


class RunsItsMethod(Holds):
    def go_on(self, environ, start_response):
        return self.inner(environ, start_response)

    def __call__(self, environ, start_response):
        return run(self.go_on, environ, start_response)


class Runs:
    def run(self, app, environ, start_response):
        return app(environ, start_response)

    def __call__(self, app, environ, start_response):
        return app(environ, start_response)


class RunsByPartial(Holds):
    """That is no further stage: the method is its own."""

    def __init__(self, inner):
        self.next = partial(self.run, inner)

    def run(self, app, environ, start_response):
        return app(environ, start_response)

    def __call__(self, environ, start_response):
        return self.next(environ, start_response)


class RunsTwice(RunsByPartial):
    """The method is a further stage where another lies between."""

    def __init__(self, inner):
        self.next = partial(self.run, Passes(partial(self.run, inner)))


METHOD = ("RunsItsMethod", "run", "RunsItsMethod.go_on")
root(*METHOD, "leaf")(RunsItsMethod(leaf))
root(*METHOD, *METHOD, "leaf")(RunsItsMethod(RunsItsMethod(leaf)))
RUNS, OTHER = Runs(), Runs()
root("Passes", "Runs.run", "Runs.run", "leaf")(Passes(partial(RUNS.run, partial(RUNS.run, leaf))))
root("Runs.run", "Passes", "Runs.run", "leaf")(partial(RUNS.run, Passes(partial(RUNS.run, leaf))))
root("Runs.run", "Runs.run", "leaf")(partial(RUNS.run, partial(OTHER.run, leaf)))
root("Passes", "Runs", "Runs", "leaf")(Passes(partial(RUNS, partial(RUNS, leaf))))
root("RunsByPartial", "RunsByPartial", "leaf")(RunsByPartial(RunsByPartial(leaf)))
root("RunsTwice", "Passes", "RunsTwice.run", "leaf")(RunsTwice(leaf))


# One stands within another of its class, which has no object before it is called, or whose function
# is given that object as what is next.


class RunsStatic(Holds):
    @staticmethod
    def run(app, environ, start_response):
        return app(environ, start_response)

    def __call__(self, environ, start_response):
        return self.run(self.inner, environ, start_response)


class Gate:
    def __init__(self, app, environ, start_response):
        self.app, self.environ, self.start = app, environ, start_response

    def __iter__(self):
        yield from self.app(self.environ, self.start)


class New:
    def __new__(cls, app, environ, start_response):
        return app(environ, start_response)


root("RunsStatic", "RunsStatic", "leaf")(RunsStatic(RunsStatic(leaf)))
root(*["RunsStatic"] * 3, "leaf")(RunsStatic(RunsStatic(RunsStatic(leaf))))
for EACH in (Gate, New):
    NAME = EACH.__name__
    root(NAME, NAME, "leaf")(partial(EACH, partial(EACH, leaf)))
    root(NAME, NAME, NAME, "leaf")(partial(EACH, partial(EACH, partial(EACH, leaf))))
    root("Passes", NAME, "Passes", NAME, "leaf")(Passes(partial(EACH, Passes(partial(EACH, leaf)))))


# What the first request asks for, and keeps.


def get_site():
    return site


class Lazy:
    _app = None

    def __init__(self, factory):
        self.factory = factory

    def __call__(self, environ, start_response):
        if self._app is None:
            self._app = self.factory()
        return self._app(environ, start_response)


class Loads(Lazy):
    def load(self):
        if not self._app:
            self._app = self.factory()
        return self._app

    def __call__(self, environ, start_response):
        return self.load()(environ, start_response)


_app = None


@root("lazy", "Passes", "leaf")
def lazy(environ, start_response):
    global _app
    if _app is None:
        _app = get_site()
    return _app(environ, start_response)


root("Lazy", "Passes", "leaf")(Lazy(get_site))
root("Lazy", "Passes", "leaf")(Lazy(lambda: site))
root("Loads", "Passes", "leaf")(Loads(get_site))
