"""What applications have in common: their start, a body that notes its close, what was noted."""

calls = []


def ok(start_response, *headers):
    return start_response("200 OK", [("Content-Type", "text/plain"), *headers])


class Body:
    """An iterable that notes its close."""

    def __init__(self, *blocks, error=None, close_error=None):
        self.blocks = blocks
        self.error = error
        self.close_error = close_error

    def __iter__(self):
        yield from self.blocks
        if self.error is not None:
            raise self.error

    def close(self):
        calls.append("close")
        if self.close_error is not None:
            raise self.close_error


def take_calls(environ, start_response):
    ok(start_response)
    told = ",".join(calls)
    calls.clear()
    return [told.encode()]
