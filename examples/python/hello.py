"""The smallest WSGI application: every request gets the same answer.

    snifter run examples/python/hello.py
    curl -i http://127.0.0.1:8000/

Look at the Environ tab: all of it was made from one request line and a few header fields. Then look
at the two boundaries of the answer: start_response was called with the status and the headers, and
one chunk followed.
"""


def application(environ, start_response):
    body = b"Hello, world!\n"
    start_response(
        "200 OK",
        [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))],
    )
    return [body]
