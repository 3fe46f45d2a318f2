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


application = falcon.App(middleware=[Marks(), Signs()])
for _resource in (Text(), Value(), Stream(), Fails()):
    application.add_route("/" + type(_resource).__name__.lower(), _resource)
