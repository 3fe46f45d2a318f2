"""Noticing stages while a request passes through them."""

from __future__ import annotations

import functools
import sys
import unittest
import weakref

from _snifter.stages import context
from _snifter.stages.finding import learn, owned, scan
from _snifter.stages.hooking import swap

from . import tracing


class LearnerTest(unittest.TestCase):
    def test_beside_a_profiler(self):
        """A profiler in the stack, as werkzeug's ProfilerMiddleware is, hides nothing."""
        import cProfile

        def profiled(environ, start_response):
            return cProfile.Profile().runcall(odd, environ, start_response)

        def odd(x, *rest):
            rest[0]("200 OK", [])
            return [b""]

        with learn.Learner() as learner:
            tracing.ask(profiled)
        self.assertIn(odd.__code__, learner.found)

    def test_methods_of_what_can_be_called(self):
        """What a method calls its object does not matter."""

        def locked(method):
            def within(o, *args):
                return method(o, *args)

            return within

        def leaf(environ, start_response):
            start_response("200 OK", [])
            return [b""]

        class Odd:
            app = staticmethod(leaf)

            def __init__(s, named):
                s.named = named

            def __call__(s, *args):
                return getattr(s, s.named)(*args)

            def second(s, number=1, *args):
                return s.third(*args)

            def first(self, *args):
                return self.second(2, *args)

            @classmethod
            def third(kind, *args):
                return kind.made.fourth(*args)

            @locked
            def fourth(s, *args):
                return s.app(*args)

        Odd.made = Odd("first")
        with learn.Learner() as learner:
            tracing.ask(Odd.made)
        fourth = Odd.fourth.__closure__[0].cell_contents
        stages = Odd.__call__, Odd.first, Odd.second, Odd.third, Odd.fourth, fourth
        for stage in stages:
            with self.subTest(stage.__qualname__):
                self.assertIn(swap.original_code(stage), learner.found)

    def test_what_passes_on_to_what_it_is_given(self):
        """It is no stage, as a profiler's runcall() is none: that of what can be called, too."""

        class Passing:
            def __call__(s, *args):
                raise AssertionError("nothing calls it")

            def give(s, called, *args):
                return called(*args)

        def of_nothing(called, *args):
            return called(*args)

        def odd(x, *rest):
            rest[0]("200 OK", [])
            return [b""]

        def outer(environ, start_response):
            return Passing().give(functools.partial(of_nothing, odd), environ, start_response)

        with learn.Learner() as learner:
            tracing.ask(outer)
        self.assertIn(odd.__code__, learner.found)
        for passing in Passing.give, of_nothing:
            self.assertNotIn(passing.__code__, learner.found)

    def test_looks_no_longer_than_most_need(self):
        """What is called once it has looked at much is run as if nobody looked; what it is called
        within is found."""

        def around(x, *rest):
            return busy(x, *rest)

        def busy(environ, start_response):
            for _ in range(1000):
                nothing()
            tracers.append(sys.gettrace())
            return odd(environ, start_response)

        def nothing():
            pass

        def odd(x, *rest):
            rest[0]("200 OK", [])
            return [b""]

        tracers = []
        for most, is_found in ((100_000, True), (900, False)):
            with learn.Learner(most) as learner:
                tracing.ask(around)
            self.assertIn(around.__code__, learner.found)
            self.assertEqual(odd.__code__ in learner.found, is_found)
            self.assertEqual(tracers.pop() is not None, is_found)

    def test_what_looks_outlasts_its_end(self):
        """CPython 3.11 may be about to call it when a collection of garbage calls what ends it."""

        def nothing():
            pass

        with learn.Learner(1) as learner:
            looking = weakref.ref(sys.gettrace())
            del learner
            nothing()
            nothing()
            self.assertIsNone(sys.gettrace())
            self.assertIsNotNone(looking())
        self.assertIsNotNone(looking())

    def test_looks_into_no_application_that_holds_none(self):
        """What is called within one that it was told of goes unseen, and what that is called within
        is found, also the next time."""

        class Framework:
            def __call__(self, environ, start_response):
                note()
                return odd(environ, start_response)

        def note():
            tracers.append(sys.gettrace())

        def around(x, *rest):
            return framework(x, *rest)

        def odd(x, *rest):
            rest[0]("200 OK", [])
            return [b""]

        def ends(value, method):
            return value is framework and method == "__call__"

        framework, tracers, known = Framework(), [], {}
        scan.Scanner().scan()
        with learn.Learner(known=known) as learner:
            tracing.ask(around)
        self.assertEqual(learner.found, {around.__code__, odd.__code__})
        self.assertIsNotNone(tracers.pop())
        known.pop(id(around.__code__))
        for _ in range(2):
            with learn.Learner(known=known, ends=ends) as learner:
                tracing.ask(around)
            self.assertEqual(learner.found, {around.__code__})
        self.assertEqual(tracers, [None, None])

    def test_gives_back_the_trace_function(self):
        def mine(frame, event, arg):
            return None

        before = sys.gettrace()
        sys.settrace(mine)
        try:
            with learn.Learner():
                pass
            self.assertIs(sys.gettrace(), mine)
        finally:
            sys.settrace(before)


class OwnedTest(unittest.TestCase):
    """Of what a function is given to call."""

    def setUp(self):
        class Exchange:
            environ = None

        token = context.running.set(Exchange())
        self.addCleanup(context.running.reset, token)
        exchange = object.__new__(owned.Exchange)
        self.begin = exchange.start_response

    def test_what_leads_to_start_response(self):
        begin = self.begin

        class Held:
            __slots__ = ("begin",)

            def __init__(self):
                self.begin = begin

            def __call__(self, *args):
                return self.begin(*args)

            def method(self, status, headers):
                pass

        def closes_over(*args):
            return begin(*args)

        def by_default(one, two, start=begin):
            pass

        def by_names(status, response_headers, exc_info=None):
            pass

        for value in (
            begin,
            Held(),
            Held().method,
            closes_over,
            lambda one, two: closes_over(two, one),
            by_default,
            by_names,
            functools.partial(begin),
            functools.partial(print, begin),
        ):
            self.assertTrue(owned.may_be(value), value)

    def test_what_does_not(self):
        begun = []

        def runs():
            return self.begin("200 OK", [])

        for value in (print, str.upper, len, begun.append, runs, lambda one, two: None, dict, 7):
            self.assertFalse(owned.may_be(value), value)

    def test_what_it_is_called_with(self):
        for args, is_begun in (
            (("200 OK", []), True),
            ((self, "404 Not Found", [], None), True),
            (("200 OK", ()), False),
            (("seen", []), False),
            ((200, []), False),
            (("200 OK",), False),
        ):
            self.assertEqual(owned.is_begun(args), is_begun, args)

    def test_which_code_runs(self):
        def function(one):
            pass

        class Called:
            def __call__(self):
                pass

        code = function.__code__
        self.assertIs(owned.code_of(functools.partial(functools.partial(function))), code)
        self.assertIs(owned.code_of(Called()), Called.__call__.__code__)
        self.assertIs(owned.code_of(Called().__call__), Called.__call__.__code__)
        for value in (print, [].append, 7):
            self.assertIsNone(owned.code_of(value))


if __name__ == "__main__":
    unittest.main()
