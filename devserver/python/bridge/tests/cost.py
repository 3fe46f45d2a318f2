"""What telling stages apart costs: python3 -m tests.cost, in the folder of the bridge.

Requests are run as a worker runs them, but for the sockets, with a browser's environ, through no
middleware and through several. Each figure is the best of many runs, in microseconds; the peer of
the same run is a profile function that does nothing (sys.setprofile).
"""

from __future__ import annotations

import gc
import socket
import subprocess
import sys
import time
from marshal import dumps, loads

from _snifter.body import EMPTY
from _snifter.exchange import Exchange
from _snifter.link import Link
from _snifter.stages import calls, lessons, serve

from .server import ENVIRON

STAGES = 5
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


def nameless(app):
    """As above, but that no scan finds it."""

    def middleware(x, y):
        return app(x, y)

    return middleware


def changing(app):
    """A middleware that does something at every boundary."""

    def middleware(environ, start_response):
        environ["middleware.seen"] = environ.get("middleware.seen", 0) + 1

        def begin(status, headers, exc_info=None):
            return start_response(status, [*headers, ("X-Seen", "1")], exc_info)

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


def best(link, runs=300, requests=20):
    """Microseconds a request."""
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


#: What is measured, how, and of which application.
MEASURED = {
    "hello": (best, Bare, application),
    "none": (best, Bare, stack(nameless, STAGES)),
    "plain changes": (best, Bare, stack(changing, STAGES)),
    "plain relays": (best, Bare, stack(relaying, STAGES)),
    "profiled": (profiled, Bare, stack(nameless, STAGES)),
    "hello, stages told apart": (best, traced, application),
    "passing on": (best, traced, stack(told_by_names, STAGES)),
    "off": (best, off, stack(told_by_names, STAGES)),
    "changing": (best, traced, stack(changing, STAGES)),
    "relaying": (best, traced, stack(relaying, STAGES)),
}


def figures():
    """What each costs, in a process of its own: a worker has one application."""
    costs = {}
    for name in MEASURED:
        command = [sys.executable, "-m", "tests.cost", name]
        costs[name] = float(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    return costs


def main():
    if len(sys.argv) > 1:
        measure, make, app = MEASURED[sys.argv[1]]
        print(measure(make(app)))
        return
    costs = figures()
    print(f"CPython {sys.version.split()[0]}, {STAGES} middlewares over an application")
    for name, cost in costs.items():
        print(f"  {name:28} {cost:8.2f} us a request")
    print("us a stage:")
    for what, of, without in (
        ("recorded, passing on", "passing on", "none"),
        ("recorded, changing all", "changing", "plain changes"),
        ("recorded, relaying a body", "relaying", "plain relays"),
        ("hooked, and not recorded", "off", "none"),
        ("sys.setprofile", "profiled", "none"),
    ):
        print(f"  {what:28} {(costs[of] - costs[without]) / STAGES:8.2f}")
    ratio = costs["hello, stages told apart"] / costs["hello"]
    print(f"one stage: {ratio:.3f} of the time without")


if __name__ == "__main__":
    main()
