"""Applications of four frameworks, each made by the first request for its prefix, as Flask's
documentation has it under "Application Dispatching"."""

from threading import Lock

import bottle
import falcon
from flask import Flask
from pyramid.config import Configurator

URLS = ["/flask", "/other", "/pyramid", "/bottle", "/falcon"]


def make_flask(text="flask"):
    app = Flask(__name__)

    @app.before_request
    def begin():
        pass

    @app.route("/", methods=["GET", "POST"])
    def index():
        return text

    return app


def make_other():
    return make_flask("other")


def make_pyramid():
    def index(request):
        request.response.text = "pyramid"
        return request.response

    config = Configurator()
    config.add_route("index", "/")
    config.add_view(index, route_name="index")
    return config.make_wsgi_app()


def make_bottle():
    app = bottle.Bottle()

    @app.get("/")
    def index():
        return "bottle"

    return app


class Resource:
    def on_get(self, request, response):
        response.text = "falcon"


def make_falcon():
    app = falcon.App()
    app.add_route("/", Resource())
    return app


class ByPrefix:
    def __init__(self, make):
        self.make = make
        self.lock = Lock()
        self.instances = {}

    def application(self, prefix):
        with self.lock:
            if prefix not in self.instances:
                self.instances[prefix] = self.make.get(prefix, make_flask)()
            return self.instances[prefix]

    def __call__(self, environ, start_response):
        prefix = environ["PATH_INFO"]
        environ["SCRIPT_NAME"] += prefix.rstrip("/")
        environ["PATH_INFO"] = "/"
        return self.application(prefix)(environ, start_response)


application = ByPrefix(
    {
        "/other": make_other,
        "/pyramid": make_pyramid,
        "/bottle": make_bottle,
        "/falcon": make_falcon,
    }
)
