"""What becomes of an environ, with the numbers that CPython gives to dicts and without."""

from __future__ import annotations

import datetime
import functools
import itertools
import random
import unittest
from unittest import mock

from _snifter.stages.names import Stage
from _snifter.stages.recording import environ, versions

from .test_versions import TABLED, TABLED_HELD, Asked


class Lazy:  # noqa: PLW1641 (it must not be hashed either)
    def __eq__(self, other):
        raise RuntimeError("it was asked")

    __hash__ = __repr__ = __str__ = __eq__


#: What is done to an environ, or to another dict.
_DONE = (
    *(lambda e, value=value: e.update(A=value) for value in ("a", "b", 1, True, None, Lazy())),
    lambda e: e.__setitem__("A", "c"),
    lambda e: e.__setitem__("B", "b"),
    lambda e: e.__setitem__("B", Lazy()),
    lambda e: e.__setitem__("D", 5),
    lambda e: e.setdefault("D", "d"),
    lambda e: e.__setitem__("E.e", "e" * 5000),
    lambda e: e.__setitem__("F", "f"),
    lambda e: e.__setitem__("", e.get("D")),
    lambda e: e.pop("D", None),
    lambda e: e.__setitem__("D", e.pop("A", 7)),
    lambda e: e.clear(),
    lambda e: {"A": "of another"}.update(B=1),
)


class SeenTest(unittest.TestCase):
    number_of = staticmethod(versions.of)
    number_of_held = staticmethod(versions.of_held)

    def setUp(self):
        for module, name, way in (
            (environ, "_number_of", self.number_of_held),
            (versions, "of", self.number_of),
            (versions, "of_held", self.number_of_held),
        ):
            patch = mock.patch.object(module, name, way)
            patch.start()
            self.addCleanup(patch.stop)
        self.environ = {"A": "a", "B": Lazy(), "C": [1], "": None}
        self.values = itertools.count()

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

    def test_one_key_is_told_as_any_change_is(self):
        """Whatever is done to the environ, and to other dicts, between looks."""
        randoms = random.Random(5)
        known = {"A", "B", "D", "E.e"}
        for _ in range(300):
            stages = [Stage(name, "wsgi", ("", 0)) for name in "ab"]
            self.environ = {"A": "a", "B": Lazy(), "C": [1], "": None}
            seen = environ.Seen(self.environ)
            held = dict(self.environ)
            for _ in range(6):
                for _ in range(randoms.choice((0, 1, 1, 1, 2, 3))):
                    randoms.choice(_DONE)(self.environ)
                held, before = dict(self.environ), held
                number, stage = seen.number.value, randoms.choice(stages)
                if seen.is_same():
                    told = None
                elif number == seen.next and (told := seen.one(stage, known)):
                    self.assertIn(told[0], known)
                else:
                    by_stage = functools.partial(seen.change, stage)
                    told = randoms.choice((seen.step, seen.change, by_stage))()
                if told is not None and len(told) == 2:
                    stage.sets = told[0]
                    told = {told[0]: told[1]}, {}, []
                self.assertEqual(
                    told, environ._told(before, held, *environ.fresh(before, held))[0]
                )

    def test_what_a_stage_has_set_before_is_found_at_once(self):
        stage = Stage("a", "wsgi", ("", 0))
        seen, value = environ.Seen(self.environ), Lazy()
        self.environ["a.request"] = value
        told = seen.change(stage)
        self.assertEqual(stage.sets, "a.request")
        with mock.patch.object(environ.Seen, "step", side_effect=AssertionError):
            for after, change in (
                (None, ({"a.request": None}, {}, [])),
                (value, told),
                ("b", ({"a.request": "b"}, {}, [])),
                ([1], ({"a.request": [1]}, {}, [])),
            ):
                self.environ["a.request"] = after
                self.assertEqual(seen.change(stage), change)
                self.assertEqual(seen.fresh, (["a.request"], False))
        self.environ["a.request"].append(2)
        self.assertEqual(seen.change(stage), ({"a.request": [1, 2]}, {}, []))

    def test_what_is_held_beside_what_a_stage_sets(self):
        stage = Stage("a", "wsgi", ("", 0))
        self.environ.update({"held": {"a": "b"}, "other": {}})
        seen = environ.Seen({})
        seen, _ = seen.copied(self.environ)
        for n in range(3):
            self.environ["a.request"] = n
            self.assertEqual(seen.change(stage), ({"a.request": n}, {}, []))
            self.assertTrue(seen.is_same())
        self.environ["a.request"] = None
        self.environ["held"]["a"] = "c"
        told = {"a.request": None, "held": {"a": "c"}}, {}, []
        self.assertEqual(seen.change(stage), told)
        self.environ["held"]["a"] = "d"
        self.assertFalse(seen.is_same())
        self.assertEqual(seen.change(stage), ({"held": {"a": "d"}}, {}, []))
        stage.sets = "held"
        self.environ["held"] = None
        self.assertEqual(seen.change(stage), ({"held": None}, {}, []))
        self.assertTrue(seen.is_same())

    def test_of_what_a_stage_sets_that_is_known_of_which_there_is_nothing_to_say(self):
        stage = Stage("a", "wsgi", ("", 0))
        for key in ("wsgi.input", "PATH_INFO", 5):
            seen = environ.Seen(self.environ)
            self.environ[key] = object()
            seen.change(stage)
            self.assertEqual(stage.sets, "")

    def test_what_is_told_as_a_change_is_waited_for_no_more(self):
        seen = environ.Seen(self.environ)
        self.environ["D"] = 1
        self.assertEqual(seen.change(), ({"D": 1}, {}, []))
        self.assertIsNone(seen.next, "which costs")

    def test_a_dict_is_told_as_it_was(self):
        seen = environ.Seen(self.environ)
        self.environ["held"] = held = {"a": "b", "c": None}
        told = seen.change()
        held["a"] = "d"
        self.assertEqual(told, ({"held": {"a": "b", "c": None}}, {}, []))
        self.assertEqual(seen.change(), ({"held": {"a": "d", "c": None}}, {}, []))

    def is_known(self, seen, key):
        """Whether a change of one key is known by its number. It need not be each time: a thread or
        a collection may change other dicts, and with Python 3.12 it is a change when one goes."""
        kept = []
        for _ in range(1000):
            value = self.environ[key] = next(self.values)
            if seen.number.value == seen.next:
                return True
            kept.append(seen.items)
            self.assertEqual(seen.step(), (key, value))
        return False

    def test_one_key_is_known_by_its_number(self):
        """Where dicts have some, and as long as nothing else is changed."""
        has_numbers = self.number_of_held is versions.by_number and versions.tick > 0
        stage = Stage("a", "wsgi", ("", 0))
        seen = environ.Seen(self.environ)
        for key in ("D", "D", "D", "E", "D"):
            self.environ.pop("E", None)
            seen.change()
            self.assertIs(self.is_known(seen, key), has_numbers)
            if has_numbers:
                stage.sets = key if key in seen.items else ""
                self.assertEqual(seen.one(stage, {"D", "E"}), (key, self.environ[key]))
            self.assertTrue(seen.is_same())
            self.assertEqual(seen.items, self.environ)
        self.environ["D"] = next(self.values)
        self.environ["E"] = next(self.values)
        self.assertNotEqual(seen.number.value, seen.next)
        seen.step()
        {}.update(A=1)
        self.environ["D"] = next(self.values)
        self.assertNotEqual(seen.number.value, seen.next)

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
