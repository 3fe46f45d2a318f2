"""Middlewares whose parameters no name tells of, within others that collect what they start."""


class Odd:
    def __init__(self, app):
        self.app = app

    def __call__(self, e, s):
        e["odd.seen"] = "1"
        return self.app(e, s)


def odd(app):
    def within(e, s):
        return app(e, s)

    return within


class Box:
    """It leads to no start_response."""

    def __call__(self, a, b, c=None):
        self.given = a, b
        return print


class Boxes:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        box = Box()
        body = self.app(environ, box)
        start_response(*box.given)
        return body


class Keeps(Boxes):
    def __call__(self, environ, start_response):
        body = self.app(environ, self.keep)
        start_response(*self.given)
        return body

    def keep(self, *given):
        self.given = given


def collects(app):
    def collecting(environ, start_response):
        given = []
        body = app(environ, lambda *args: given.extend(args))
        start_response(*given)
        return body

    return collecting


def visits(e, f):
    """It is none, and no application holds it."""
    return e["visits"](e, f)


def answers(environ, start_response):
    environ["visits"] = lambda values, visit: visit(*values.popitem())
    visits(environ, lambda key, value: None)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ.get("odd.seen", "").encode()]


def behind(e, s):
    return answers(e, s)


def asks(environ, start_response):
    def keep(*args):
        given.extend(args)

    given = []
    body = behind(environ, keep)
    start_response(*given)
    return body


def cached(e, make):
    return make()


def redirects(environ, start_response):
    start_response("302 Found", [("Location", environ["PATH_INFO"])])
    return cached(environ, lambda: [b""])


application = Boxes(Odd(Keeps(odd(collects(asks)))))
