"""What applications call with the two for something that is no body, which is no stage: `EXPECTED`
says which stages each application passes."""

from __future__ import annotations

import dataclasses
from collections import namedtuple
from collections.abc import Mapping
from typing import Any, NamedTuple

from .layered import rooted

EXPECTED, UNSEEN, root = rooted(globals())

_PLAIN = ("Content-Type", "text/plain")

Head = namedtuple("Head", "status headers")


class Asked(NamedTuple):
    environ: Any
    begin: Any


@dataclasses.dataclass
class Context:
    environ: Any
    begin: Any


class Environ(Mapping):
    def __init__(self, environ):
        self.environ = environ

    def __getitem__(self, key):
        return self.environ[key]

    def __iter__(self):
        return iter(self.environ)

    def __len__(self):
        return len(self.environ)


def head(environ, start_response):
    return Head("200 OK", [_PLAIN, ("X-Path", environ["PATH_INFO"])])


def two_texts(environ, start_response):
    return Head("one", "two")


def checked(environ, start_response):
    if environ["PATH_INFO"] == "/never":
        raise KeyError
    found = Head(status="200 OK", headers=[*environ][:0])
    return found  # noqa: RET504


def asked(environ, start_response):
    return Asked(environ, start_response)


def asked_by_name(environ, start_response):
    return Asked(begin=start_response, environ=environ)


def context(environ, start_response):
    return Context(environ, start_response)


def mapping(environ, start_response):
    return Environ(dict([*environ.items()]))


def tokens(environ, start_response):
    yield "one"
    yield "two"


def pairs(environ, start_response):
    for key, value in environ.items():
        if key.startswith("HTTP_"):
            yield key[5:].lower(), value


def cookies(environ, start_response):
    for part in environ.get("HTTP_COOKIE", "a=b; c=d").split(";"):
        name, _, value = part.partition("=")
        yield name.strip()


def lines(environ, start_response):
    for number, key in enumerate(environ):
        yield f"{number}: {key}"
        yield "%s?" % key


class Parser:
    def read_head(self, environ, start_response):
        return Head("200 OK", [_PLAIN])

    def read_tokens(self, environ, start_response):
        yield "token"


class Reader(Parser):
    def __call__(self, environ, start_response):
        found = self.read_head(environ, start_response)
        [*self.read_tokens(environ, start_response)]
        start_response(*found)
        return [b"read"]


def asking(helper, use):
    def application(environ, start_response):
        use(helper(environ, start_response))
        start_response("200 OK", [_PLAIN])
        return [b"asked"]

    return application


def whole(found):
    return found


for each in head, two_texts, checked, asked, asked_by_name, context, mapping:
    root("asking.<locals>.application")(asking(each, whole))
for each in tokens, pairs, cookies, lines:
    root("asking.<locals>.application")(asking(each, list))

root("Reader")(Reader())
parser = Parser()


@root("by_methods")
def by_methods(environ, start_response):
    found = parser.read_head(environ, start_response)
    [*parser.read_tokens(environ, start_response)]
    start_response(*found)
    return [b"by methods"]


@root("makes_them")
def makes_them(environ, start_response):
    def made_head(environ, start_response):
        return Head("200 OK", [_PLAIN])

    def made_tokens(environ, start_response):
        yield "token"

    [*made_tokens(environ, start_response)]
    start_response(*made_head(environ, start_response))
    return [b"made"]


@root("asks_for_all")
def asks_for_all(environ, start_response):
    found = asked(environ, start_response)
    found.begin("200 OK", [_PLAIN])
    return [",".join(tokens(environ, start_response)).encode()]
