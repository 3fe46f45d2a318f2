"""Chunks are bytes; these are not.

    curl -i http://127.0.0.1:8000/         the first chunk
    curl -i http://127.0.0.1:8000/second   the second one: the answer is under way by then
    curl -i http://127.0.0.1:8000/text     a str returned as the iterable: each letter is a chunk
"""


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    if environ["PATH_INFO"] == "/text":
        return "hello\n"
    if environ["PATH_INFO"] == "/second":
        return [b"hello, ", "world\n"]
    return ["hello, world\n"]
