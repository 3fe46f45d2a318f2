"""A generator that streams: a chunk each time there is something to say.

    snifter run examples/python/stream.py
    curl -N http://127.0.0.1:8000/
    curl -N 'http://127.0.0.1:8000/?count=20&pause=0.1'
    curl -N http://127.0.0.1:8000/events

A WSGI server sends each chunk before it asks for the next (PEP 3333, "Buffering and Streaming").
The Chunks tab shows when each came, and the list counts them while the request is still open. Stop
curl midway: the generator gets GeneratorExit from close(), at the yield where it stood.
"""

import time
from urllib.parse import parse_qs


def number(query, name, default, kind):
    """A number from the query, within reason."""
    try:
        return min(max(kind(query[name][0]), 0), 1000)
    except (KeyError, ValueError):
        return default


def ticks(errors, count, pause, form):
    try:
        for i in range(1, count + 1):
            yield form.format(i).encode()
            if i < count:
                time.sleep(pause)
    except GeneratorExit:
        errors.write("the client went before the end\n")
        raise


def app(environ, start_response):
    query = parse_qs(environ["QUERY_STRING"])
    count = number(query, "count", 5, int)
    pause = number(query, "pause", 0.5, float)
    if environ["PATH_INFO"] == "/events":
        kind, form = "text/event-stream", "id: {0}\ndata: tick {0}\n\n"
    else:
        kind, form = "text/plain; charset=utf-8", "tick {}\n"
    start_response("200 OK", [("Content-Type", kind), ("Cache-Control", "no-cache")])
    return ticks(environ["wsgi.errors"], count, pause, form)
