"""Objects that are called as applications are, and only say yes or no, or nothing; and applications
that say so at times, or by mistake."""

from __future__ import annotations

import inspect
from typing import Any, NamedTuple


def leaf(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"a leaf"]


class Allows:
    def __init__(self, users, app=leaf):
        self.users, self.app = users, app

    def __call__(self, environ, start_response):
        return environ.get("REMOTE_USER", "eve") in self.users


class Notes:
    def __call__(self, environ, start_response):
        environ["notes.seen"] = "yes"
        return environ["wsgi.input"].read(3) == b"abc"


class Counts:
    """It only takes note of a request, and may say how many there were."""

    seen = 0

    def __init__(self, says):
        self.says = says

    def __call__(self, environ, start_response):
        self.seen += 1
        environ["counts.seen"] = str(self.seen)
        return self.seen if self.says else None


class Refuses:
    """What it says, it says to the client, too."""

    def __call__(self, environ, start_response):
        if environ["PATH_INFO"] != "/refused":
            return True
        start_response("403 Forbidden", [("Content-Type", "text/plain")])
        return False


class Sometimes:
    """It never looks at what it is given to call, but makes a body."""

    def __call__(self, environ, start_response):
        return iter([b"", b""]) if environ["PATH_INFO"] == "/body" else False


def deny(environ, start_response):
    start_response("403 Forbidden", [("Content-Type", "text/plain")])
    return [b"no"]


def guard(environ, start_response):
    """It answers what it refuses."""
    if environ["PATH_INFO"] == "/refused":
        return deny(environ, start_response)
    return None


class Guarded:
    """It asks a guard, and then goes on, or fails; or answers what it was not to."""

    def __init__(self, app=None):
        self.app = app

    def __call__(self, environ, start_response):
        answer = guard(environ, start_response)
        if environ["PATH_INFO"] == "/fails":
            try:
                return list(answer)
            except TypeError:
                start_response("500 Sorry", [("Content-Type", "text/plain")])
                return [b"sorry"]
        if answer is not None:
            return answer
        if self.app is not None:
            return self.app(environ, start_response)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"its own"]


class Site:
    def __init__(self, app, *checks):
        self.app, self.checks = app, checks

    def __call__(self, environ, start_response):
        environ["site.name"] = "site"
        for check in self.checks:
            check(environ, start_response)
        return self.app(environ, start_response)


class Remembering(Site):
    def __call__(self, environ, start_response):
        class Inner(Looked):
            def __init__(self, environ, start_response):
                self.environ = environ

            def __iter__(self):
                return iter(self.environ)

        Inner(environ, start_response)
        return super().__call__(environ, start_response)


def asks_often(environ, start_response):
    for _ in range(5000):
        allows(environ, start_response)
    return leaf(environ, start_response)


class Remembered(dict):
    """What is kept of a request; it is made with what an application is called with."""

    def __init__(self, environ, start_response):
        super().__init__(path=environ["PATH_INFO"])


class Looked:
    def __init__(self, environ, start_response):
        self.environ = environ

    def __iter__(self):
        return iter(self.environ)


class Both(NamedTuple):
    environ: Any
    start_response: Any


class Mistaken(Allows):
    """It is the application itself."""


class Fails:
    def __init__(self, check):
        self.check = check

    def __call__(self, environ, start_response):
        return self.check(environ, start_response)


allows = Allows(["eve"])
application = Site(Site(leaf, Notes()), allows, Notes(), allows)
refusing = Site(leaf, Refuses())
refused = Fails(Refuses())
counting = Site(leaf, Counts(False), Counts(True))
remembering = Remembering(leaf, Remembered, Looked, Both)
at_times = Site(leaf, Sometimes())
mistaken = Mistaken([])
fails = Fails(Allows([]))
guarded = Site(Guarded(leaf))
guarded_itself = Guarded()
guard_alone = Fails(guard)


_STEPS = """
    class Poll:
        packets = [object()]

        def wait(self, environ, start_response):
            environ["poll.waited"] = "yes"
            environ["wsgi.input"].read(1)
            return self.packets

        def refuse(self, environ, start_response):
            return {"status": "400 Bad Request"}

    def forgets(environ, start_response):
        return [b"forgotten"]

    class Responder:
        def __init__(self, app):
            self.app, self.sent = app, []

        def wsgi(self, environ, start_response):
            for block in self.app(environ, start_response):
                self.sent.append(block)
    """
_library: dict[str, Any] = {"__name__": "library"}
exec(compile(inspect.cleandoc(_STEPS), "/x/lib/site-packages/library.py", "exec"), _library)
_poll, _responds = _library["Poll"](), _library["Responder"]


def polls(environ, start_response):
    """What it calls first gives what it makes its own body of."""
    refuses = environ["PATH_INFO"] == "/refused"
    found = (_poll.refuse if refuses else _poll.wait)(environ, start_response)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"%d packets" % len(found)]


def responds(environ, start_response):
    """It has a library send what an application answers, as those do that serve to ASGI."""
    responder = _responds(Site(leaf))
    responder.wsgi(environ, start_response)
    return responder.sent


class Forgetful(Site):
    """It forgets to return what it has."""

    def wsgi(self, environ, start_response):
        found = [*self.app(environ, start_response)]
        found.append(b"!")


def forgot(environ, start_response):
    return Forgetful(leaf).wsgi(environ, start_response)


def forgets(environ, start_response):
    return _library["forgets"](environ, start_response)


def forgets_to_encode(environ, start_response):
    def own(environ, start_response):
        return [object()]

    return own(environ, start_response)
