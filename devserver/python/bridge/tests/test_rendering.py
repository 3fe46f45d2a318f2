"""What Django and Pyramid render once the view has returned that it is of."""

from __future__ import annotations

import gc
import sys
import types
import unittest
import weakref
from unittest import mock

from _snifter import frames
from _snifter.stages.events import ENTER, ENVIRON_CHANGED, EXCEPTION, EXIT, SPENT
from _snifter.stages.frameworks import layers, rendering
from _snifter.stages.frameworks.layerhooks import LayerHook, ResultHook
from _snifter.stages.hooking import swap
from _snifter.stages.names import Stage

from . import linked
from .settling import settle
from .stepping import one_by_one


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
        told = linked.told(link, frames.STAGE_EVENTS)
        return [*one_by_one(e for _, events in told for e in events)]

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
        settle()
        self.assertEqual([each() for each in self.made], [None, None])


class PyramidTest(linked.LinkedTest):
    """As much of Pyramid as is looked at."""

    def events(self, render, returned):
        """What is told of a request: 1 is the application, 2 the tween, 3 the view."""
        made = []

        class RendererHelper:
            def render_view(self, request, response, view, context):
                return render(request, response)

        class Returned(dict):
            pass

        def view(context, request):
            found = returned(request) or Returned(a=1)
            made.append(weakref.ref(found))
            return found

        def rendered_view(context, request):
            result = view(context, request)
            if "_headerlist" in vars(result):
                return result
            return RendererHelper().render_view(request, result, view, context)

        def handle_request(request):
            return rendered_view(None, request)

        def tween(request):
            return handle_request(request)

        def app(environ, start_response):
            try:
                tween(types.SimpleNamespace(environ=environ))
            except ValueError:
                pass
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [b"page"]

        for role, function in ("view", view), ("tween", tween):
            stage = Stage(f"test.{role}", "pyramid", ("test.py", 1), role)
            layers.install(function, LayerHook("pyramid", role, stage))
        layers.install(handle_request, ResultHook(rendering.handed))
        layers.install(RendererHelper.render_view, rendering.Renders(2))
        link = self.link(app)
        for number in (1, 2):
            link.out.clear()
            linked.run(link, number)
        gc.collect()
        self.assertEqual([each() for each in made], [None, None])
        told = linked.told(link, frames.STAGE_EVENTS)
        return [*one_by_one(e for _, events in told for e in events)]

    @staticmethod
    def response():
        made = type("Response", (), {})()
        made._status, made._headerlist, made._app_iter = "200 OK", [("X-A", "1")], [b"page"]
        return made

    def test_the_view_goes_on(self):
        def render(request, value):
            self.assertEqual(value, {"a": 1})
            request.environ["test.rendered"] = "yes"
            return self.response()

        events = self.events(render, lambda request: None)
        kinds = [e[0] for e in events if e[1] == 3]
        want = [ENTER, EXIT, SPENT, ENTER, ENVIRON_CHANGED, EXIT, SPENT]
        self.assertEqual([kind for kind in kinds if kind in want], want)
        first, last = (e for e in events if e[:2] == (EXIT, 3))
        self.assertNotIn([("X-A", "1")], first)
        self.assertIn([("X-A", "1")], last)

    def test_it_may_fail(self):
        def fails(request, value):
            raise ValueError("no")

        events = self.events(fails, lambda request: None)
        told = [event[:2] for event in events if event[0] == EXCEPTION]
        self.assertEqual(told, [(EXCEPTION, 3), (EXCEPTION, 2)])

    def test_a_response_is_not_rendered(self):
        events = self.events(None, lambda request: self.response())
        self.assertEqual([e[0] for e in events if e[1] == 3].count(ENTER), 1)

    def test_what_something_else_is_rendered_of_is_not_the_views(self):
        """As where what is between them gives another."""

        def render(request, value):
            return self.response()

        with mock.patch.object(rendering, "Renders", lambda _, of=rendering.Renders: of(3)):
            events = self.events(render, lambda request: None)
        self.assertEqual([e[0] for e in events if e[1] == 3].count(ENTER), 1)


if __name__ == "__main__":
    unittest.main()
