"""A Bottle application with the routes of others in it: merged, mounted as they are, and both."""

import bottle


def counted(callback):
    def counts(*args, **kwargs):
        return callback(*args, **kwargs)

    return counts


def shared(callback):
    def shares(*args, **kwargs):
        return callback(*args, **kwargs)

    return shares


def never():
    raise AssertionError("the hooks of an application are not merged with its routes")


def before():
    pass


merged = bottle.Bottle()
merged.add_hook("before_request", never)
merged.install(shared)
merged.install(counted)


@merged.route("/merged")
def page():
    return "merged"


leaves = bottle.Bottle()
leaves.add_hook("after_request", never)


@leaves.route("/leaf")
def leaf():
    return "leaf"


def plain(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"plain"]


class Odd:
    """A middleware that no name tells of."""

    def __init__(self, within):
        self.within = within

    def __call__(self, e, s):
        return self.within(e, s)


branches = bottle.Bottle()
branches.install(shared)
branches.add_hook("before_request", before)
branches.mount("/leaves/", leaves)
branches.mount("/plain/", Odd(plain))


@branches.route("/branch")
def branch():
    return "branch"


class Own:
    name = "own"
    api = 2

    def apply(self, callback, route):
        def owned(*args, **kwargs):
            return callback(*args, **kwargs)

        return owned


application = bottle.Bottle()
application.install(shared)
application.install(Own())


application.add_hook("before_request", before)


@application.route("/")
def index():
    return "hello"


application.merge(merged)
application.mount("/branches/", branches)
application.mount("/again/", branches)  # with a warning, as an application of WSGI's
URLS = ["/", "/merged", "/branches/branch", "/branches/leaves/leaf", "/again/branch"]
