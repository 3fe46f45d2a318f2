"""Yields a chunk before start_response was called.

Calling it late is allowed up to the first chunk (PEP 3333, "The start_response() Callable"); ask
for /lazy to see that.
"""


def app(environ, start_response):
    if environ["PATH_INFO"] != "/lazy":
        yield b"too early\n"
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"in time\n"
