"""Fields that belong to the connection, and so to the server (PEP 3333, "Other HTTP Features").

    curl -i http://127.0.0.1:8000/          Connection
    curl -i http://127.0.0.1:8000/chunked   Transfer-Encoding, with chunks made by hand
"""


def app(environ, start_response):
    if environ["PATH_INFO"] == "/chunked":
        start_response("200 OK", [("Content-Type", "text/plain"), ("Transfer-Encoding", "chunked")])
        return [b"5\r\nhello\r\n", b"0\r\n\r\n"]
    start_response("200 OK", [("Content-Type", "text/plain"), ("Connection", "close")])
    return [b"bye\n"]
