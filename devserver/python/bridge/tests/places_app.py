"""Applications that hold several stages of one name."""

from __future__ import annotations


def first(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"first"]


def second(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"second"]


class Stage:
    def __init__(self, app, name=b""):
        self.app, self.name = app, name

    def __call__(self, environ, start_response):
        return [self.name, *self.app(environ, start_response)]


class Other(Stage):
    pass


class Mounts:
    def __init__(self, mounts):
        self.mounts = mounts

    def __call__(self, environ, start_response):
        return self.mounts[environ["PATH_INFO"]](environ, start_response)


class Shifting(Mounts):
    """Moves the path that something is mounted at to SCRIPT_NAME."""

    def __call__(self, environ, start_response):
        path = environ["PATH_INFO"]
        at = next((at for at in self.mounts if at and path.startswith(at + "/")), "")
        environ["SCRIPT_NAME"] += at
        environ["PATH_INFO"] = path[len(at) :]
        return self.mounts[at](environ, start_response)

    def passes(self, environ, start_response):
        return self(environ, start_response)


class ByPairs(Shifting):
    """Has them by host and path."""

    def __init__(self, mounts):
        self.pairs = [((None, at), app) for at, app in mounts.items()]

    @property
    def mounts(self):
        return {at: app for (_, at), app in self.pairs}


class ByPrefix(Mounts):
    """Has what it calls for what nothing is mounted for nearer than the rest."""

    def __init__(self, mounts):
        super().__init__(list(mounts.items()))
        self.default_application = second

    def __call__(self, environ, start_response):
        for prefix, app in self.mounts:
            if environ["PATH_INFO"].startswith(prefix):
                return app(environ, start_response)
        return self.default_application(environ, start_response)


nested = Stage(Stage(Other(Stage(first, b"c"), b"-"), b"b"), b"a")
mounted = Mounts({"/1": Stage(first, b"a"), "/2": Stage(second, b"b"), "/3": Other(Stage(first))})
alike = Mounts({"/1": Stage(first, b"a"), "/2": Stage(first, b"b")})
beside = {"/1": Stage(first, b"a"), "/1/2": Stage(first, b"b"), "": Stage(first, b"-")}
shifting, by_pairs = Shifting(beside), ByPairs(beside)
by_method = Shifting(beside).passes
by_number = Mounts(dict(zip("123", beside.values())))
by_prefix = ByPrefix({"/1": Stage(first, b"a"), "/2": Other(first, b"b"), "/3": Stage(second)})


class Page:
    def __init__(self, environ, start_response):
        self.start_response = start_response

    def __iter__(self):
        self.start_response("200 OK", [("Content-Type", "text/plain")])
        yield b"page"

    @staticmethod
    def first(environ, start_response):
        return first(environ, start_response)

    def second(self, environ, start_response):
        return second(environ, start_response)


def by_name(environ, start_response):
    """What it calls nobody can see before it does."""
    name = environ["PATH_INFO"].strip("/")
    found = globals()[name] if name else getattr(Page, "fir" + "st")
    return found(environ, start_response)
