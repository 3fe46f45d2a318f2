"""Two applications that are given all they have by their first request, and two that a request
makes."""

import functools

import bottle
import falcon

falcons = falcon.App()
bottles = bottle.Bottle()


class Marks:
    def process_response(self, req, resp, resource, succeeded):
        resp.set_header("X-Marked", "1")


class Page:
    def on_get(self, req, resp):
        resp.text = "page"


class Fails:
    def on_get(self, req, resp):
        raise KeyError("wrong")


def sink(req, resp):
    resp.text = "sink"


def mends(req, resp, error, params):
    resp.text = "mended"


def give_falcon(app):
    app.add_middleware(Marks())
    app.add_route("/page", Page())
    app.add_route("/fails", Fails())
    app.add_sink(sink, "/sink")
    app.add_error_handler(KeyError, mends)


def plugin(callback):
    def plugged(*args, **kwargs):
        return callback(*args, **kwargs)

    return plugged


def own(callback):
    def decorated(*args, **kwargs):
        return callback(*args, **kwargs)

    return decorated


def before():
    pass


def page():
    return "page"


def gone():
    bottle.abort(410)


def explains(error):
    return "gone"


def misses(error):
    return "missing"


def give_bottle(app):
    app.install(plugin)
    app.add_hook("before_request", before)
    app.route("/page", callback=page, apply=own)
    app.route("/fails", callback=gone)
    app.error(410)(explains)
    app.error(404, misses)


@functools.lru_cache(maxsize=None)
def give():
    give_falcon(falcons)
    give_bottle(bottles)


def make(kind):
    """An application that no other request has."""
    if kind == "falcon":
        app = falcon.App()
        give_falcon(app)
    else:
        app = bottle.Bottle()
        give_bottle(app)
    return app


def application(environ, start_response):
    """/falcon/PATH or /bottle/PATH, and /falcon/PATH?made for another application."""
    give()
    _, kind, path = environ["PATH_INFO"].split("/")
    environ["PATH_INFO"] = "/" + path
    app = falcons if kind == "falcon" else bottles
    if environ["QUERY_STRING"] == "made":
        app = make(kind)
    return app(environ, start_response)
