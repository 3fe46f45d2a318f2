"""Functions that are given an environ and something to call, as applications are, and are none; and
one that is, though what it calls is no start_response of the server's."""

from __future__ import annotations


def messages(environ, key):
    return []


def rows(environ, of=len):
    return [b"row"]


def wanted(environ, is_wanted):
    for name in environ:
        if is_wanted(name):
            yield name


def told(environ, callback):
    callback("seen")
    return ()


def chunks(environ, progress):
    progress(1, 2)
    yield b"chunk"


def logs(environ, log):
    log("seen", [])
    return [b"a", b"b"]


def decoded(environ, decode):
    return map(decode, ["a"])


def checked(environ, verify):
    return verify("user", "password")


def later(environ, make):
    return make()


class Log:
    def __init__(self, environ, emit):
        self.emitted = [emit]

    def __iter__(self):
        return iter(self.emitted)

    def __call__(self, environ, message):
        return [message]

    def write(self, environ, emit):
        emit("written")
        return []


def use_all(environ):
    messages(environ, lambda value: value)
    rows(environ, len)
    list(wanted(environ, lambda name: False))
    told(environ, lambda text: None)
    list(chunks(environ, lambda done, of: None))
    logs(environ, lambda *args: None)
    list(decoded(environ, str.upper))
    checked(environ, lambda user, password: [user])
    later(environ, list)
    log = Log(environ, lambda: None)
    log(environ, "message")
    log.write(environ, lambda text: None)
    return list(log)


def answers(one, two):
    begin = two
    begin("200 OK", [("Content-Type", "text/plain")])
    return [b"answered"]


def application(environ, start_response):
    use_all(environ)
    begun = []
    body = answers(environ, lambda *args: begun.append(args))
    start_response(*begun[0])
    return body
