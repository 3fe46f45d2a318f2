"""Exceptions."""

import sys

from answers import Body, ok


def raises(environ, start_response):
    raise ValueError("in the call")


def raises_started(environ, start_response):
    ok(start_response)
    raise ValueError("in the call")


def raises_iterating(environ, start_response):
    ok(start_response)
    return Body(b"a", error=ValueError("in the middle"))


def raises_closing(environ, start_response):
    ok(start_response)
    return Body(b"a", close_error=ValueError("at the end"))


def exits(environ, start_response):
    sys.exit(3)


def interrupts(environ, start_response):
    raise KeyboardInterrupt


def chained(environ, start_response):
    try:
        {}["a"]
    except KeyError as error:
        raise RuntimeError("outer") from error


def during(environ, start_response):
    try:
        {}["a"]
    except KeyError:
        raise RuntimeError("outer")


def suppressed(environ, start_response):
    try:
        {}["a"]
    except KeyError:
        raise RuntimeError("outer") from None


def unprintable(environ, start_response):
    class Bad(Exception):
        def __str__(self):
            raise RuntimeError("no")

    raise Bad


def huge(environ, start_response):
    raise ValueError("x" * 1_000_000)


def deep(environ, start_response):
    return deep(environ, start_response)


def syntax(environ, start_response):
    exec(compile("a = 1\nb = = 2\n", "made.py", "exec"))
