"""A header name is a token (RFC 9110, section 5.1): no space, no colon, and it may not be empty.

    curl -i http://127.0.0.1:8000/
    curl -i http://127.0.0.1:8000/colon
    curl -i http://127.0.0.1:8000/empty
    curl -i http://127.0.0.1:8000/status
"""

NAMES = {"/colon": "X-Name:", "/empty": "", "/status": "Status"}


def app(environ, start_response):
    name = NAMES.get(environ["PATH_INFO"], "X Name")
    start_response("200 OK", [("Content-Type", "text/plain"), (name, "200 OK")])
    return [b"never seen, but for /status\n"]
