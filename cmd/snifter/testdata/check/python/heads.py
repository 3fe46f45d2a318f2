"""What is wrong with a call of start_response, and what is odd and right."""

import sys
from collections import namedtuple

from places import ANSWERS, PASSES, PLAIN, fault, shut


def starts(name, rules, call, **more):
    """A fault in the call of start_response, which the function makes."""

    def do(request):
        return request.answer(lambda *args: call(request.start, *args))

    fault(name, *rules, **more)(do)


NAMED = ["start-response-keywords"]
starts("named", NAMED, lambda start, s, h, e=None: start(status=s, headers=h))
starts("named-as-in-pep", NAMED, lambda start, s, h, e=None: start(s, response_headers=h))
starts("named-none", NAMED, lambda start, s, h, e=None: start(s, h, exc_info=None))


def tries(*odd, **named):
    """Call start_response oddly, and then as one should."""

    def call(start, status, headers, exc_info=None):
        try:
            start(*odd, **named)
        except (AssertionError, TypeError):
            pass
        return start(status, headers)

    return call


def raises(first):
    """Call start_response with exc_info, after a first call or without."""

    def call(start, status, headers, exc_info=None):
        if first:
            start(status, headers)
        try:
            raise ValueError("in time")
        except ValueError:
            return start("500 Failed", PLAIN[:], sys.exc_info())

    return call


starts("named-oddly", NAMED, tries("200 OK", PLAIN[:], colour="red"))
for count in (0, 1, 4):
    odd = ("200 OK", PLAIN[:], None, None)[:count]
    starts(f"arguments-{count}", ["start-response-arguments"], tries(*odd))
starts("none-for-exc-info", [], lambda start, s, h, e=None: start(s, h, None))
starts("twice", ["start-response-twice"], tries("200 OK", PLAIN[:]))
starts("replaced", [], raises(True))
starts("failed-at-once", [], raises(False))
for number, value in enumerate([ValueError("x"), [1, 2, 3], (1, 2), "abc"]):
    starts(f"exc-info-{number}", ["exc-info-invalid"],
           lambda start, s, h, e=None, value=value: start(s, h, value))  # fmt: skip


@fault("late", "start-response-late")
def late(request):
    yield b""
    request.discard()
    request.start("200 OK", PLAIN[:])
    yield b"late"


@fault("too-early", "start-response-not-called")
def too_early(request):
    yield b"too early"
    request.discard()
    request.start("200 OK", PLAIN[:])


@fault("never", "start-response-not-called")
def never(request):
    request.discard()
    return [b"no head"]


@fault("never-and-nothing", "start-response-not-called")
def never_and_nothing(request):
    request.discard()
    yield b""


@fault("not-passed-on", "start-response-not-called", at=PASSES)
def not_passed_on(request):
    return request.answer(lambda *args: None)


@fault("started-later", at=PASSES)
def started_later(request):
    kept = []
    body = request.answer(lambda *args: kept.append(args))
    try:
        for block in body:
            if kept:
                request.start(*kept.pop())
            yield block
    finally:
        shut(body)


STARTS = {}


@fault("kept", "start-response-foreign", at=PASSES)
def kept(request):
    start = STARTS.setdefault(request.environ["PATH_INFO"], request.start)
    return request.answer(lambda *args: start(*args))


HANDED = {}


@fault("kept-as-it-is", "start-response-foreign", at=PASSES)
def kept_as_it_is(request):
    return request.answer(HANDED.setdefault(request.environ["PATH_INFO"], request.start))


KEPT = []


@fault("foreign", "start-response-foreign")
def foreign(request):
    for start in KEPT:
        try:
            start("200 OK", PLAIN[:])
        except AssertionError:
            pass
    KEPT[:] = [request.start]
    return request.answer()


def restarts(request):
    try:
        raise KeyError("too late")
    except KeyError:
        request.start("500 Failed", PLAIN[:], sys.exc_info())


@fault("swallowed", "exc-info-swallowed")
def swallowed(request):
    body = request.answer()
    try:
        for block in body:
            yield block
            try:
                restarts(request)
            except KeyError:
                pass
    finally:
        shut(body)


