"""Three applications that are served before they have all that they have later: it is put right
into what holds it, past what the frameworks have for that."""

import functools

import bottle
from django.conf import settings

settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF="put", MIDDLEWARE=["put.Outer"])

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402
from flask import Flask, abort  # noqa: E402
from werkzeug.exceptions import Gone  # noqa: E402


class Outer:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)


class Inner(Outer):
    def process_view(self, request, view, args, kwargs):
        pass


def leaf(request):
    return HttpResponse("leaf")


urlpatterns = [path("leaf", leaf)]
djangos = get_wsgi_application()
bottles = bottle.Bottle()
flasks = Flask("flasks")


@flasks.route("/page")
def first():
    return "first"


@flasks.route("/gone")
def gone():
    abort(410)


class Views:
    def page(self):
        return "page"


def begins():
    pass


def marks(response):
    return response


def ends(error):
    pass


def page():
    return "page"


def explains(error):
    return "gone", 410


def plugin(callback):
    def plugged(*args, **kwargs):
        return callback(*args, **kwargs)

    return plugged


def own(callback):
    def decorated(*args, **kwargs):
        return callback(*args, **kwargs)

    return decorated


@functools.lru_cache(maxsize=None)
def put():
    flasks.view_functions = dict(flasks.view_functions, first=Views().page)
    flasks.before_request_funcs[None].append(begins)
    flasks.after_request_funcs = {None: [marks]}
    flasks.teardown_appcontext_funcs.append(ends)
    flasks.error_handler_spec[None][410] = {Gone: explains}
    route = bottle.Route(bottles, "/page", "GET", page, None, [own])
    bottles.routes.append(route)
    bottles.router.add(route.rule, route.method, route)
    bottles.plugins.append(plugin)
    bottles.reset()
    settings.MIDDLEWARE = ["put.Outer", "put.Inner"]
    djangos.load_middleware()


def application(environ, start_response):
    put()
    _, kind, path = environ["PATH_INFO"].split("/", 2)
    environ["PATH_INFO"] = "/" + path
    return globals()[kind + "s"](environ, start_response)
