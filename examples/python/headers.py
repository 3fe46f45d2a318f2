"""Header fields both ways: those that came, as JSON, and some of our own in the answer.

    snifter run examples/python/headers.py
    curl -i -H 'X-Name: Ada' -H 'X-Name: Grace' -H 'under_score: x' http://127.0.0.1:8000/

A field of the request is a key of the environ: X-Name is HTTP_X_NAME, and two of the same name are
joined by a comma. Content-Type and Content-Length have no HTTP_ in front. A name with an underscore
never gets here; the Request tab says so. In the answer, Set-Cookie stands twice, since fields of an
answer are a list and not a dict.
"""

import json
import time
from email.utils import formatdate


def request_headers(environ):
    """The fields of the request, by the names they came with, or nearly."""
    headers = {}
    for key, value in environ.items():
        if key.startswith("HTTP_"):
            headers[key[5:].replace("_", "-").title()] = value
        elif key in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            headers[key.replace("_", "-").title()] = value
    return headers


def application(environ, start_response):
    body = json.dumps(request_headers(environ), indent=2, sort_keys=True).encode() + b"\n"
    start_response(
        "200 OK",
        [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            ("Last-Modified", formatdate(time.time(), usegmt=True)),
            ("Cache-Control", "no-store"),
            ("X-Powered-By", "PEP 3333"),
            ("Set-Cookie", "seen=yes; Path=/; HttpOnly; SameSite=Lax"),
            ("Set-Cookie", "theme=dark; Path=/"),
        ],
    )
    return [body]
