"""What breaks the rules."""

import sys

from answers import ok


def twice(environ, start_response):
    ok(start_response)
    ok(start_response)


def too_late(environ, start_response):
    write = ok(start_response)
    write(b"begun")
    try:
        raise KeyError("late")
    except KeyError:
        start_response("500 Oops", [("Content-Type", "text/plain")], sys.exc_info())
    return []


def never(environ, start_response):
    return []


def block_first(environ, start_response):
    return [b"x"]


def none(environ, start_response):
    ok(start_response)


def number(environ, start_response):
    ok(start_response)
    return 5


def text_block(environ, start_response):
    ok(start_response)
    return ["text"]


def text_later(environ, start_response):
    ok(start_response)
    yield b"fine"
    yield "text"


def text_written(environ, start_response):
    ok(start_response)("text")


def buffer_block(environ, start_response):
    ok(start_response)
    return [bytearray(b"x")]


def status_short(environ, start_response):
    start_response("200", [])


def status_crlf(environ, start_response):
    start_response("200 OK\r\nX-Injected: 1", [])


def status_bytes(environ, start_response):
    start_response(b"200 OK", [])


def status_word(environ, start_response):
    start_response("OK 200", [])


def status_wide(environ, start_response):
    start_response("200 \u20ac", [])


def headers_tuple(environ, start_response):
    start_response("200 OK", (("X-A", "1"),))


def headers_dict(environ, start_response):
    start_response("200 OK", {"X-A": "1"})


def header_list(environ, start_response):
    start_response("200 OK", [["X-A", "1"]])


def header_triple(environ, start_response):
    start_response("200 OK", [("X-A", "1", "2")])


def header_bytes(environ, start_response):
    start_response("200 OK", [("X-A", b"1")])


def header_number(environ, start_response):
    start_response("200 OK", [("Content-Length", 5)])


def header_crlf(environ, start_response):
    start_response("200 OK", [("X-A", "1\r\nX-Injected: 1")])


def header_name(environ, start_response):
    start_response("200 OK", [("X A", "1")])


def header_wide(environ, start_response):
    start_response("200 OK", [("X-A", "\u20ac")])


def header_length(environ, start_response):
    start_response("200 OK", [("Content-Length", "five")])


def hop(environ, start_response):
    start_response("200 OK", [("Connection", "close")])


def too_many(environ, start_response):
    ok(start_response, ("Content-Length", "3"))
    return [b"abcde"]


def too_few(environ, start_response):
    ok(start_response, ("Content-Length", "9"))
    return [b"abc"]


def no_content(environ, start_response):
    start_response("304 Not Modified", [("Content-Length", "9")])
    return []
