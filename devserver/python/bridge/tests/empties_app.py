"""Stages that give empty blocks among others."""

from __future__ import annotations


def alone(environ, start_response):
    write = start_response("200 OK", [("Content-Type", "text/plain")])
    path = environ["PATH_INFO"]
    blocks = [b"", b"a", b"", b"", b"b", b""]
    if path == "/written":
        write(b"")
        write(b"x")
    elif path == "/steps":
        return iter(blocks)
    elif path == "/list":
        return blocks
    return [b""]


def passing(environ, start_response):
    return alone(environ, start_response)


def relay(app):
    def relays(environ, start_response):
        for block in app(environ, start_response):
            if block is not None:
                yield block

    return relays


relaying = relay(relay(alone))