@fault("swallowed-at-the-end", "exc-info-swallowed", at=ANSWERS)
def swallowed_at_the_end(request):
    yield from request.answer()
    try:
        restarts(request)
    except KeyError:
        pass


@fault("let-through", at=ANSWERS)
def let_through(request):
    yield from request.answer()
    restarts(request)


class Text(str):
    pass


class Headers(list):
    pass


Field = namedtuple("Field", "name value")


def says(name, rules, status=None, headers=(), **more):
    """A fault in what start_response is called with."""
    starts(name, rules, lambda start, s, h, e=None: start(status or s, [*h, *headers]), **more)


for number, value in enumerate(
    [b"200 OK", 200, "200", "200OK", "2000 OK", "OK", "100 Continue", "200 O\nK", "200 O\x7fK",
     "200 \u2603", "20x A", " 200 OK", "\uff12\uff10\uff10 OK", "+20 OK"]
):  # fmt: skip
    says(f"status-{number}", ["status-invalid"], value)
says("status-no-reason", ["status-no-reason"], "200 ")
says("status-hardly-a-reason", ["status-no-reason"], "200 X")
says("status-subclass", ["status-subclass"], Text("200 OK"))
for number, value in enumerate(["299 Odd", "999 Last", "200 \xe9t\xe9", "200 x" + "y" * 200]):
    says(f"good-status-{number}", [], value)

for number, pair in enumerate(
    [(b"X-A", "1"), ("X-A", b"1"), ("X-A", 1), ("X-A", None), ["X-A", "1"], ("X-A", "1", "2"), "ab",
     ("X:A", "1"), ("X A", "1"), ("", "1"), ("X-\xe9", "1"), ("X-A ", "1"), ("X-A", "a\r\nB: c"),
     ("X-A", "\x00"), ("X-A", "a\tb"), ("X-A", "\u2603"), ("Content-Length", "-1"),
     ("Content-Length", ""), ("Content-Length", "3,3"), ("Content-Length", "\u0663")]
):  # fmt: skip
    says(f"header-{number}", ["header-invalid"], headers=[pair])
says("lengths", ["header-invalid"], headers=[("Content-Length", "3"), ("Content-Length", "4")])
for kind in (tuple, dict, iter):
    starts(f"headers-{kind.__name__}", ["header-invalid"],
           lambda start, s, h, e=None, kind=kind: start(s, kind(h)))  # fmt: skip
starts("headers-none", ["header-invalid"], lambda start, s, h, e=None: start(s, None))
starts("headers-subclass", ["header-subclass"], lambda start, s, h, e=None: start(s, Headers(h)))
for number, pair in enumerate([Field("X-A", "1"), (Text("X-A"), "1"), ("X-A", Text("1"))]):
    says(f"header-subclass-{number}", ["header-subclass"], headers=[pair])
says("header-status", ["header-status"], headers=[("status", "200")])
for number, name in enumerate(["X_A", "X-A-", "1X", "X!A"]):
    says(f"header-odd-{number}", ["header-name-odd"], headers=[(name, "1")])
for number, value in enumerate([" a", "a ", "  "]):
    says(f"header-space-{number}", ["header-value-space"], headers=[("X-A", value)])
for name in ("Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "TE",
             "Trailers", "Transfer-Encoding", "upgrade"):  # fmt: skip
    says(f"hop-{name}", ["hop-by-hop-header"], headers=[(name, "x")])
for number, pair in enumerate(
    [("Set-Cookie", " a=b"), ("X-A", ""), ("X-A", "\xe9"), ("X-A", "a  b"), ("x-a", "1"),
     ("P3P", "1")]
):  # fmt: skip
    says(f"good-header-{number}", [], headers=[pair, pair])


@fault("changed-late", "header-changed-late", of_lazy=())
def changed_late(request):
    kept = []

    def start(status, headers, exc_info=None):
        kept.append(headers[:])
        return request.start(status, kept[-1], exc_info)

    body = request.answer(start)
    for headers in kept:
        headers.append(("X-Late", "1"))
    return body


@fault("cleared-late", "header-changed-late", at=ANSWERS, innermost=())
def cleared_late(request):
    headers = PLAIN[:]
    request.start("200 OK", headers)
    yield b"one"
    headers.clear()
