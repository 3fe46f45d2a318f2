"""Hooks of Flask and Bottle, each of which waits and fails for the path that names it."""

import time

import bottle
from flask import Flask, request

WAITS = 0.02
flasks = Flask("flasks")
flasks.config["PROPAGATE_EXCEPTIONS"] = False
bottles = bottle.Bottle()


def fails(path, name):
    if path == "/" + name:
        time.sleep(WAITS)
        raise LookupError(name)


@flasks.url_value_preprocessor
def values(endpoint, values):
    fails(request.path, "values")


@flasks.before_request
def before():
    fails(request.path, "before")


@flasks.after_request
def after(response):
    fails(request.path, "after")
    return response


@flasks.teardown_request
def teardown(error):
    fails(request.path, "teardown")


@flasks.teardown_appcontext
def teardown_all(error):
    fails(flasks.config["asked"], "teardown_all")


@flasks.route("/<name>")
def view(name):
    flasks.config["asked"] = request.path
    return name


@bottles.hook("before_request")
def begins():
    fails(bottle.request.path, "begins")


@bottles.hook("after_request")
def ends():
    fails(bottle.request.path, "ends")


@bottles.get("/<name>")
def callback(name):
    return name


def application(environ, start_response):
    _, kind, name = environ["PATH_INFO"].split("/")
    environ["PATH_INFO"] = "/" + name
    flasks.config["asked"] = ""
    return globals()[kind + "s"](environ, start_response)
