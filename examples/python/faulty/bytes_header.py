"""Header names and values are native strings (PEP 3333, "A Note On String Types").

    curl -i http://127.0.0.1:8000/         a value that is bytes
    curl -i http://127.0.0.1:8000/text     a value beyond latin-1
    curl -i http://127.0.0.1:8000/tuple    headers that are no list
"""

HEADERS = {
    "/text": [("Content-Type", "text/plain"), ("X-Price", "5 \N{EURO SIGN}")],
    "/tuple": (("Content-Type", "text/plain"),),
}


def app(environ, start_response):
    start_response("200 OK", HEADERS.get(environ["PATH_INFO"], [("Content-Type", b"text/plain")]))
    return [b"never seen\n"]
