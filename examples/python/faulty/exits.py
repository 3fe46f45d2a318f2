"""Calls sys.exit(), or raises KeyboardInterrupt: that request fails, and the next one is served all
the same.

    curl -i http://127.0.0.1:8000/exit
    curl -i http://127.0.0.1:8000/interrupt
    curl -i http://127.0.0.1:8000/
"""

import sys


def app(environ, start_response):
    if environ["PATH_INFO"] == "/exit":
        sys.exit("a view must not do this")
    if environ["PATH_INFO"] == "/interrupt":
        raise KeyboardInterrupt
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"still here\n"]
