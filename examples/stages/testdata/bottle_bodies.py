"""A Bottle application whose answers are made in every way, and changed by a plugin."""

import bottle

application = bottle.Bottle()


def signs(callback):
    def signing(*args, **kwargs):
        made = callback(*args, **kwargs)
        return made + " - signed" if isinstance(made, str) else made

    return signing


@application.get("/text")
def text():
    return "hello from the callback"


@application.get("/value")
def value():
    return {"hello": "value"}


@application.get("/response")
def response():
    return bottle.HTTPResponse("hello response")


@application.get("/stream")
def stream():
    yield "hello "
    yield "stream"


@application.error(404)
def misses(error):
    return "nothing here"


application.install(signs)
