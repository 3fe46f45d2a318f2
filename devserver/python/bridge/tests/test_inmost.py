"""Views that decorators are around which do not say so."""

from __future__ import annotations

import functools
import types
import unittest
from unittest import mock

from _snifter.stages.frameworks import bottle, flask, inmost, layers
from _snifter.stages.hooking import swap

from . import tracing


class Around:
    def __init__(self, view):
        self.key = len
        self.view = view
        self.__name__ = view.__name__

    def __call__(self):
        return self.view()


class Slots:
    __slots__ = ("view", "__name__")

    def __init__(self, view):
        self.view, self.__name__ = view, view.__name__

    def __call__(self):
        return self.view()


class Telling:
    def __init__(self, view):
        functools.update_wrapper(self, view)
        self.__name__ = "telling"

    def __call__(self):
        return self.__wrapped__()


def around(view):
    def inner():
        return view()

    inner.__name__ = view.__name__
    return inner


def nameless(view):
    def inner():
        return view()

    return inner


def passed(view):
    """The names of what is called in a request that calls a view."""

    def application(environ, start_response):
        start_response("200 OK", [])
        return [view()]

    with tracing.traced() as tracer:
        _, blocks, error = tracing.ask(application)
    assert error is None and blocks == [b"page"], error
    return [name.rpartition(".")[2] for name in tracer.names()][1:]


def page():
    def view():
        return b"page"

    return view


class InmostTest(unittest.TestCase):
    def test_what_a_decorator_holds_under_its_name_is_the_view(self):
        for decorator, name in (
            (Around, "Around"),
            (Slots, "Slots"),
            (Telling, "Telling"),
            (around, "inner"),
            (lambda view: functools.partial(Around(view)), "Around"),
        ):
            view = decorator(page())
            flask._view(view)
            self.assertEqual(passed(view), [name, "view"])
        view = around(Around(Slots(page())))
        flask._view(view)
        self.assertEqual(passed(view), ["inner", "Around", "Slots", "view"])

    def test_callbacks_of_bottle(self):
        view = Around(page())
        route = types.SimpleNamespace(callback=view, config={}, plugins=[])
        bottle._route(route)
        self.assertEqual(passed(view), ["Around", "view"])

    def test_a_helper_is_no_view(self):
        """Though it has the same decorator."""
        for look in (flask._view, lambda view: layers.callee(view, "bottle", "before_request")):

            class Timed(Around):
                def __call__(self):
                    return self.view()

            helper = Timed(page())

            def view(helper=helper):
                return helper()

            decorated = Timed(view)
            look(decorated)
            self.assertEqual(passed(decorated)[:1], ["Timed"])
            self.assertNotIn("Timed", passed(decorated)[1:])
            # Where each request makes one, it is never known.
            layers.once(helper, "flask", "after_this_request")
            self.assertEqual(passed(decorated).count("Timed"), 2)
            look(Timed(page()))
            self.assertEqual(passed(decorated).count("Timed"), 2)

    def test_a_helper_is_none_in_any_role(self):
        class Timed(Around):
            def __call__(self):
                return self.view()

        helper = Timed(page())
        first, second = (Timed(around(helper)) for _ in range(2))
        layers.callee(first, "flask", "before_request")
        layers.callee(second, "flask", "view")
        for view in first, second:
            self.assertEqual(passed(view).count("Timed"), 1)
        with mock.patch.object(layers, "_MOST_LATE", 2):
            layers.callee(Timed(page()), "flask", "view")
        self.assertEqual(passed(first).count("Timed"), 2)

    def test_what_says_what_it_is_around_is_one(self):
        inner = page()

        @functools.wraps(inner)
        def view():
            return inner()

        flask._view(view)
        self.assertEqual(passed(view), ["view"])

    def test_another_function_is_not_taken_for_the_view(self):
        other = nameless(page())
        flask._view(other)
        self.assertEqual(passed(other), ["inner"])

        def view():
            return b"page" if view else b""  # it holds itself

        flask._view(view)
        self.assertIsNone(inmost._within(view))
        for value in None, len, Around, types.SimpleNamespace(__name__="view", view=page()):
            self.assertIsNone(inmost._within(value))

    def test_a_view_of_a_library_is_left_alone(self):
        of_library = compile("def view(): return inner()", functools.__file__, "exec")
        made = {"inner": page()}
        exec(of_library, made)
        view = around(made["view"])
        flask._view(view)
        self.assertIsNone(swap.hook_of(made["view"]))


if __name__ == "__main__":
    unittest.main()
