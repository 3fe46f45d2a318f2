"""Reading from a function's code what it calls: the same in each version of Python."""

from __future__ import annotations

import os
import unittest

from _snifter.stages.hooking.swap import original_code
from _snifter.stages.reading import expressions, readings

held = shared = os


class ReadingsTest(unittest.TestCase):
    def test_calls(self):
        def function(a, b):
            local = a.held[0]
            self.kept = b
            return local.run(1, *b)(a, key=b) if a else None

        reading = readings.read(original_code(function))
        local = ("item", ("attribute", ("name", "a"), "held"))
        run = ("attribute", local, "run")
        self.assertEqual([called for called, _ in reading.calls][0], run)
        called, args = reading.calls[-1]
        self.assertEqual((called[0], called[1]), ("call", run))
        self.assertEqual(args, (("name", "a"), ("keyword", ("name", "b"), "key")))
        self.assertEqual(list(expressions.names_in(called)), ["run", "held", "a"])
        self.assertEqual(reading.kept, [("kept", ("name", "self"), ("name", "b"))])

    def check(self, function, *calls):
        self.assertEqual(readings.read(original_code(function)).calls, [*calls])

    def test_what_is_taken_out_of_a_tuple(self):
        def function(a, b):
            one, two = a
            held(one, two)
            (only,) = b
            held(only)
            first, *rest = a
            held(first, rest)

        names = (("one", "two"), ("only",), ("first", "rest"))
        held = ("name", "held")
        self.check(function, *((held, tuple(("name", name) for name in each)) for each in names))

    def test_what_is_behind_a_condition(self):
        """Of two ways one is read, and what was about to be called before is called behind it."""

        def argument(a, b):
            return held(a if b else shared(1), b)

        def either(a, b):
            return held(a or b, b and a, 1)

        def nothing(a):
            return a.x if a else None

        # What is behind it may be there twice.
        inner = ("call", ("name", "shared"), (("const", 1),))
        held = ("name", "held")
        found = readings.read(original_code(argument))
        self.assertEqual(found.calls[-2:], [inner[1:], (held, (inner, ("name", "b")))])
        self.check(either, (held, (("name", "b"), ("name", "a"), ("const", 1))))
        found = readings.read(original_code(nothing))
        self.assertEqual(found.returned[0], ("attribute", ("name", "a"), "x"))

    def test_what_is_behind_a_loop_and_a_context(self):
        def function(a, b):
            for each in a:
                if each:
                    return held(each)
            with a, b as c:
                shared(c)
            try:
                held(a)
            except ValueError:
                return held(b)
            return shared(a, b)

        a, b, c = (("name", name) for name in "abc")
        calls = [call for call in readings.read(original_code(function)).calls if call[0]]
        held, shared = ("name", "held"), ("name", "shared")
        of_held = [(held, (each,)) for each in (("name", "each"), a, b)]
        self.assertCountEqual(
            [call for call in calls if call[1] != (("const", None),) * 3],
            [*of_held, (shared, (c,)), (shared, (a, b))],
        )

    def test_what_is_called_with_what_is_not_known(self):
        def function(self, a, *b, **c):
            self.x(*b, **c)
            return held(*b)(**c)

        found = [called for called, _ in readings.read(original_code(function)).calls]
        held_of = ("call", ("name", "held"), (("all", ("name", "b")),))
        self.assertEqual(found, [("attribute", ("name", "self"), "x"), held_of[1], held_of])

    def test_super(self):
        class Inner(dict):
            def get(self, a):
                return super().get(a)

            def named(self, a):
                return super(Inner, self).get(a)

        for function in Inner.get, Inner.named:
            called, args = readings.read(original_code(function)).calls[-1]
            self.assertEqual(list(expressions.names_in(called)), ["get", "super"])
            self.assertEqual(args, (("name", "a"),))

    def test_constants(self):
        def function(a):
            if a:
                return None
            return held("", 1, True)

        call = ("name", "held"), (("const", ""), ("const", 1), ("const", True))
        self.check(function, call)
        found = readings.read(original_code(function)).returned
        self.assertEqual(found, [("const", None), ("call", *call)])

    def test_comprehensions(self):
        """What they make is new, and their calls are read where they are."""

        def function(a, b):
            b = [each for each in b]  # noqa: C416
            return held(a, b, {each for each in a}, (each for each in a))  # noqa: C416

        new = ("new", None)
        self.check(function, (("name", "held"), (("name", "a"), new, new, new)))

    def test_functions_with_defaults(self):
        def function(a):
            def plain(b, c):
                pass

            def with_default(b, c=a):
                pass

            return plain, with_default

        found = readings.read(original_code(function)).with_defaults
        self.assertEqual([code.co_name for code in found], ["with_default"])


if __name__ == "__main__":
    unittest.main()
