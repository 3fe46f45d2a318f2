"""A Pyramid application with tweens, within filters of Paste, Beaker and WebOb."""

from beaker.middleware import SessionMiddleware
from paste.cascade import Cascade
from paste.exceptions.errormiddleware import ErrorMiddleware
from paste.gzipper import middleware as gzipper
from paste.recursive import RecursiveMiddleware
from paste.registry import RegistryManager
from paste.translogger import TransLogger
from paste.urlmap import URLMap
from pyramid.config import Configurator
from pyramid.events import NewResponse
from pyramid.interfaces import INewResponse
from pyramid.response import Response
from pyramid.session import SignedCookieSessionFactory
from pyramid.wsgi import wsgiapp2
from webob.dec import wsgify


def marking_tween_factory(handler, registry):
    def marking_tween(request):
        response = handler(request)
        response.headers["X-Marked"] = "1"
        return response

    return marking_tween


class PassingTween:
    __slots__ = ("_next",)

    def __init__(self, handler, registry):
        self._next = handler

    def __call__(self, request):
        return self._next(request)


def passing_deriver(view, info):
    def derived(context, request):
        return view(context, request)

    return derived


def decorator(view):
    def decorated(context, request):
        return view(context, request)

    return decorated


def noting(event):
    event.response.headers["X-Noted"] = "1"


class Hears:
    def hear(self, event):
        event.response.headers["X-Heard"] = "1"


def index(request):
    return Response("hello")


def fails(request):
    raise ValueError("wrong")


def mended(error, request):
    return Response("mended", status=503)


def odd(request):
    raise LookupError("odd")


class Remembers:
    def __call__(self, request, response):
        response.set_cookie("remember", "1")

    def after(self, request):
        pass


def login(request):
    remembers = Remembers()
    request.add_response_callback(remembers)
    request.add_finished_callback(remembers.after)
    request.session["user"] = "eve"
    response = Response("welcome")
    response.set_cookie("seen", "1")
    return response


class Object:
    def __call__(self, request):
        return Response("object")


class Views:
    def __init__(self, request):
        self.request = request

    def page(self):
        return Response("page")


def plain(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"plain"]


class Odd:
    """A middleware that no name tells of."""

    def __init__(self, within):
        self.within = within

    def __call__(self, e, s):
        return self.within(e, s)


class Missing:
    def __init__(self, request):
        self.request = request

    def page(self):
        return Response("not here", status=404)


def make_router():
    with Configurator() as config:
        config.add_route("index", "/")
        config.add_route("fails", "/fails")
        config.add_route("page", "/page")
        config.add_route("object", "/object")
        config.add_route("odd", "/odd")
        config.add_route("login", "/login")
        config.set_session_factory(SignedCookieSessionFactory("k"))
        config.add_view_deriver(passing_deriver)
        config.add_view(index, route_name="index")
        config.add_view(Object(), route_name="object", decorator=decorator)
        config.add_view(login, route_name="login")
        config.add_view(odd, route_name="odd")
        config.add_exception_view(mended, context=LookupError)
        config.add_subscriber(noting, NewResponse)
        config.registry.registerHandler(Hears().hear, (INewResponse,))
        config.add_view(fails, route_name="fails")
        config.add_view(Views, attr="page", route_name="page")
        config.add_route("plain", "/plain/*subpath")
        config.add_view(wsgiapp2(Odd(plain)), route_name="plain")
        config.add_notfound_view(Missing, attr="page", append_slash=True)
        config.add_tween(__name__ + ".marking_tween_factory")
        config.add_tween(__name__ + ".PassingTween")
        return config.make_wsgi_app()


@wsgify.middleware
def webob_filter(request, app):
    response = request.get_response(app)
    response.headers["X-Filtered"] = "1"
    return response


class WebobMethod:
    """As most of OpenStack's middlewares."""

    def __init__(self, app):
        self.app = app

    @wsgify
    def __call__(self, request):
        return self.app


@wsgify
def webob_leaf(request):
    return "leaf"


def nothing(environ, start_response):
    start_response("404 Not Found", [("Content-Type", "text/plain")])
    return [b""]


_app = webob_filter(WebobMethod(make_router()))
_app = SessionMiddleware(_app, {"session.type": "cookie", "session.validate_key": "k"})
_app = RegistryManager(_app)
_app = gzipper(_app)
_app = ErrorMiddleware(_app, {}, debug=False, error_log="/dev/null")
_app = RecursiveMiddleware(_app, {})
_app = Cascade([nothing, _app], catch=(404,))
_app = TransLogger(_app, setup_console_handler=False)
application = URLMap()
application["/"] = _app
application["/leaf"] = webob_leaf
URLS = ["/", "/page", "/object", "/odd", "/login", "/leaf", "/fails", "/none"]
