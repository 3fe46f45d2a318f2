"""Keeps the environ of a request, and reads its body when the request is long over.

The dict belongs to the application, but wsgi.input belongs to the request: reading it later may not
hang, nor give the bytes of another request.

    curl -d first http://127.0.0.1:8000/
    curl -d second http://127.0.0.1:8000/
"""

kept = []


def app(environ, start_response):
    lines = []
    while kept:
        old = kept.pop()
        try:
            lines.append(f"{old['PATH_INFO']}: {old['wsgi.input'].read()!r}\n")
        except (OSError, ValueError) as error:
            lines.append(f"{old['PATH_INFO']}: {error!r}\n")
    kept.append(environ)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [line.encode() for line in lines] or [b"nothing was kept yet\n"]
