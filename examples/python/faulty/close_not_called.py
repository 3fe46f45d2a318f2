"""A middleware that iterates over the inner application's answer and never closes it.

PEP 3333, "Middleware: Components that Play Both Sides" and "Specification Details": a middleware
that returns another iterable has to pass close() on. Here the inner application's file stays open
until the garbage collector comes by.
"""


class Report:
    """An answer that holds something until it is closed."""

    open = 0

    def __init__(self):
        Report.open += 1

    def __iter__(self):
        yield f"{Report.open} reports are open\n".encode()

    def close(self):
        Report.open -= 1


def report(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return Report()


def shout(inner):
    """Forgets close(): a generator has one of its own, which knows nothing of the inner one."""

    def shouting(environ, start_response):
        return (chunk.upper() for chunk in inner(environ, start_response))

    return shouting


app = shout(report)
