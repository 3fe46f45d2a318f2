"""Three applications that have one function for many things."""

import functools

import bottle
import django
import flask
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse
from django.urls import path


def decorator(function):
    @functools.wraps(function)
    def around(*args):
        return function(*args)

    return around


@decorator
def checks(*args):
    pass


class Extension:
    def marks(self, *args):
        return args[0] if args else None


def serves(*args):
    return "served", 404 if args else 200


extension = Extension()
flasks = flask.Flask("flasks")
own = flask.Blueprint("own", "own", url_prefix="/own")
for each in flasks, own:
    each.before_request(checks)
    each.add_url_rule("/page", "page", serves)
own.before_request(extension.marks)
flasks.after_request(extension.marks)
flasks.teardown_request(checks)
flasks.register_error_handler(404, serves)
flasks.register_blueprint(own)


def counts():
    pass


def shows(*args):
    return "shown"


bottles = bottle.Bottle()
for role in "before_request", "after_request":
    bottles.add_hook(role, counts)
bottles.route("/page", callback=shows)
bottles.error(404)(shows)


def answers(request, exception=None):
    return HttpResponse("answered", status=404 if exception else 200)


urlpatterns = [path("page", answers)]
handler404 = answers
settings.configure(
    ROOT_URLCONF=__name__, SECRET_KEY="x", ALLOWED_HOSTS=["localhost", "127.0.0.1"], MIDDLEWARE=[]
)
django.setup()
djangos = WSGIHandler()


def application(environ, start_response):
    _, kind, rest = environ["PATH_INFO"].split("/", 2)
    environ["PATH_INFO"] = "/" + rest
    return globals()[kind + "s"](environ, start_response)
