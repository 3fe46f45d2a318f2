"""An application that debugs and profiles itself, and answers with what that has shown."""

from __future__ import annotations

import cProfile
import inspect
import io
import json
import pdb
import pstats
import re
import sys
import warnings
from threading import get_ident
from urllib.parse import unquote

debugger = None


class Holds:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        environ["holds"] = True
        body = self.app(environ, start_response)
        environ["held"] = True
        return body


def generates(app):
    def in_blocks(environ, start_response):
        body = app(environ, start_response)
        for block in body:
            environ["blocks"] = True
            yield block

    return in_blocks


def changes(app):
    def with_header(environ, start_response):
        def begin(status, headers, exc_info=None):
            headers = [*headers, ("A", "b")]
            return start_response(status, headers)

        return app(environ, begin)

    return with_header


def catches(app):
    def after(environ, start_response):
        try:
            return [*app(environ, start_response)]
        except KeyError as error:
            if environ["PATH_INFO"] == "/after":
                debugger.interaction(None, error.__traceback__)
            return [b"caught"]

    return after


def stops(app):
    def at_first(environ, start_response):
        if environ["PATH_INFO"] != "/in":
            debugger.set_trace()
        body = app(environ, start_response)
        return [*body]

    return at_first


def leaf(environ, start_response):
    if environ["PATH_INFO"] == "/in":
        debugger.set_trace()
    start_response("200 OK", [("Content-Type", "text/plain")])
    if environ["PATH_INFO"] in ("/fails", "/after"):
        raise KeyError("leaf")
    return [b"a leaf"]


def looks(environ, start_response):
    """Who has called: by all that tells of it."""
    stacks = []
    for first in (sys._getframe(), inspect.currentframe(), sys._current_frames()[get_ident()]):
        frame, stack = first, []
        while frame is not None:
            stack.append((frame.f_code.co_name, frame.f_lineno))
            frame = frame.f_back
        stacks.append(stack[:4])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for level in range(1, 4):
            warnings.warn("of whoever has called", stacklevel=level)
    told = [(each.filename, each.lineno) for each in caught]
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [json.dumps([stacks, told]).encode()]


inner = Holds(generates(changes(Holds(leaf))))
debugged = stops(catches(inner))
looked_at = Holds(changes(Holds(looks)))


def shown(app, environ):
    """What a debugger shows that gets these commands."""
    global debugger
    commands = "\n".join(unquote(environ["QUERY_STRING"]).split(",")) + "\nc" * 40 + "\n"
    told = io.StringIO()
    by = {"backend": environ["HTTP_BACKEND"]} if "HTTP_BACKEND" in environ else {}
    debugger = pdb.Pdb(stdin=io.StringIO(commands), stdout=told, nosigint=True, readrc=False, **by)
    try:
        app(environ, lambda *args: None)
    finally:
        getattr(debugger, "stop_trace", lambda: sys.settrace(None))()
    # Where a function begins that is broken at is told by its code.
    return re.sub("0?x[0-9a-f]+>|Breakpoint .*", "", told.getvalue())


def counted(app, environ):
    """The functions that a profile lists, and how often they were called."""
    profile = cProfile.Profile()
    profile.runcall(app, dict(environ, PATH_INFO="/fails"), lambda *args: None)
    profile.runcall(app, dict(environ, PATH_INFO="/"), lambda *args: None)
    profile.create_stats()
    stats = pstats.Stats(profile).stats
    return [
        [*function, *calls[:2]]
        for function, calls in sorted(stats.items())
        if function[0] != "~"
    ]


def application(environ, start_response):
    """Nobody is told of stages that are called below."""
    if environ["PATH_INFO"] == "/profile":
        answer = json.dumps(counted(catches(inner), environ))
    elif environ["PATH_INFO"] == "/who":
        return looked_at(environ, start_response)
    else:
        answer = shown(debugged, environ) if environ["QUERY_STRING"] else ""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [answer.encode()]
