"""Returns what can't be iterated: the return is forgotten.

    curl -i http://127.0.0.1:8000/
    curl -i http://127.0.0.1:8000/number
"""


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    if environ["PATH_INFO"] == "/number":
        return 42
    [b"the word return is missing\n"]
