"""More bytes than Content-Length says.

What is too much would be read by the client as the start of the next answer; it is cut (PEP 3333,
"Handling the Content-Length Header").
"""


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
    return [b"12345", b"678\n"]
