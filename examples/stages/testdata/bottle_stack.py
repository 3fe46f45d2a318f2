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


application = bottle.Bottle()
application.install(stopwatch)
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


inner = bottle.Bottle()


@inner.route("/page")
def page():
    return {"a": 1}


def plain(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"plain"]


application.mount("/inner", inner)
application.mount("/plain", plain)
URLS = ["/", "/inner/page", "/plain/", "/none"]
