"""What becomes of an environ, with the numbers that CPython gives to dicts and without."""

from __future__ import annotations

import datetime
import unittest
from unittest import mock

from _snifter.stages import environ, versions

from .test_versions import TABLED, TABLED_HELD, Asked


class Lazy:  # noqa: PLW1641 (it must not be hashed either)
    def __eq__(self, other):
        raise RuntimeError("it was asked")

    __hash__ = __repr__ = __str__ = __eq__


class SeenTest(unittest.TestCase):
    number_of = staticmethod(versions.of)
    number_of_held = staticmethod(versions.of_held)

    def setUp(self):
        for module, name, way in (
            (environ, "_number_of", self.number_of_held),
            (versions, "of", self.number_of),
        ):
            patch = mock.patch.object(module, name, way)
            patch.start()
            self.addCleanup(patch.stop)
        self.environ = {"A": "a", "B": Lazy(), "C": [1], "": None}

    def seen(self):
        """Both ways to begin: with what the dict holds, and with what it held."""
        return environ.Seen(self.environ), environ.Seen(self.environ, dict(self.environ))

    def test_what_is_left_alone_is_the_same(self):
        for seen in self.seen():
            self.assertIsNone(seen.change())
            for _ in range(3):
                self.assertTrue(seen.is_same())
                self.environ.get("A"), list(self.environ.items()), dict(self.environ)
            self.assertIsNone(seen.change())
            self.assertTrue(seen.is_same())

    def test_changes(self):
        for change in (
            lambda e: e.update(D=1),
            lambda e: e.update(A="b"),
            lambda e: e.update(B=Lazy()),
            lambda e: e.pop("A"),
            lambda e: e.update(D=e.pop("A")),
            lambda e: e.update(D=e.pop("")),
            lambda e: e.update(A=Lazy()),
            lambda e: e.clear(),
            lambda e: e.update(D=None),
            lambda e: e.update(D=None, E=None, A=None),
            lambda e: (e.pop("A"), e.update(D=None)),
            lambda e: (e.pop("A"), e.update(D=None, E=1)),
        ):
            for n in range(2):
                with self.subTest():
                    self.setUp()
                    seen = self.seen()[n]
                    self.assertIsNone(seen.change())
                    change(self.environ)
                    self.assertFalse(seen.is_same())
                    self.assertIsNotNone(seen.change())
                    self.assertTrue(seen.is_same())
                    self.assertIsNone(seen.change())

    def test_what_comes_to_lie_where_something_was(self):
        for seen in self.seen():
            seen.change()
            for n in range(1000):
                self.environ["A"] = ["A", n]
                self.assertFalse(seen.is_same())
                self.assertIsNotNone(seen.change())

    def test_what_is_set_back_has_not_changed(self):
        for seen in self.seen():
            a = self.environ["A"]
            self.environ["A"] = "b"
            self.environ["A"] = a
            self.assertIsNone(seen.change())
            self.assertTrue(seen.is_same())

    def test_what_has_changed(self):
        seen = self.seen()[0]
        self.environ.update(A="b", D=Lazy())
        del self.environ["C"]
        new, reprs, gone = seen.change()
        self.assertEqual((new, list(reprs), gone), ({"A": "b"}, ["D"], ["C"]))

    def test_several_at_once(self):
        day, lazy, other = datetime.date(2020, 1, 2), Lazy(), Lazy()
        shown = "<%s.Lazy object at %#x>"
        for n in range(2):
            self.setUp()
            seen = self.seen()[n]
            self.environ.update(A="a", b=b"b", long=1 << 80, half=0.5, day=day, lazy=lazy)
            self.environ[7] = None
            plain = {"b": b"b", "long": 1 << 80, "half": 0.5, "7": None}
            objects = {"day": repr(day), "lazy": shown % (__name__, id(lazy))}
            self.assertEqual(seen.change(), (plain, objects, []))
            # What is equal, and another, has not changed; and the class was met before.
            self.environ.update(b=bytes(bytearray(b"b")), long=1 << 80, lazy=other, held=[1])
            objects = {"lazy": shown % (__name__, id(other))}
            self.assertEqual(seen.change(), ({"held": [1]}, objects, []))
            self.environ["held"].append(2)
            self.assertEqual(seen.change(), ({"held": [1, 2]}, {}, []))

    def test_what_looks_like_a_dict_is_not_asked(self):
        seen = self.seen()[0]
        odd = Asked(self.environ)
        seen, change = seen.copied(odd)
        self.assertIsNone(change)
        self.assertIsNone(seen.change())
        dict.__setitem__(odd, "A", "b")
        self.assertFalse(seen.is_same())
        self.assertEqual(seen.change(), ({"A": "b"}, {}, []))
        self.assertIsNone(seen.change())


class TabledTest(SeenTest):
    number_of = staticmethod(TABLED)
    number_of_held = staticmethod(TABLED_HELD)


class UnnumberedTest(SeenTest):
    number_of = number_of_held = staticmethod(versions.unnumbered)

    def test_nothing_is_known_at_once(self):
        """Who compares number.value with known asks is_same, then as ever."""
        for seen in self.seen():
            for look in (seen.is_same, seen.change):
                look()
                self.assertTrue(seen.number.value != seen.known)


if __name__ == "__main__":
    unittest.main()
