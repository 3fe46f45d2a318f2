"""Responses of Django's that are rendered once their view has returned."""

from __future__ import annotations

import gc
import sys
import types
import unittest
import weakref
from unittest import mock

from _snifter import frames
from _snifter.stages import layers, rendering, swap
from _snifter.stages.events import ENTER, ENVIRON_CHANGED, EXCEPTION, EXIT, SPENT
from _snifter.stages.layerhooks import LayerHook, ResultHook
from _snifter.stages.names import Stage

from . import linked


class SimpleTemplateResponse:
    """As much of Django's as is looked at."""

    status_code = 200

    def __init__(self, environ, render):
        self._container, self._is_rendered = [b""], False
        self.headers = types.SimpleNamespace(_store={"x-a": ("X-A", "1")})
        self.cookies = {}
        self._environ, self._render = environ, render

    def render(self):
        self._environ["test.rendered"] = "yes"
        self._render(self)
        self._container, self._is_rendered = [b"page"], True
        return self


def hooked(role, function):
    stage = Stage(f"test.{role}", "django", ("test.py", 1), role)
    layers.install(function, LayerHook("django", role, stage))
    return function


class RenderingTest(linked.LinkedTest):
    def app(self, render):
        """What renders a view's response within a middleware, as Django's handler does."""
        made = []

        def inner(response):
            response.headers._store["x-b"] = ("X-B", "2")

        def view(environ):
            response = SimpleTemplateResponse(environ, render)
            response.inner = inner
            made.append(weakref.ref(response))
            return response

        def handler(environ):
            return view(environ).render()

        def middleware(environ):
            return handler(environ)

        def app(environ, start_response):
            try:
                middleware(environ)
            except ValueError:
                pass
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [b"page"]

        hooked("process_response", inner)
        hooked("middleware", middleware)
        hooked("view", view)
        layers.install(handler, ResultHook(rendering.handed))
        module = types.SimpleNamespace(SimpleTemplateResponse=SimpleTemplateResponse)
        with mock.patch.dict(sys.modules, {"django.template.response": module}):
            rendering.watch(view)
        for function in (inner, handler, middleware, view, SimpleTemplateResponse.render):
            self.addCleanup(swap.remove, function)
        self.made = made
        return app

    def events(self, app):
        """What is told of a request: 1 is the application, 2 the middleware, 3 the view."""
        link = self.link(app)
        for number in (1, 2):
            link.out.clear()
            linked.run(link, number)
        return [e for _, events in linked.told(link, frames.STAGE_EVENTS) for e in events]

    def test_the_view_goes_on(self):
        events = self.events(self.app(lambda response: response.inner(response)))
        view = [event for event in events if event[1] == 3]
        kinds = [event[0] for event in view if event[0] in (ENTER, EXIT, ENVIRON_CHANGED, SPENT)]
        want = [ENTER, EXIT, SPENT, ENTER, ENVIRON_CHANGED, EXIT, SPENT]
        self.assertEqual(kinds, want)
        first, last = (event for event in view if event[0] == EXIT)
        self.assertEqual(first[7], [("X-A", "1")])
        self.assertEqual(last[7], [("X-A", "1"), ("X-B", "2")])
        within = {event[1]: event[3] for event in events if event[0] == ENTER}
        self.assertEqual(within[4], 3)
        times = [event[3] for event in view if event[0] == SPENT]
        self.assertLess(times[0], times[1])
        self.assertNotIn(2, [event[1] for event in events if event[0] == ENVIRON_CHANGED])

    def test_it_may_fail(self):
        def fails(response):
            raise ValueError("no")

        events = self.events(self.app(fails))
        told = [event[:2] for event in events if event[0] in (EXCEPTION, ENVIRON_CHANGED)]
        self.assertEqual(told, [(ENVIRON_CHANGED, 3), (EXCEPTION, 3), (EXCEPTION, 2)])

    def test_nothing_is_kept(self):
        gc.disable()
        self.addCleanup(gc.enable)
        self.events(self.app(lambda response: None))
        self.assertEqual([each() for each in self.made], [None, None])


if __name__ == "__main__":
    unittest.main()
