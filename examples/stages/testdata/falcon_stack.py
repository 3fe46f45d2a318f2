"""A Falcon application with middleware, within a middleware of WSGI's."""

import falcon


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


class Page:
    def on_get(self, req, resp):
        resp.text = "hello"


class Outer:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


_app = falcon.App(middleware=[Marks(), Answers()])
_app.add_route("/", Page())
application = Outer(_app)
URLS = ["/", "/short", "/none"]
