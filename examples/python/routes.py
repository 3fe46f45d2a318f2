"""Routes by PATH_INFO, with a 404 for what has none.

    snifter run examples/python/routes.py
    curl http://127.0.0.1:8000/hello/Ada
    curl -i http://127.0.0.1:8000/nowhere
    curl -i -X POST http://127.0.0.1:8000/

PATH_INFO is the decoded path in latin-1 (PEP 3333, "Unicode Issues"): ask for /hello/Zo%C3%AB and
compare PATH_INFO in the Environ tab with what `name` becomes below.
"""

import re
from html import escape


def index(environ, start_response):
    return respond(
        start_response, "200 OK", "<h1>Routes</h1><p>Try <a href='/hello/Ada'>/hello/Ada</a>.</p>"
    )


def hello(environ, start_response, name):
    return respond(start_response, "200 OK", f"<p>Hello, {escape(name)}!</p>")


def not_found(environ, start_response):
    path = escape(path_info(environ))
    return respond(
        start_response, "404 Not Found", f"<h1>404</h1><p>There is nothing at {path}.</p>"
    )


def not_allowed(environ, start_response):
    return respond(
        start_response, "405 Method Not Allowed", "<h1>405</h1>", [("Allow", "GET, HEAD")]
    )


ROUTES = [
    (re.compile(r"/"), index),
    (re.compile(r"/hello/(?P<name>[^/]+)"), hello),
]


def path_info(environ):
    """The path as text: the bytes of the native string, read as UTF-8."""
    return environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")


def respond(start_response, status, html, headers=()):
    body = f"<!doctype html><meta charset=utf-8>{html}\n".encode()
    start_response(
        status,
        [
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", str(len(body))),
            *headers,
        ],
    )
    return [body]


def app(environ, start_response):
    for pattern, view in ROUTES:
        match = pattern.fullmatch(path_info(environ))
        if match:
            if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
                return not_allowed(environ, start_response)
            return view(environ, start_response, **match.groupdict())
    return not_found(environ, start_response)
