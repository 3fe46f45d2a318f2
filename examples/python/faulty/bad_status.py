"""A status has three digits, a space and a reason (PEP 3333, "The start_response() Callable").

    curl -i http://127.0.0.1:8000/        200OK: the space is missing
    curl -i http://127.0.0.1:8000/bytes   bytes where a str is due
    curl -i http://127.0.0.1:8000/number  an int
"""

STATUSES = {"/bytes": b"200 OK", "/number": 200}


def app(environ, start_response):
    start_response(STATUSES.get(environ["PATH_INFO"], "200OK"), [("Content-Type", "text/plain")])
    return [b"never seen\n"]
