"""Methods by which a framework calls its middlewares, of whatever shape these are."""

from __future__ import annotations

import functools
import unittest

from _snifter.stages.frameworks import layers
from _snifter.stages.hooking import swap


class TakenTest(unittest.TestCase):
    def test_methods_that_are_not_called_with_their_object(self):
        """They go by where they were written, whatever the first argument is."""

        class Kind:
            @staticmethod
            def static(request):
                pass

            @classmethod
            def made(cls, request):
                pass

            def given(self, more, request):
                pass

            partial = functools.partialmethod(given, 1)

        expected = {"static": "static", "made": "made", "partial": "given"}
        for name, written in expected.items():
            layer = layers.method(Kind(), name, "test", "method")
            self.assertEqual(layer.stage.name.rpartition("<locals>.")[2], f"Kind.{written}")
            self.assertEqual(layer.stage.line, getattr(Kind, written).__code__.co_firstlineno)
            self.assertIs(swap.hook_of(getattr(Kind, written)).stage, layer.stage)

    def test_what_a_framework_takes_of_an_object(self):
        class Kind:
            def method(self, request):
                pass

            def own(self, request):
                raise AssertionError("the object has another")

        class Delegating(Kind):
            def __init__(self):
                self.to = Kind()
                self.own = lambda request: None

            def __getattr__(self, name):
                return getattr(self.to, name.rpartition("other_")[2])

        value = Delegating()
        expected = {"method": "Delegating.method", "other_method": "Kind.method"}
        for name, called in expected.items():
            layer = layers.taken(value, name, "test", "method")
            self.assertEqual(layer.stage.name.rpartition("<locals>.")[2], called)
        own = layers.taken(value, "own", "test", "method")
        self.assertIs(own.stage, swap.hook_of(value.own).stage)
        self.assertIsNone(swap.hook_of(Kind.own))
        self.assertIsNone(layers.taken(Kind(), "missing", "test", "method"))


if __name__ == "__main__":
    unittest.main()
