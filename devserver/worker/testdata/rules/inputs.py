"""The body of the request."""

from answers import ok


def read_all(environ, start_response):
    ok(start_response)
    return [environ["wsgi.input"].read() + b"|" + environ["wsgi.input"].read()]


def read_ways(environ, start_response):
    stream = environ["wsgi.input"]
    got = [stream.read(0), stream.read(3), stream.readline(), stream.readline(2), stream.readline()]
    got += stream.readlines(1)
    got += list(stream)
    got += [stream.read(), stream.read(5), stream.readline(), *stream.readlines()]
    ok(start_response)
    return [repr(got).encode()]


def read_broken(environ, start_response):
    stream = environ["wsgi.input"]
    first = stream.read(3)
    try:
        stream.read()
    except OSError as error:
        ok(start_response)
        return [first, b" then " + str(error).encode()]


def count(environ, start_response):
    n = 0
    while True:
        piece = environ["wsgi.input"].read(65536)
        if not piece:
            break
        n += len(piece)
    ok(start_response)
    return [str(n).encode()]


def unread(environ, start_response):
    ok(start_response)
    return [b"x"]


def download(environ, start_response):
    ok(start_response)
    block = b"x" * 100_000
    for _ in range(int(environ["QUERY_STRING"])):
        yield block
