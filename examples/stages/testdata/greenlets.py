"""Stages whose inner ones run in greenlets, of greenlet itself and of gevent: all of $PATCHED is as
gevent.monkey makes it."""

import os

if os.environ.get("PATCHED"):
    from gevent import monkey

    monkey.patch_all()

import threading
import time

import gevent
import gevent.pool
from greenlet import getcurrent, greenlet

TEXT = [("Content-Type", "text/plain")]


class Middleware:
    def __init__(self, app):
        self.app = app


class Passes(Middleware):
    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


class Raw(Middleware):
    """Has the application run in a greenlet, which has a context of its own."""

    def __call__(self, environ, start_response):
        return greenlet(self.app).switch(environ, start_response)


class Spawns(Middleware):
    def __call__(self, environ, start_response):
        return gevent.spawn(self.app, environ, start_response).get()


class Steps(Middleware):
    """Takes each block in a greenlet of its own."""

    def __call__(self, environ, start_response):
        body = iter(greenlet(self.app).switch(environ, start_response))
        while True:
            block = greenlet(lambda: next(body, None)).switch()
            if block is None:
                break
            yield block


class Turns(Middleware):
    """Asks the application for several things, by turns: each block is one greenlet's."""

    def __call__(self, environ, start_response):
        here = getcurrent()
        blocks = []

        def ask(name):
            for block in self.app(dict(environ, PATH_INFO="/" + name), lambda *given: None):
                blocks.append(block)
                here.switch()

        asking = [greenlet(ask) for _ in range(3)]
        for name, each in zip("abc", asking):
            each.switch(name)
        while any(not each.dead for each in asking):
            for each in asking:
                if not each.dead:
                    each.switch()
        start_response("200 OK", TEXT[:])
        return [b" ".join(blocks)]


class Gathers(Middleware):
    """Asks for several things at once, of a pool of gevent's."""

    def __call__(self, environ, start_response):
        def ask(name):
            asked = dict(environ, PATH_INFO="/" + name)
            return b"".join(self.app(asked, lambda *given: None))

        found = gevent.pool.Pool(3).map(ask, "abc")
        start_response("200 OK", TEXT[:])
        return [b" ".join(found)]


class Sleeps(Middleware):
    """Lets the others come, before and after."""

    def __call__(self, environ, start_response):
        gevent.sleep(0)
        body = self.app(environ, start_response)
        gevent.sleep(0)
        return body


class Threads(Middleware):
    """Has the application run in a thread, or, patched, what stands for one."""

    def __call__(self, environ, start_response):
        found = []

        def run():
            time.sleep(0.001)
            found.append(self.app(environ, start_response))

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        return found[0]


def view(environ, start_response):
    name = environ["PATH_INFO"].strip("/").encode()
    start_response("200 OK", TEXT[:])
    for number in range(2):
        yield b"%s%d" % (name, number)


def listed(environ, start_response):
    start_response("200 OK", TEXT[:])
    gevent.sleep(0)
    return [environ["PATH_INFO"].encode()]


APPS = {
    "/raw": Passes(Raw(Passes(listed))),
    "/raw-body": Passes(Raw(Passes(view))),
    "/spawned": Passes(Spawns(Passes(Spawns(Sleeps(listed))))),
    "/steps": Passes(Steps(Passes(Steps(view)))),
    "/turns": Passes(Turns(Passes(Raw(view)))),
    "/gathers": Passes(Gathers(Sleeps(Passes(listed)))),
    "/threads": Passes(Threads(Sleeps(Threads(listed)))),
}


def application(environ, start_response):
    return APPS[environ["PATH_INFO"]](environ, start_response)
