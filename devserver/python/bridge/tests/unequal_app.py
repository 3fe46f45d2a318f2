"""An application of classes that can't be compared with others, and have no hash: their metaclass
sees to that."""

from __future__ import annotations


class Tagged(type):
    """Classes that are equal if their tags are, which others don't have."""

    __hash__ = None

    def __eq__(cls, other):
        return cls.tag == other.tag


class Session(metaclass=Tagged):
    tag = "session"


class Name(str, metaclass=Tagged):
    tag = "name"


class Refused(Exception, metaclass=Tagged):
    tag = "refused"


class Blocks(metaclass=Tagged):
    tag = "blocks"

    def __init__(self, *blocks):
        self._blocks = iter(blocks)

    def __iter__(self):
        return self

    def __next__(self):
        return next(self._blocks)

    def close(self):
        pass


class Sessions(metaclass=Tagged):
    tag = "sessions"

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        environ["app.session"] = Session()
        environ["app.held"] = [Session(), {"of": Name("eve")}]
        environ["app.user"] = Name("eve")

        def begin(status, headers, exc_info=None):
            return start_response(status, [*headers, ("X-User", "eve")], exc_info)

        return self.app(environ, begin)


class Catches(metaclass=Tagged):
    tag = "catches"
    __slots__ = ("app",)

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        try:
            return self.app(environ, start_response)
        except Refused:
            start_response("403 Forbidden", [("Content-Type", "text/plain")])
            return [b"refused"]


class Made(metaclass=Tagged):
    """An application that is made with what it is called with, and iterated."""

    tag = "made"

    def __init__(self, environ, start_response):
        self.start_response = start_response

    def __iter__(self):
        self.start_response("200 OK", [("Content-Type", "text/plain")])
        yield b"made"


class Views(metaclass=Tagged):
    tag = "views"

    def __call__(self, environ, start_response):
        if environ["PATH_INFO"] == "/refused":
            raise Refused("for eve")
        if environ["PATH_INFO"] == "/made":
            return Made(environ, start_response)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return Blocks(b"a", b"b")


application = Sessions(Catches(Views()))
