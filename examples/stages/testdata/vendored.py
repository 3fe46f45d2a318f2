"""An application of a copy of Bottle, beside one of Bottle's own, which is imported with it."""

import importlib.util
import sys

import bottle

spec = importlib.util.spec_from_file_location("vendored_bottle", bottle.__file__)
copy = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(copy)


def page():
    return "page"


def before():
    pass


class Site(copy.Bottle):
    pass


def plugin(callback):
    def plugged(*args, **kwargs):
        copy.response.headers["X-Copy"] = "1"
        return callback(*args, **kwargs)

    return plugged


application = Site()
application.install(plugin)
application.add_hook("before_request", before)
application.route("/page", callback=page)
own = bottle.Bottle()
own.route("/page", callback=page)
application.mount("/own", own)
