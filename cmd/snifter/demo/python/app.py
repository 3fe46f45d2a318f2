"""A small library: the application of snifter's demo.

It is a plain WSGI application (PEP 3333) of the standard library, wrapped in three middlewares.
Edit a function, save, and look at the workbench: the next request is answered by what you wrote,
and a replay of the earlier ones shows what you changed.
"""

import html
import json
import time
from urllib.parse import parse_qs

from middleware import Authentication, Banner, Timing

BOOKS = [
    {"id": 1, "title": "A Study in Scarlet", "author": "Arthur Conan Doyle", "cents": 950},
    {"id": 2, "title": "The Time Machine", "author": "H. G. Wells", "cents": 800},
    {"id": 3, "title": "Frankenstein", "author": "Mary Shelley", "cents": 1100},
]


def price(book):
    """The price as it is shown. (The demo edits this line.)"""
    return f"{book['cents'] / 100:.2f}"


def index(environ, start_response):
    """The list of books, as a page."""
    rows = "".join(
        f"<li><a href='/books/{b['id']}'>{html.escape(b['title'])}</a> {price(b)}</li>\n"
        for b in BOOKS
    )
    body = f"<!doctype html>\n<title>Library</title>\n<h1>Library</h1>\n<ul>\n{rows}</ul>\n"
    start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
    return [body.encode()]


def books(environ, start_response):
    """The books as JSON; ?author= chooses."""
    wanted = parse_qs(environ["QUERY_STRING"]).get("author", [""])[0]
    found = [dict(b, price=price(b)) for b in BOOKS if wanted.lower() in b["author"].lower()]
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps({"books": found}, indent=2).encode()]


def book(environ, start_response, number):
    """One book."""
    for b in BOOKS:
        if b["id"] == number:
            start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
            return [f"{b['title']}, by {b['author']}\n".encode()]
    return not_found(environ, start_response)


def order(environ, start_response):
    """Takes a form, and answers with what was ordered."""
    form = parse_qs(environ["wsgi.input"].read().decode())
    number = int(form["book"][0])  # a form without a book: KeyError, to look at
    by_id = {b["id"]: b for b in BOOKS}
    environ["wsgi.errors"].write(f"{environ['REMOTE_USER']} orders book {number}\n")
    body = json.dumps({"ordered": by_id[number]["title"], "by": environ["REMOTE_USER"]})
    start_response("201 Created", [("Content-Type", "application/json")])
    return [body.encode()]


def read_aloud(environ, start_response):
    """A response that comes in pieces, in its own time."""
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
    for b in BOOKS:
        yield f"{b['title']}...\n".encode()
        time.sleep(0.05)


def not_found(environ, start_response):
    """Everything else."""
    start_response("404 Not Found", [("Content-Type", "text/plain; charset=utf-8")])
    return [f"There is nothing at {environ['PATH_INFO']}\n".encode()]


def library(environ, start_response):
    """Routes by method and PATH_INFO."""
    path = environ["PATH_INFO"]
    if path == "/":
        return index(environ, start_response)
    if path == "/api/books":
        return books(environ, start_response)
    if path.startswith("/books/") and path[7:].isdigit():
        return book(environ, start_response, int(path[7:]))
    if path == "/orders" and environ["REQUEST_METHOD"] == "POST":
        return order(environ, start_response)
    if path == "/aloud":
        return read_aloud(environ, start_response)
    return not_found(environ, start_response)


app = Timing(Authentication(Banner(library)))
