"""What its second request shows is looked for only once the next has come."""

from __future__ import annotations

import functools
import gc
import time

from _snifter.link import Link

_every = gc.get_objects
_asked = []


def _once_the_next_has_come(*args):
    if len(_asked) == 2:
        link = next(each for each in _every() if type(each) is Link)
        while not link.open:
            time.sleep(0)  # the thread that reads goes on
    return _every(*args)


gc.get_objects = _once_the_next_has_come


def hidden(number, first, second):
    begin = [second]
    begin[0]("200 OK", [("Content-Type", "text/plain")])
    return [b"hidden %d" % number]


_page = functools.partial(hidden, 1)


def application(environ, start_response):
    _asked.append(None)
    return _page(environ, start_response)
