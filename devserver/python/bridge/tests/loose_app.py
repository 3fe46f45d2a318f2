"""Applications that are given the two among whatever else, and what only looks like them."""


class Made:
    """It is made for each request."""

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, *start):
        return self.app(environ, *start)


class Yields(Made):
    def __call__(self, environ, *start):
        yield from self.app(environ, *start)


class Named(Made):
    def __call__(self, *args):
        environ, start_response = args
        return self.app(environ, start_response)


class All(Made):
    def __call__(self, *args, **kwargs):
        return self.app(*args, **kwargs)


class Unpacks(Made):
    def __call__(self, environ, *rest):
        (start_response,) = rest

        def started(status, headers, exc_info=None):
            return start_response(status, [*headers, ("X-Unpacked", "1")], exc_info)

        return self.app(environ, started)


def wrap(app):
    def wrapped(*args):
        return app(*args)

    return wrapped


def view(*args):
    environ, start_response = args
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["PATH_INFO"].encode()]


def first(environ, *rest):
    note(environ, *rest)
    wrap(note)(environ, *rest)
    if environ["PATH_INFO"] == "/first":
        rest[0]("200 OK", [("Content-Type", "text/plain")])
        return [b"first"]
    return _chosen(environ)(environ, *rest)


def _chosen(environ):
    return handing if environ["PATH_INFO"] == "/handed" else view


def handing(*args):
    """What is behind it no object holds."""
    return handed(*args)


def handed(*args, **kwargs):
    return plain(*args, **kwargs)


def plain(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"/handed"]


def told(*args):
    return note(*args)


def around(*args):
    return around(*args)


def note(environ, *rest):
    """It is none: it is told of a request."""
    environ["note.rest"] = len(rest)
    str.format("{}", environ, *rest)


def begin(*args):
    start_response, status = args
    return start_response(status, [("Content-Type", "text/plain")])


def application(environ, start_response):
    stack = Unpacks(wrap(Made(Named(All(Yields(first))))))
    return stack(environ, start_response)
