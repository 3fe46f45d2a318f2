"""Two Flask applications under a dispatcher, one of them within four of werkzeug's middlewares."""

import io
import os

from flask import Blueprint, Flask, after_this_request, g, make_response, request, session
from flask.views import MethodView
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.lint import LintMiddleware
from werkzeug.middleware.profiler import ProfilerMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.middleware.shared_data import SharedDataMiddleware

site = Flask("site")
notes = Blueprint("notes", __name__, url_prefix="/notes")


class Watch:
    def look(self):
        pass

    def missing(self, error):
        return "not here", 404, {"X-Missing": "1"}

    def __call__(self, name):
        return name


watch = Watch()
site.before_request(watch.look)
site.register_error_handler(404, watch.missing)
site.add_url_rule("/called/<name>", "called", watch)


@site.url_value_preprocessor
def values(endpoint, given):
    pass


@site.before_request
def begin():
    g.begun = True


@site.after_request
def mark(response):
    response.headers["X-Marked"] = "1"
    return response


@site.teardown_request
def end(error):
    pass


@notes.before_request
def check():
    pass


@notes.route("/")
def listing():
    return "notes"


@site.route("/", methods=["GET", "POST"])
def index():
    return f"{request.host} {request.get_data(as_text=True)}"


@site.route("/stream")
def stream():
    return site.response_class(f"part {n}\n" for n in range(3))


@site.route("/fails")
def fails():
    raise ZeroDivisionError("wrong")


@site.route("/lasts")
def lasts():
    @after_this_request
    def last(response):
        response.headers["X-Last"] = "1"
        return response

    return "lasts"


class Page(MethodView):
    def get(self):
        return "page"


site.add_url_rule("/page", view_func=Page.as_view("page"))
site.register_blueprint(notes)
site.wsgi_app = ProxyFix(site.wsgi_app)
site.wsgi_app = SharedDataMiddleware(site.wsgi_app, {"/shared": os.path.dirname(__file__)})
site.wsgi_app = ProfilerMiddleware(site.wsgi_app, stream=io.StringIO())
site.wsgi_app = LintMiddleware(site.wsgi_app)

api = Flask("api")


@api.route("/version")
def version():
    return {"version": 1}


class Remembers:
    def remember(self, response):
        response.set_cookie("remember", "1")
        return response


api.secret_key = "k"
api.after_request(Remembers().remember)


@api.route("/login")
def login():
    session["user"] = "eve"
    response = make_response("welcome")
    response.set_cookie("seen", "1")
    return response


application = DispatcherMiddleware(site, {"/api": api})
URLS = [
    "/",
    "/page",
    "/notes/",
    "/stream",
    "/lasts",
    "/called/name",
    "/api/version",
    "/api/login",
    "/shared/falcon_stack.py",
    "/none",
    "/fails",
]
