"""Four applications that are given all they have by their first request, and two that a request
makes."""

import functools
from typing import NamedTuple

import bottle
import falcon
from flask import Blueprint, Flask
from pyramid.config import Configurator
from pyramid.events import NewRequest
from pyramid.response import Response

falcons = falcon.App()
bottles = bottle.Bottle()
flasks = Flask("flasks")
configurator = Configurator()
configurator.add_route("page", "/{name}")
pyramids = configurator.make_wsgi_app()


class Marks:
    def process_response(self, req, resp, resource, succeeded):
        resp.set_header("X-Marked", "1")


class Page:
    def on_get(self, req, resp):
        resp.text = "page"


class Fails:
    def on_get(self, req, resp):
        raise KeyError("wrong")


class Answers:
    def __call__(self, req, resp):
        resp.text = "answers"


class Kept(NamedTuple):
    on_get: Answers


def sink(req, resp):
    resp.text = "sink"


def mends(req, resp, error, params):
    resp.text = "mended"


def give_falcon(app):
    app.add_middleware(Marks())
    app.add_route("/page", Page())
    app.add_route("/fails", Fails())
    app.add_route("/kept", Kept(Answers()))
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


def begins():
    pass


def checks():
    pass


def marks(response):
    return response


def ends(error):
    pass


def ends_all(error):
    pass


def misleads(error):
    return "nowhere", 404


def listing():
    return "listing"


def leaf():
    return "leaf"


def named():
    return "named"


def give_flask(app):
    notes = Blueprint("notes", __name__, url_prefix="/notes")
    notes.before_request(checks)
    notes.before_app_request(begins)
    notes.add_url_rule("/", view_func=listing)
    app.after_request(marks)
    app.teardown_request(ends)
    app.teardown_appcontext(ends_all)
    app.register_error_handler(404, misleads)
    app.route("/leaf")(leaf)
    app.add_url_rule("/named", endpoint="called")
    app.endpoint("called")(named)
    app.register_blueprint(notes)


def notices(event):
    pass


def overhears(event):
    pass


def sheet(request):
    return Response("sheet")


class Folio:
    def __init__(self, request):
        pass

    def __call__(self):
        return Response("folio")


def give_pyramid(app):
    config = Configurator(registry=app.registry)
    config.add_view(sheet, route_name="page", match_param="name=sheet")
    config.add_view(Folio, route_name="page", match_param="name=folio")
    config.add_subscriber(notices, NewRequest)
    config.commit()
    app.registry.registerHandler(overhears, (NewRequest,))


@functools.lru_cache(maxsize=None)
def give():
    give_falcon(falcons)
    give_bottle(bottles)
    give_flask(flasks)
    give_pyramid(pyramids)


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
    """/falcon/PATH and so on, and /falcon/PATH?made for another application."""
    give()
    _, kind, path = environ["PATH_INFO"].split("/", 2)
    environ["PATH_INFO"] = "/" + path
    app = globals()[kind + "s"]
    if environ["QUERY_STRING"] == "made":
        app = make(kind)
    return app(environ, start_response)
