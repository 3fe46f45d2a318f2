"""A middleware that passes on an environ that is no plain dict, by the path of the request."""

from collections import ChainMap, OrderedDict, UserDict, defaultdict
from collections.abc import Mapping
from types import MappingProxyType


class Logged(dict):
    """What is set is no longer what is got."""

    def __setitem__(self, key, value):
        super().__setitem__(key, f"set {value}")

    def __getitem__(self, key):
        return f"got {super().__getitem__(key)}"


class Closed(dict):
    """Answers nothing but what it is asked for by key."""

    def _fails(self, *args):
        raise RuntimeError("it was asked")

    __contains__ = __iter__ = __len__ = __eq__ = __repr__ = __bool__ = _fails
    __hash__ = get = keys = values = items = copy = update = _fails


class Emulation(Mapping):
    """Knows what it has when it is asked for it."""

    def __init__(self, environ):
        self._environ = environ

    def __getitem__(self, key):
        return self._environ[key]

    def __iter__(self):
        raise RuntimeError("it was asked")

    __len__ = __iter__


KINDS = {
    "chain": lambda environ: ChainMap({}, environ),
    "closed": Closed,
    "default": lambda environ: defaultdict(str, environ),
    "emulation": Emulation,
    "logged": Logged,
    "ordered": OrderedDict,
    "proxy": MappingProxyType,
    "user": UserDict,
}


#: By which an environ is known.
MARKS = ("REQUEST_METHOD", "wsgi.input")


def lacking(environ):
    return {key: value for key, value in environ.items() if key not in MARKS}


def view(environ, start_response):
    if environ["PATH_INFO"].endswith("/logged"):
        environ["app.view"] = 1
    start_response("200 OK", [("Content-Type", "text/plain")])
    if environ["PATH_INFO"] == "/file":
        return environ["wsgi.file_wrapper"](open(__file__, "rb"))
    return [environ["PATH_INFO"].encode()]


def passing(app):
    def passes(environ, start_response):
        return app(environ, start_response)

    return passes


class Emulates:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        kind = environ["QUERY_STRING"] or environ["PATH_INFO"][1:]
        return self.app(KINDS.get(kind, lacking)(environ), start_response)


application = passing(Emulates(passing(view)))
