"""Fewer bytes than Content-Length says.

The client would wait for the rest; the connection breaks off so that it can tell (PEP 3333,
"Handling the Content-Length Header"). A typical cause: len() of text, and not of its bytes, or the
other way round.
"""


def app(environ, start_response):
    body = "zoë\n"
    start_response(
        "200 OK",
        [
            ("Content-Type", "text/plain; charset=latin-1"),
            ("Content-Length", str(len(body.encode("utf-8")))),
        ],
    )
    return [body.encode("latin-1")]
