"""Exceptions, told apart by where they rise.

    curl -i http://127.0.0.1:8000/            in the call
    curl -i http://127.0.0.1:8000/started     in the call, start_response was called before
    curl -i http://127.0.0.1:8000/iterating   before the first chunk
    curl -i http://127.0.0.1:8000/midway      after the first chunk: the connection breaks off
    curl -i http://127.0.0.1:8000/cause       raised from another
    curl -i http://127.0.0.1:8000/handled     handled as PEP 3333 shows, with exc_info
"""

import sys

PRICES = {"tea": 3}


def price(name):
    return PRICES[name]


def total(names):
    try:
        return sum(price(name) for name in names)
    except KeyError as error:
        raise ValueError(f"no price for {error.args[0]}") from error


def iterating(before):
    yield from before
    total(["tea", "gin"])


def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path in ("/", "/cause"):
        total(["tea", "gin"]) if path == "/cause" else price("gin")
    headers = [("Content-Type", "text/plain")]
    start_response("200 OK", headers)
    if path == "/started":
        price("gin")
    if path == "/handled":
        try:
            price("gin")
        except KeyError:
            start_response("503 Service Unavailable", headers, sys.exc_info())
            return [b"out of gin\n"]
    return iterating([b"tea: 3\n"] if path == "/midway" else [])
