"""What the bench asks of a plain WSGI application, by path."""


def hello(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "13")])
    return [b"Hello, World!"]


PAGE = (
    b"<!doctype html><title>Orders</title><table>"
    + b"".join(
        b"<tr><td>%d<td>someone@example.com<td>shipped<td>%d.00</tr>" % (n, n * 7)
        for n in range(1000, 1018)
    )
    + b"</table>"
)


def typical(environ, start_response):
    """With a browser's head, an exchange of about 2 KB."""
    start_response(
        "200 OK",
        [
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", str(len(PAGE))),
            ("Vary", "Cookie"),
            ("X-Frame-Options", "DENY"),
            ("Cache-Control", "private, max-age=0"),
            ("Set-Cookie", "seen=1032; Path=/; HttpOnly; SameSite=Lax"),
        ],
    )
    return [PAGE]


def chunks(environ, start_response):
    """A hundred chunks."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    for n in range(100):
        yield b"chunk %3d\n" % n


PATHS = {"/hello": hello, "/typical": typical, "/chunks": chunks}


def app(environ, start_response):
    return PATHS[environ["PATH_INFO"]](environ, start_response)
