"""A Bottle application with plugins and hooks, and two others mounted in it."""

import bottle


def stopwatch(callback):
    def timed(*args, **kwargs):
        bottle.response.headers["X-Timed"] = "1"
        return callback(*args, **kwargs)

    return timed


class Passing:
    name = "passing"
    api = 2

    def apply(self, callback, route):
        def passes(*args, **kwargs):
            return callback(*args, **kwargs)

        return passes


class Some:
    """It is for routes that have a page of it, of which there is none here."""

    name = "some"
    api = 2

    def apply(self, callback, route):
        return callback


def alone(callback):
    def apart(name, kind):
        return callback(name, kind)

    return apart


class Pages:
    def page(self, name, kind):
        return f"{name} {kind}"

    def missing(self, error):
        return "not here"


application = bottle.Bottle()
application.install(stopwatch)
application.install(Some())
application.install(Passing())


@application.hook("before_request")
def before():
    pass


@application.hook("after_request")
def after():
    pass


@application.route("/")
def index():
    return "hello"


pages = Pages()
application.route("/pages/<name>/<kind>", callback=pages.page, apply=alone)
application.error_handler[404] = pages.missing
inner = bottle.Bottle()


@inner.route("/page")
def page():
    return {"a": 1}


def plain(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"plain"]


application.mount("/inner", inner)
application.mount("/plain", plain)
URLS = ["/", "/pages/a/b", "/inner/page", "/plain/", "/none"]
