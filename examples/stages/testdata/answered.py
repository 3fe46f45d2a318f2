"""answered.py BRIDGE: whether a framework's layer that is answered for by hand gives its answer to
what is around it, as it would its own. What is not so is printed, and the exit code is 1.

As a module it has an application of each framework: around a page stands what adds X-Around, with a
space that should not be there: that is told, and no more of what is wrong with an answer. What
runs when the response has been begun has the application answer with another, as its own.
"""

import os
import sys
import warnings

warnings.simplefilter("ignore")

import bottle  # noqa: E402
import django  # noqa: E402
import falcon  # noqa: E402
import flask  # noqa: E402
from django.conf import settings  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402
from pyramid.config import Configurator  # noqa: E402
from pyramid.response import Response  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
CHUNK, EXCEPTION = 5, 8  # of the kinds of events
GIVEN = {
    "status": "418 Teapot",
    "headers": [("Content-Type", "text/plain"), ("Set-Cookie", "a=b; Path=/")],
    "block": b"tea",
}
TYPED = [("Content-Type", "text/plain")]
#: What would be found of an application that gives it.
FAULTY = {
    "untyped": {"status": "200 OK", "headers": [], "block": b"tea"},
    "bodied": {"status": "204 No Content", "headers": [], "block": b"tea"},
    "typed": {"status": "304 Not Modified", "headers": TYPED, "block": b""},
    "short": {"headers": [*TYPED, ("Content-Length", "9")], "block": b"tea"},
    "long": {"headers": [*TYPED, ("Content-Length", "2")], "block": b"tea"},
    "odd": {"headers": [*TYPED, ("X_Odd", "1"), ("X-Odd", " 1")], "block": b"tea"},
}

flask_app = flask.Flask(__name__)


@flask_app.after_request
def after(response):
    response.headers["X-Around"] = " 1"
    return response


@flask_app.teardown_request
def flask_teardown(error):
    pass


@flask_app.route("/", endpoint="page")
def flask_page():
    if flask.request.args:
        raise ValueError("fails")
    return "page"


def around(get_response):
    def middleware(request):
        response = get_response(request)
        response["X-Around"] = " 1"
        return response

    return middleware


def django_page(request):
    if request.GET:
        raise ValueError("fails")
    return HttpResponse("page")


urlpatterns = [path("", django_page)]


def django_app():
    settings.configure(ROOT_URLCONF=__name__, MIDDLEWARE=[__name__ + ".around"], ALLOWED_HOSTS="*")
    django.setup()
    from django.core.wsgi import get_wsgi_application

    return get_wsgi_application()


def around_tween(handler, registry):
    def tween(request):
        response = handler(request)
        response.headers["X-Around"] = " 1"
        return response

    return tween


def pyramid_page(request):
    if request.params:
        raise ValueError("fails")
    return Response("page")


def pyramid_app():
    with Configurator() as config:
        config.add_tween(__name__ + ".around_tween")
        config.add_route("page", "/")
        config.add_view(pyramid_page, route_name="page")
        return config.make_wsgi_app()


bottle_app = bottle.Bottle()


@bottle_app.hook("before_request")
def bottle_before():
    pass


@bottle_app.hook("after_request")
def after_request():
    bottle.response.set_header("X-Around", " 1")


@bottle_app.route("/")
def bottle_page():
    if bottle.request.query:
        raise ValueError("fails")
    return "page"


class Around:
    def process_response(self, req, resp, resource, succeeded):
        resp.set_header("X-Around", " 1")


def falcon_before(req, resp, resource, params):
    pass


def falcon_after(req, resp, resource):
    pass


class Page:
    @falcon.before(falcon_before)
    @falcon.after(falcon_after)
    def on_get(self, req, resp):
        if req.params:
            raise ValueError("fails")
        resp.text = "page"


falcon_app = falcon.App(middleware=[Around()])
falcon_app.add_route("/", Page())

#: What answers beside the page, and how it does that: what it is told to have raised.
HOOKS = {
    "flask_app": {"flask_teardown": ["Answered"]},
    "bottle_app": {"bottle_before": ["bottle.HTTPResponse"]},
    # Those around the responder tell of what they passed on.
    "falcon_app": {"falcon_before": 2 * ["falcon.http_status.HTTPStatus"], "falcon_after": []},
}
#: Nothing is around it any more.
LAST = {"flask_teardown"}
PAGES = {
    "flask_app": "flask_page",
    "django_app": "django_page",
    "pyramid_app": "pyramid_page",
    "bottle_app": "bottle_page",
    "falcon_app": "Page.on_get",
}


def check(app, stepping):
    """How many answers are not as they should be."""
    plan = {"kind": "module", "module": "answered", "attr": app, "sys_path": [HERE]}
    with stepping.Stepping(dict(plan, factories=["django_app", "pyramid_app"])) as server:
        server.ready()
        for number in (1, 2):
            server.request(number, HTTP_HOST="localhost")
            server.end(number)
        cases = [(PAGES[app], boundary, []) for boundary in ("enter", "exit")]
        cases.append((PAGES[app], "exception", ["ValueError"]))
        for hook, raised in HOOKS.get(app, {}).items():
            cases += [(hook, boundary, raised) for boundary in ("enter", "exit")]
        found = sum(differs(server, *case) for case in cases)
        return found + sum(is_blamed(server, *case, kind) for case in cases for kind in FAULTY)


def answer_by_hand(server, page, boundary, given):
    """Where the request has stopped, and the answer to it."""
    number = len(server.answers) + 1
    fails = boundary == "exception"
    server.stops(f"{page}:{boundary}")
    server.request(number, HTTP_HOST="localhost", QUERY_STRING="fails=1" if fails else "")
    stopped = server.halt()
    server.stops()
    server.resume(stopped, "respond", **given)
    return stopped, server.end(number)


def is_blamed(server, page, boundary, _, kind):
    """Whether a stage is told to have given what was given by hand."""
    _, answer = answer_by_hand(server, page, boundary, FAULTY[kind])
    rules = [rule for _, rule in answer.blamed]
    if rules == ["header-value-space"]:
        return False
    print(page, boundary, kind, answer.findings)
    return True


def differs(server, page, boundary, raises):
    stopped, answer = answer_by_hand(server, page, boundary, GIVEN)
    headers = {name.lower(): value.strip() for name, value in answer.headers}
    found = [answer.status, answer.body]
    found += map(headers.get, ("content-type", "set-cookie", "x-around"))
    # Which has given it, as is told by its size.
    gave = [event[3] for event in answer.each() if event[:2] == (CHUNK, stopped.index)]
    found.append(3 in gave)
    around = None if page in LAST else "1"
    expected = ["418 Teapot", b"tea", "text/plain", "a=b; Path=/", around, True]
    raised = [event[4] for event in answer.events if event[0] == EXCEPTION]
    if found == expected and raised == raises:
        return False
    print(page, boundary, found, raised)
    return True


def main():
    sys.path.insert(0, sys.argv[1])
    from tests import stepping

    sys.exit(sum(check(app, stepping) for app in PAGES))


if __name__ == "__main__":
    main()
