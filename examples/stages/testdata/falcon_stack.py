"""A Falcon application with middleware, within a middleware of WSGI's."""

import os

import falcon

HERE = os.path.dirname(os.path.abspath(__file__))


class Marks:
    def process_request(self, req, resp):
        req.context.marked = True

    def process_resource(self, req, resp, resource, params):
        pass

    def process_response(self, req, resp, resource, succeeded):
        resp.set_header("X-Marked", "1")


class Answers:
    def process_request(self, req, resp):
        if req.path == "/short":
            resp.complete = True
            resp.text = "short"


def sets(req, resp, resource, params):
    resp.set_header("X-Before", "1")


def wraps_up(req, resp, resource):
    resp.set_header("X-After", "1")


class Page:
    @falcon.before(sets)
    @falcon.after(wraps_up)
    def on_get(self, req, resp):
        resp.text = "hello"


class Odd(Exception):
    pass


class Fails:
    def on_get(self, req, resp):
        raise Odd

    def on_post(self, req, resp):
        raise KeyError("wrong")


class Mends:
    def mend(self, req, resp, error, params):
        resp.status = "503 Mended"


def handle(req, resp, error, params):
    resp.status = "502 Odd"
    resp.text = "odd"


def serialize(req, resp, error):
    resp.text = error.title


class Files:
    def __call__(self, req, resp, name):
        resp.text = name


class Outer:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


_app = falcon.App(middleware=[Marks(), Answers()])
_app.add_route("/", Page())
_app.add_route("/fails", Fails())
_app.add_sink(Files(), r"/files/(?P<name>\w+)")
_app.add_static_route("/static", HERE)
_app.add_error_handler(Odd, handle)
_app.add_error_handler(KeyError, Mends().mend)
_app.set_error_serializer(serialize)
application = Outer(_app)
URLS = ["/", "/short", "/fails", "/files/a", "/static/file.txt", "/none"]
