"""What telling stages apart costs: python3 -m tests.cost, in the folder of the bridge.

Requests are run as a worker runs them, but for the sockets, with a browser's environ, through
middlewares of several kinds. The application counts as a stage, too. Each figure is the best of
many runs, in microseconds; the peer of the same run is a profile function that does nothing
(sys.setprofile).
"""

from __future__ import annotations

import gc
import socket
import subprocess
import sys
import time
from itertools import count
from marshal import dumps, loads

from _snifter.body import EMPTY
from _snifter.exchange import Exchange
from _snifter.link import Link
from _snifter.room import roomy
from _snifter.stages import serve
from _snifter.stages.finding import lessons
from _snifter.stages.running import calls

from .server import ENVIRON

#: How many stages, with the application.
FEW, MANY = 5, 20
_FIELDS = (
    "ACCEPT ACCEPT_ENCODING ACCEPT_LANGUAGE CACHE_CONTROL CONNECTION COOKIE DNT HOST REFERER "
    "SEC_FETCH_DEST SEC_FETCH_MODE SEC_FETCH_SITE SEC_FETCH_USER UPGRADE_INSECURE_REQUESTS "
    "USER_AGENT X_REQUESTED_WITH"
)
_SENT = dumps(dict(ENVIRON, **{"HTTP_" + name: name.lower() for name in _FIELDS.split()}), 2)


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "13")])
    return [b"Hello, World!"]


def told_by_names(app):
    def middleware(environ, start_response):
        return app(environ, start_response)

    return middleware


def setting(app):
    """A middleware that sets a key of the environ."""

    def middleware(environ, start_response):
        environ["middleware.seen"] = environ.get("middleware.seen", 0) + 1
        return app(environ, start_response)

    return middleware


def adding(app):
    """A middleware that adds a header."""

    def middleware(environ, start_response):
        def begin(status, headers, exc_info=None):
            return start_response(status, [*headers, ("X-Seen", "1")], exc_info)

        return app(environ, begin)

    return middleware


def changing(app):
    """A middleware that does both."""

    def middleware(environ, start_response):
        environ["middleware.seen"] = environ.get("middleware.seen", 0) + 1

        def begin(status, headers, exc_info=None):
            return start_response(status, [*headers, ("X-Seen", "1")], exc_info)

        return app(environ, begin)

    return middleware


def numbering(app):
    """A middleware that adds a header of which the value is another at each request."""
    numbers = count()

    def middleware(environ, start_response):
        def begin(status, headers, exc_info=None):
            return start_response(status, [*headers, ("X-Nth", str(next(numbers)))], exc_info)

        return app(environ, begin)

    return middleware


class relaying:
    """A middleware that gives the body of the stage within on as it comes."""

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        body = self.app(environ, start_response)
        try:
            yield from body
        finally:
            if hasattr(body, "close"):
                body.close()


class Closing:
    """A body such as frameworks return."""

    def __init__(self):
        self.blocks = iter([b"Hello, World!"])

    def __iter__(self):
        return self

    def __next__(self):
        return next(self.blocks)

    def close(self):
        pass


def closing(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "13")])
    return Closing()


def handing_on(app):
    """A middleware that returns what such an application does."""
    return told_by_names(closing if app is application else app)


def wrapping(app):
    """The same of one that puts a file wrapper of its own into the environ, as checkers do."""
    app = closing if app is application else app

    def middleware(environ, start_response):
        environ["wsgi.file_wrapper"] = None
        return app(environ, start_response)

    return middleware


def holding(app):
    """A middleware that keeps what the environ was, as ProxyFix does, and sets more."""

    def middleware(environ, start_response):
        environ["middleware.kept"] = {"REMOTE_ADDR": environ.get("REMOTE_ADDR"), "HTTP_HOST": "a"}
        environ["middleware.seen"] = object()
        return app(environ, start_response)

    return middleware


def keeping(app):
    """A middleware that sets a key, where an outer one keeps what the environ was."""

    def middleware(environ, start_response):
        if "middleware.kept" not in environ:
            environ["middleware.kept"] = {"REMOTE_ADDR": None, "HTTP_HOST": "a"}
        environ["middleware.seen"] = environ.get("middleware.seen", 0) + 1
        return app(environ, start_response)

    return middleware


def attaching(app):
    """A middleware that keeps an object in a dict of the environ's, as WebOb's requests do."""

    def middleware(environ, start_response):
        environ["middleware.attached"] = {"response": Closing()}
        return app(environ, start_response)

    return middleware


