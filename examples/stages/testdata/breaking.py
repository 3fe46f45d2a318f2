"""Layers of five frameworks that break a rule each: at /flask/closes/before Flask's before_request
closes wsgi.input. Where nobody breaks one, nothing is to be found."""

import bottle
import django
import falcon
from django.conf import settings
from django.http import HttpResponse
from flask import Flask, Response, request
from pyramid.config import Configurator
from pyramid.response import Response as WebObResponse


class Bytes(bytes):
    pass


TEXT = "hello from the view"
#: What a layer does with the environ, and with what it has made: status and body.
ASKS = {
    "closes": lambda environ: environ["wsgi.input"].close(),
    "seeks": lambda environ: environ["wsgi.input"].seek(0),
    "writes": lambda environ: environ["wsgi.errors"].write(b"text"),
    "sets": lambda environ: environ.update(CONTENT_LENGTH=7),
    "removes": lambda environ: environ.pop("SERVER_NAME"),
    "keeps": lambda environ: environ.update(CSRF_COOKIE_USED=True, HTTP_X_KEPT="kept"),
}
MAKES = {
    "odd": ("20x OK", [b"hello from the view"]),
    "texts": ("200 OK", ["hello in texts"]),
    "bytes": ("200 OK", [Bytes(b"hello from the view")]),
    "bits": ("200 OK", [b"x"] * 100),
    "empty": ("204 No Content", [b"hello from the view"]),
}


def asks(path, place, environ):
    _, name, where = path.rsplit("/", 2)
    if where == place and name in ASKS:
        try:
            ASKS[name](environ)
        except TypeError:
            pass


def made(path, place):
    _, name, where = path.rsplit("/", 2)
    return MAKES.get(name) if where == place else None


flasks = Flask("flasks")


@flasks.before_request
def before():
    asks(request.path, "before", request.environ)


@flasks.after_request
def after(response):
    return of_flask("after") or response


@flasks.route("/flask/<name>/<place>")
def view(name, place):
    asks(request.path, "view", request.environ)
    return of_flask("view") or TEXT


def of_flask(place):
    found = made(request.path, place)
    if found is None:
        return None
    response = Response(status=found[0])
    response.response = found[1]
    return response


def middleware(get_response):
    def stamp(request):
        asks(request.path, "before", request.META)
        response = get_response(request)
        return of_django(request, "after") or response

    return stamp


def shown(request, **_):
    asks(request.path, "view", request.META)
    return of_django(request, "view") or HttpResponse(TEXT)


def of_django(request, place):
    found = made(request.path, place)
    if found is None:
        return None
    code, _, reason = found[0].partition(" ")
    response = HttpResponse(reason="\n" if code == "20x" else reason)
    response.status_code = int(code.replace("x", "0"))
    response._container = found[1]
    return response


def tween_factory(handler, registry):
    def tween(request):
        asks(request.path, "before", request.environ)
        response = handler(request)
        return of_pyramid(request, "after") or response

    return tween


def page(request):
    asks(request.path, "view", request.environ)
    return of_pyramid(request, "view") or WebObResponse(TEXT)


def of_pyramid(request, place):
    found = made(request.path, place)
    if found is None:
        return None
    response = WebObResponse(content_type="text/plain", charset="utf-8")
    response._status, response.app_iter = found
    return response


class Hooks:
    def process_request(self, request, response):
        asks(request.path, "before", request.env)

    def process_response(self, request, response, resource, succeeded):
        of_falcon(request, response, "after")


class Resource:
    def on_get(self, request, response, **_):
        asks(request.path, "view", request.env)
        response.text = TEXT
        of_falcon(request, response, "view")

    on_options = on_get


def of_falcon(request, response, place):
    found = made(request.path, place)
    if found is not None:
        response.text = None
        response.status, response.stream = found


bottles = bottle.Bottle()


@bottles.hook("before_request")
def begins():
    asks(bottle.request.path, "before", bottle.request.environ)


@bottles.hook("after_request")
def ends():
    found = made(bottle.request.path, "after")
    if found is not None:
        bottle.response._status_line = found[0]


@bottles.route("/bottle/<name>/<place>", ["GET", "OPTIONS"])
def callback(name, place):
    asks(bottle.request.path, "view", bottle.request.environ)
    found = made(bottle.request.path, "view")
    if found is not None:
        bottle.response._status_line = found[0]
    return TEXT


settings.configure(
    ALLOWED_HOSTS=["*"],
    MIDDLEWARE=[__name__ + ".middleware"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="-",
    LOGGING_CONFIG=None,
)
django.setup()
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.urls import path  # noqa: E402

urlpatterns = [path("django/<name>/<place>", shown)]
falcons = falcon.App(middleware=[Hooks()])
falcons.add_route("/falcon/{name}/{place}", Resource())
with Configurator() as config:
    config.add_tween(__name__ + ".tween_factory")
    config.add_route("page", "/pyramid/{name}/{place}")
    config.add_view(page, route_name="page")
    pyramids = config.make_wsgi_app()
APPLICATIONS = {
    "flask": flasks,
    "django": get_wsgi_application(),
    "pyramid": pyramids,
    "falcon": falcons,
    "bottle": bottles,
}


def application(environ, start_response):
    return APPLICATIONS[environ["PATH_INFO"].split("/")[1]](environ, start_response)
