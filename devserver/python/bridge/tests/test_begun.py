"""A start_response that is an object of a middleware's own, at which stages within look."""

from __future__ import annotations

import traceback
import unittest
from unittest import mock

from _snifter.stages.events import ENTER
from _snifter.stages.running.hooks import StageHook

from . import linked, tracing
from .server import BRIDGE
from .stepping import Stepping


class Start:
    """It notes what it is called with, and adds what it was given."""

    def __init__(self, start_response):
        self.start_response = start_response
        self.more = []
        self.status = None

    def __call__(self, status, headers, exc_info=None):
        if not status:
            raise ValueError("no status")
        self.status = status
        return self.start_response(status, headers + self.more)


def gives(environ, start_response):
    environ["test.start"] = Start(start_response)
    return passes(environ, environ["test.start"])


def passes(environ, start_response):
    return looks(environ, start_response)


def looks(environ, start_response):
    own = environ["test.start"]
    start_response.more += [("X-More", "1")]
    start_response.noted = "here"
    start_response("200 OK", [])
    seen.append((start_response == own, hash(start_response) == hash(own), repr(own)))
    seen.append((start_response != environ, isinstance(start_response, Start)))
    seen.append((own.noted, start_response.status, repr(start_response) == repr(own)))
    del start_response.noted
    seen.append((hasattr(own, "noted"), hasattr(start_response, "noted")))
    return inmost(environ, start_response)


def inmost(environ, start_response):
    seen.append(start_response.status)
    return []


def fails(environ, start_response):
    try:
        start_response("", [])
    except ValueError:
        seen.append(traceback.format_exc())
        start_response("200 OK", [])
    return []


def outer(environ, start_response):
    return gives(environ, start_response)


def around(environ, start_response):
    return fails(environ, Start(start_response))


class Further:
    """It goes on in another method, with an object of its own."""

    def __call__(self, environ, start_response):
        return self.goes_on(environ, Start(start_response))

    def goes_on(self, environ, start_response):
        seen.append(type(start_response))
        return inmost_of_all(environ, start_response)


def inmost_of_all(environ, start_response):
    seen.append(isinstance(start_response, Start))
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"all"]


further = Further()


def around_further(environ, start_response):
    return further(environ, start_response)


class Silent:
    """It is only called: what else is asked of it fails, and is noted."""

    def __init__(self, start_response):
        _starts[id(self)] = start_response

    def __call__(self, status, headers, exc_info=None):
        return _starts[id(self)](status, headers, exc_info)

    def __getattribute__(self, name):
        seen.append(name)
        raise RuntimeError(name)

    __setattr__ = __delattr__ = __eq__ = __getattribute__
    __hash__ = __bool__ = __len__ = __iter__ = __repr__ = __getattribute__


_starts = {}


def is_silent(environ, start_response):
    return inmost_of_silent(environ, Silent(start_response))


def inmost_of_silent(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [repr(seen).encode()]


def around_silent(environ, start_response):
    return is_silent(environ, start_response)


seen = []


class BegunTest(unittest.TestCase):
    def setUp(self):
        seen.clear()

    def test_what_else_it_has(self):
        with tracing.traced() as tracer:
            heads, _, error = tracing.ask(outer)
        self.assertIsNone(error)
        self.assertEqual(heads, [("200 OK", [("X-More", "1")])])
        stages = [name.rpartition(".")[2] for name in tracer.names()]
        self.assertEqual(stages, ["outer", "gives", "passes", "looks", "inmost"])
        own = seen[0][2]
        told = [(True, True, own), (True, True), ("here", "200 OK", True), (False, False)]
        self.assertEqual(seen, [*told, "200 OK"])

    def test_what_it_raises(self):
        self.assertIsNone(tracing.ask(around)[2])
        with tracing.traced():
            self.assertIsNone(tracing.ask(around)[2])
        self.assertEqual(*seen)

    def test_where_a_stage_goes_on_in_another_method(self):
        for _ in range(2):
            with tracing.traced() as tracer:
                heads, blocks, error = tracing.ask(around_further)
            self.assertIsNone(error)
            self.assertEqual((heads[0][0], blocks), ("200 OK", [b"all"]))
            stages = [name.rpartition(".")[2] for name in tracer.names()]
            self.assertEqual(stages, ["around_further", "Further", "inmost_of_all"])
        self.assertEqual(seen, [Start, True] * 2)

    def test_it_is_asked_for_nothing(self):
        plan = {"kind": "module", "module": __name__, "attr": "around_silent"}
        with Stepping(dict(plan, sys_path=[BRIDGE])) as server:
            server.ready()
            for number in range(1, 6):
                server.request(number)
                answer = server.end(number)
                entered = [event[3] for event in answer.of(ENTER) if event[1] > 1]
                self.assertEqual((answer.body, entered), (b"[]", [1, 2]))
            self.assertEqual(server.printed, b"")

    def test_it_goes_the_short_way(self):
        """Only what is entered for the first time is looked at as a whole."""
        link = linked.LinkedTest.link(self, around_further)
        place = StageHook._place
        with mock.patch.object(StageHook, "_place", autospec=True, side_effect=place) as placed:
            for number in range(1, 4):
                placed.reset_mock()
                linked.run(link, number)
        self.assertEqual(placed.call_count, 0)
        self.assertEqual(seen, [Start, True] * 3)


if __name__ == "__main__":
    unittest.main()