def beginning(app):
    """A middleware that sees the head pass."""

    def middleware(environ, start_response):
        def begin(status, headers, exc_info=None):
            return start_response(status, headers, exc_info)

        return app(environ, begin)

    return middleware


def untyped(environ, start_response):
    start_response("404 Not Found", [])
    return [b""]


def around_untyped(app):
    """A middleware that passes on what has no type, of which that is told."""
    return told_by_names(untyped if app is application else app)


def empty(environ, start_response):
    start_response("304 Not Modified", [("ETag", '"a"')])
    return []


def around_empty(app):
    """A middleware that passes on what has no content."""
    return told_by_names(empty if app is application else app)


class Start:
    """A start_response that has more than a call, as those of Paste do."""

    def __init__(self, start_response):
        self.start_response = start_response

    def __call__(self, status, headers, exc_info=None):
        return self.start_response(status, headers, exc_info)


def starting(app):
    """A middleware that sees the head pass, by such an object."""

    def middleware(environ, start_response):
        return app(environ, Start(start_response))

    return middleware


class Bare(Link):
    """A link that sends nothing."""

    def __init__(self, app):
        self.pair = socket.socketpair()
        super().__init__(*self.pair, 4)
        self.app = app
        self.modules = len(sys.modules)
        self.deadline = 1 << 62

    def flush(self):
        self.out.clear()

    def close(self):
        for each in self.pair:
            each.close()


def stack(make, depth):
    app = application
    for _ in range(depth):
        app = make(app)
    return app


@roomy
def best(link, runs=300, requests=20):
    """Microseconds a request, run as a worker's thread runs it."""
    gc.collect()
    least = float("inf")
    for _ in range(runs):
        made = [Exchange(link, 1, loads(_SENT), EMPTY) for _ in range(requests)]
        began = time.perf_counter()
        for exchange in made:
            link.open[1] = exchange
            exchange.run()
        least = min(least, time.perf_counter() - began)
        link.out.clear()
    return least / requests * 1e6


def traced(app):
    link = Bare(app)
    serve.trace(link)
    link.recorder.lessons.known.add(lessons.key(loads(_SENT)))
    link.modules = len(sys.modules)
    return link


def profiled(link):
    sys.setprofile(lambda frame, event, arg: None)
    try:
        return best(link)
    finally:
        sys.setprofile(None)


def off(app):
    link = traced(app)
    calls.stop()
    link.recorder = None
    return link


#: What middlewares do.
KINDS = {
    "pass on": told_by_names,
    "set a key": setting,
    "add a header": adding,
    "add another each": numbering,
    "do both": changing,
    "relay a body": relaying,
}
#: What is run, and how it is measured.
WAYS = {
    "plain": (best, Bare),
    "recorded": (best, traced),
    "off": (best, off),
    "profiled": (profiled, Bare),
}


def measured(way, kind, stages):
    """What a request costs, in processes of their own: a worker has one application."""
    command = [sys.executable, "-m", "tests.cost", way, kind, str(stages)]
    found = (subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout for _ in range(3))
    return min(map(float, found))


def added(way, kind, stages):
    """What it costs beyond what the same costs that is not traced."""
    return measured(way, kind, stages) - measured("plain", kind, stages)


def main():
    if len(sys.argv) > 1:
        way, kind, stages = sys.argv[1:]
        measure, make = WAYS[way]
        print(measure(make(stack(KINDS[kind], int(stages) - 1))))
        return
    print(f"CPython {sys.version.split()[0]}: us that recording adds")
    columns = f"{FEW} stages", "a stage of", f"{MANY} stages", "a stage of", "each further"
    print(f"  {'middlewares that':18}" + "".join(f"{column:>14}" for column in columns))
    for kind in KINDS:
        few, many = (added("recorded", kind, stages) for stages in (FEW, MANY))
        row = few, few / FEW, many, many / MANY, (many - few) / (MANY - FEW)
        print(f"  {kind:18}" + "".join(f"{cost:14.2f}" for cost in row))
    print("us that a stage adds otherwise:")
    for what, way in (("hooked, and not recorded", "off"), ("sys.setprofile", "profiled")):
        print(f"  {what:26} {added(way, 'pass on', FEW) / FEW:6.2f}")
    alone = measured("recorded", "pass on", 1) / measured("plain", "pass on", 1)
    print(f"an application alone: {alone:.3f} of the time without")


if __name__ == "__main__":
    main()
