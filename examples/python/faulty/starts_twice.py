"""Calls start_response twice without exc_info.

A second call is for replacing an answer by that of an error, and has to bring the exception with
it.
"""


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    start_response("404 Not Found", [("Content-Type", "text/plain")])
    return [b"which of the two?\n"]
