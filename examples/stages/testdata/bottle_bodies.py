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


@application.get("/raised")
def raised():
    bottle.response.set_header("X-Lost", "1")
    raise bottle.HTTPResponse("hello raised", 201, x_made="1")


@application.get("/redirected")
def redirected():
    bottle.response.set_cookie("seen", "1")
    bottle.redirect("/text")


@application.hook("before_request")
def refuses():
    if bottle.request.path == "/refused":
        bottle.abort(403, "no")


@application.hook("after_request")
def closes():
    bottle.response.set_header("X-Closed", "1")
    if bottle.request.path == "/closed":
        raise bottle.HTTPResponse("closed", 418)


@application.get("/fails")
def fails():
    bottle.response.set_header("X-Lost", "1")
    raise ValueError("wrong")


@application.get("/closed")
def closed():
    return "lost"


@application.get("/stream")
def stream():
    yield "hello "
    yield "stream"


@application.get("/lazy")
def lazy():
    bottle.response.status = 203
    bottle.response.set_header("X-Lazy", "1")
    yield "hello lazy"
    bottle.response.set_header("X-Late", "1")


@application.get("/lazily")
def lazily():
    bottle.abort(418, "no")
    yield


@application.error(403)
def explains(error):
    return "not for you"


@application.error(404)
def misses(error):
    return "nothing here"


application.install(signs)
