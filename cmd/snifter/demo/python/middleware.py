"""Three middlewares, each a WSGI application around another."""

import time


class Timing:
    """Writes to wsgi.errors how long the application took, to the last byte of its body."""

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        began = time.perf_counter()
        body = self.app(environ, start_response)
        try:
            yield from body
        finally:
            if hasattr(body, "close"):
                body.close()
            took = (time.perf_counter() - began) * 1000
            environ["wsgi.errors"].write(f"{environ['PATH_INFO']} took {took:.1f} ms\n")


class Authentication:
    """Names the user: REMOTE_USER is the cookie "user", or "guest". Here anybody can be anybody."""

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        pairs = (c.strip().partition("=") for c in environ.get("HTTP_COOKIE", "").split(";"))
        environ["REMOTE_USER"] = {name: value for name, _, value in pairs}.get("user") or "guest"
        return self.app(environ, start_response)


class Banner:
    """Adds a header, and a line at the end of each HTML page."""

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        page = False

        def with_banner(status, headers, exc_info=None):
            nonlocal page
            kinds = [value for name, value in headers if name.lower() == "content-type"]
            page = any(kind.startswith("text/html") for kind in kinds)
            return start_response(status, [*headers, ("X-Library", "open")], exc_info)

        body = self.app(environ, with_banner)
        try:
            yield from body
            if page:
                yield f"<p>Hello, {environ['REMOTE_USER']}.\n".encode()
        finally:
            if hasattr(body, "close"):
                body.close()
