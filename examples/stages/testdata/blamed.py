"""Four stages about a header, and two that rewrite a body, which comes as the path says."""


class Replaces:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        def started(status, headers, *more):
            kept = [pair for pair in headers if pair[0] != "X-Color"]
            return start_response(status, [*kept, ("X-Color", "blue")], *more)

        return self.app(environ, started)


class Drops:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        def started(status, headers, *more):
            environ["blamed.color"] = dict(headers)["X-Color"]
            kept = [pair for pair in headers if pair[0] != "X-Color"]
            return start_response(status, kept, *more)

        return self.app(environ, started)


class Restores:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        def started(status, headers, *more):
            headers.append(("X-Color", environ["blamed.color"]))
            return start_response(status, headers, *more)

        return self.app(environ, started)


class Passes:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


class Shouts:
    """Rewrites block by block."""

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        def started(*given):
            write = start_response(*given)
            return lambda block: write(block.replace(b"world", b"WORLD"))

        body = self.app(environ, started)
        try:
            for block in body:
                yield block.replace(b"world", b"WORLD")
        finally:
            if hasattr(body, "close"):
                body.close()


class Frames:
    """Takes the whole body, and puts something before and behind it."""

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        if environ["PATH_INFO"] == "/write":
            return self.app(environ, start_response)
        body = self.app(environ, start_response)
        whole = b"".join(body)
        if hasattr(body, "close"):
            body.close()
        return [b"<<" + whole + b">>"]


def page(environ, start_response):
    headers = [("Content-Type", "text/plain"), ("X-Color", "red"), ("Set-Cookie", "a=1")]
    write = start_response("200 OK", headers)
    path = environ["PATH_INFO"]
    if path == "/list":
        return [b"hello ", b"world, ", b"hello"]
    if path == "/whole":
        return [b"hello world, hello"]
    if path == "/write":
        write(b"hello ")
        write(b"world, ")
        return [b"hello"]
    return iter([b"hello ", b"world, ", b"hello"])


application = Passes(Frames(Passes(Shouts(Restores(Passes(Drops(Replaces(page))))))))
