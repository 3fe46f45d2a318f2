"""An application in four middlewares, to see what each of them does: see README.md beside this.

    snifter run examples/python/onion

The request goes down the stack and the answer comes up:

    Timing     tells in Server-Timing how long the answer took
    Gzip       packs text for clients that take it, block by block
    Session    keeps a dict in a signed cookie, as environ["onion.session"]
    Auth       takes the user from the session, and guards /private
    notes      the application
"""

import html
import time
from urllib.parse import parse_qs

from middleware import Auth, Gzip, Session, Timing

PAGE = """<!doctype html>
<title>Notes</title>
<h1>Notes of {user}</h1>
<p>You were here {visits} times.</p>
<ul>{notes}</ul>
<form method="post" action="/notes"><input name="text"> <button>Note it</button></form>
"""


def notes(environ, start_response):
    route = environ["REQUEST_METHOD"], environ["PATH_INFO"]
    view = ROUTES.get(route, not_found)
    return view(environ, start_response)


def index(environ, start_response):
    session = environ["onion.session"]
    session["visits"] = session.get("visits", 0) + 1
    page = PAGE.format(
        user=html.escape(environ.get("REMOTE_USER", "nobody")),
        visits=session["visits"],
        notes="".join(f"<li>{html.escape(text)}</li>" for text in session.get("notes", [])),
    ).encode()
    start_response("200 OK", html_headers(page))
    return [page]


def add(environ, start_response):
    session = environ["onion.session"]
    session["notes"] = [*session.get("notes", []), form(environ).get("text", "")][-5:]
    return see_other("/", start_response)


def login(environ, start_response):
    environ["onion.session"]["user"] = form(environ).get("user", "nobody")
    return see_other("/", start_response)


def private(environ, start_response):
    page = f"<!doctype html><title>Private</title><p>For {environ['REMOTE_USER']} alone.\n".encode()
    start_response("200 OK", [*html_headers(page), ("Cache-Control", "private")])
    return [page]


def countdown(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return count()


def count():
    for n in (3, 2, 1):
        yield b"%d\n" % n
        time.sleep(0.05)
    yield b"lift-off\n"


def broken(environ, start_response):
    raise RuntimeError("this is what a failing view looks like")


def not_found(environ, start_response):
    page = b"<!doctype html><title>Nothing here</title>\n"
    start_response("404 Not Found", html_headers(page))
    return [page]


def see_other(target, start_response):
    headers = [("Location", target), ("Content-Type", "text/plain"), ("Content-Length", "0")]
    start_response("303 See Other", headers)
    return []


def html_headers(page):
    return [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(page)))]


def form(environ):
    size = int(environ.get("CONTENT_LENGTH") or 0)
    fields = parse_qs(environ["wsgi.input"].read(size).decode())
    return {name: values[0] for name, values in fields.items()}


ROUTES = {
    ("GET", "/"): index,
    ("POST", "/notes"): add,
    ("POST", "/login"): login,
    ("GET", "/private"): private,
    ("GET", "/countdown"): countdown,
    ("GET", "/broken"): broken,
}

app = Timing(Gzip(Session(Auth(notes), secret=b"an example has no secrets")))
