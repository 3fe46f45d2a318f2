"""A Falcon application whose answers are made in every way, and changed by a middleware."""

import io

import falcon


class Signs:
    def process_response(self, req, resp, resource, req_succeeded):
        if resp.text:
            resp.text += " - signed"


class Marks:
    def process_response(self, req, resp, resource, req_succeeded):
        resp.set_header("X-Marked", "1")


class Text:
    def on_get(self, req, resp):
        resp.text = "hello from the responder"


class Value:
    def on_get(self, req, resp):
        resp.media = {"hello": "value"}


class Stream:
    def on_get(self, req, resp):
        resp.stream = io.BytesIO(b"hello stream")


class Fails:
    def on_get(self, req, resp):
        raise falcon.HTTPBadRequest(title="wrong")


class Found:
    def on_get(self, req, resp):
        resp.set_header("X-Set", "1")
        resp.set_cookie("seen", "1")
        raise falcon.HTTPFound("/text")


class Refused:
    def on_get(self, req, resp):
        resp.set_header("X-Set", "1")
        raise falcon.HTTPConflict(title="wrong", headers={"X-Set": "2", "X-Why": "1"})


class Status:
    def on_get(self, req, resp):
        raise falcon.HTTPStatus(201, text="hello status")


class Breaks:
    def on_get(self, req, resp):
        resp.set_header("X-Set", "1")
        raise KeyError("wrong")


class Teapot:
    def on_get(self, req, resp):
        resp.status = 418  # whose reason is not that of http.HTTPStatus
        resp.text = "hello pot"


def sets(req, resp, resource, params):
    resp.set_header("X-Before", "1")
    raise LookupError("wrong")


class Hooked:
    @falcon.before(sets)
    def on_get(self, req, resp):
        pass


def handles(req, resp, error, params):
    resp.status = 502
    resp.set_header("X-Handled", "1")
    resp.text = "handled"


application = falcon.App(middleware=[Marks(), Signs()])
for _kind in (Text, Value, Stream, Fails, Found, Refused, Status, Breaks, Hooked, Teapot):
    application.add_route("/" + _kind.__name__.lower(), _kind())
application.add_error_handler(LookupError, handles)
