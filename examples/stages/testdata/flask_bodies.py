"""A Flask application whose answers are made in every way, and changed behind the views."""

from flask import Flask, Response, abort, redirect, send_file

application = Flask(__name__)


@application.get("/text")
def text():
    return "hello from the view"


@application.get("/value")
def value():
    return {"hello": "value"}, 201


@application.get("/blocks")
def blocks():
    return Response(["hello ", b"blocks"])


@application.get("/stream")
def stream():
    return (part for part in ["hello ", "stream"])


@application.get("/file")
def file():
    return send_file("file.txt")


@application.get("/none")
def none():
    abort(404, "nothing here")


@application.get("/elsewhere")
def elsewhere():
    abort(redirect("/text"))


@application.get("/handled")
def handled():
    raise KeyError("wrong")


@application.errorhandler(KeyError)
def mends(error):
    return "mended", 503


@application.after_request
def marks(response):
    response.headers["X-Marked"] = "1"
    return response


@application.after_request
def signs(response):
    if isinstance(response.response, list):
        response.set_data(response.get_data() + b" - signed")
    return response
