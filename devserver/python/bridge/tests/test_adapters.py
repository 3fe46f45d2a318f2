"""Applications that webob makes of functions and methods: each is one stage, by its own name."""

from __future__ import annotations

import sys
import unittest
from types import ModuleType
from unittest import mock

from _snifter.stages.running.hooks import StageHook

from . import linked, tracing


class wsgify:
    """As webob.dec.wsgify does."""

    def __init__(self, func):
        self.func = func

    def __get__(self, value, of=None):
        return wsgify(self.func.__get__(value, of))

    def __call__(self, req, *args, **kwargs):
        return self.func(req)(req, *args, **kwargs)


def answers(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"answered"]


class Passes:
    """As most of OpenStack's middlewares."""

    def __init__(self, app):
        self.app = app

    @wsgify
    def __call__(self, request):
        return self.app


@wsgify
def leads(request):
    return Passes(answers)


@wsgify
def answers_adapted(request):
    return answers


def around(environ, start_response):
    return leads(environ, start_response)


def around_adapted(environ, start_response):
    return answers_adapted(environ, start_response)


class AdaptersTest(unittest.TestCase):
    def setUp(self):
        module = ModuleType("webob.dec")
        module.wsgify = wsgify
        patch = mock.patch.dict(sys.modules, {"webob.dec": module})
        patch.start()
        self.addCleanup(patch.stop)

    def test_each_request_has_the_same_stages(self):
        with tracing.traced() as tracer:
            for _ in range(2):
                heads, blocks, error = tracing.ask(leads)
                self.assertIsNone(error)
                self.assertEqual((len(heads), blocks), (1, [b"answered"]))
        first, second = tracer.calls()[:3], tracer.calls()[3:]
        names = [call.stage.name.rpartition(".")[2] for call in first]
        self.assertEqual(names, ["leads", "Passes", "answers"])
        for one, other in zip(first, second):
            self.assertIs(one.stage, other.stage)
        self.assertEqual(len(second), 3)

    def test_they_go_the_short_way(self):
        """Only what is entered for the first time is looked at as a whole."""
        for app in around, around_adapted:
            with self.subTest(app.__name__):
                link = linked.LinkedTest.link(self, app)
                place = StageHook._place
                with mock.patch.object(
                    StageHook, "_place", autospec=True, side_effect=place
                ) as placed:
                    for number in range(1, 4):
                        placed.reset_mock()
                        linked.run(link, number)
                self.assertEqual(placed.call_count, 0)


if __name__ == "__main__":
    unittest.main()
