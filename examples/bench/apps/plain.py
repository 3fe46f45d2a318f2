"""What the bench asks of a plain WSGI application, by path."""

PAGE = (
    b"<!doctype html><title>Orders</title><table>"
    + b"".join(
        b"<tr><td>%d<td>someone@example.com<td>shipped<td>%d.00</tr>" % (n, n * 7)
        for n in range(1000, 1018)
    )
    + b"</table>"
)


def chunks():
    for n in range(100):
        yield b"chunk %3d\n" % n


def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/hello":
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "13")])
        return [b"Hello, World!"]
    if path == "/typical":
        # With a browser's head, an exchange of about 2 KB.
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
    if path == "/chunks":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return chunks()
    return STAGES[path](environ, start_response)


def hello(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "13")])
    return [b"Hello, World!"]


def within(application, stages):
    for _ in range(stages):
        application = middleware(application)
    return application


def middleware(application):
    def passes_on(environ, start_response):
        return application(environ, start_response)

    return passes_on


#: Applications behind stages, which snifter tells apart, and nobody else does.
STAGES = {"/stages/2": hello, "/stages/6": within(hello, 4)}
