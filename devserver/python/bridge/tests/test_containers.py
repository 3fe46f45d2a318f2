"""What is changed within an environ's values, with the numbers of CPython's dicts and without."""

from __future__ import annotations

import contextlib
import sys
import unittest
from array import array

from _snifter.stages.events import ENVIRON_CHANGED
from _snifter.stages.names import Stage
from _snifter.stages.recording import environ, versions
from _snifter.stages.recording.containers import _MOST_BYTES

from .test_environ import Lazy, SeenTest
from .test_versions import TABLED, TABLED_HELD

if sys.implementation.name == "cpython":
    import tracemalloc


@contextlib.contextmanager
def traced():
    """What gives how much memory was taken at most; PyPy, which traces none, knows of nothing."""
    if sys.implementation.name != "cpython":
        yield lambda: 0
        return
    tracemalloc.start()
    try:
        yield lambda: most
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


class ContainersTest(SeenTest):
    """All that holds of a dict without containers holds of one with them, too."""

    def seen(self):
        both = super().seen()
        self.environ["held"] = {"a": [1]}
        for seen in both:
            self.assertEqual(seen.change(), ({"held": {"a": [1]}}, {}, []))
            self.assertIsNotNone(seen.containers)
        return both

    def set(self, **values):
        """A dict that was seen when these were set in it."""
        seen = environ.Seen(self.environ)
        self.environ.update(values)
        self.assertIsNotNone(seen.change())
        self.assertTrue(seen.is_same())
        return seen

    def test_what_is_changed_within(self):
        for value, change, changed in (
            ([1], lambda v: v.append(2), [1, 2]),
            ([1], list.clear, []),
            ({}, lambda v: v.update(user="eve"), {"user": "eve"}),
            ({"a": {"b": []}}, lambda v: v["a"]["b"].append("c"), {"a": {"b": ["c"]}}),
            (((), {}), lambda v: v[1].update(page="1"), ((), {"page": "1"})),
            (({}, {"a": "b"}), lambda v: v[0].update(c="d"), ({"c": "d"}, {"a": "b"})),
            (({}, {"a": "b"}), lambda v: v[1].clear(), ({}, {})),
            (((), {"a": "b"}, []), lambda v: v[2].append(1), ((), {"a": "b"}, [1])),
            (({}, ({"a": "b"},)), lambda v: v[1][0].update(c="d"), ({}, ({"a": "b", "c": "d"},))),
            ({"a": 1}, lambda v: v.update(a=True), {"a": True}),
            ([["a"]], lambda v: v[0].__setitem__(0, "b"), [["b"]]),
        ):
            with self.subTest(changed=changed):
                seen = self.set(held=value)
                change(value)
                self.assertFalse(seen.is_same())
                self.assertEqual(seen.change(), ({"held": changed}, {}, []))
                self.assertTrue(seen.is_same())
                self.assertIsNone(seen.change())

    def test_what_is_known_by_numbers(self):
        """Where only dicts of short texts can change: as long as they hold nothing else."""
        args = (1, ()), {}, {"page": "1"}
        for held, has_number in ({"a": "b"}, True), (args[1:], True), (args, False), ([], False):
            with self.subTest(held=held):
                seen = self.set(held=held)
                self.assertIs(seen.known is not None, has_number and self.has_numbers())
        seen = self.set(held=args[1:])
        args[2]["more"] = more = []
        self.assertEqual(seen.change(), ({"held": ({}, {"page": "1", "more": []})}, {}, []))
        more.append(1)
        self.assertFalse(seen.is_same())
        self.assertEqual(seen.change(), ({"held": ({}, {"page": "1", "more": [1]})}, {}, []))

    def test_many(self):
        """Whose numbers would be too deep in each other."""
        many = tuple({} for _ in range(900))
        seen = self.set(held=many, **{f"held {n}": {} for n in range(2000)})
        self.assertIsNone(seen.known)
        many[5]["a"] = self.environ["held 7"]["a"] = "b"
        self.assertFalse(seen.is_same())
        plain, objects, gone = seen.change()
        self.assertEqual((plain.keys(), objects, gone), ({"held", "held 7"}, {}, []))
        self.environ.update((f"held {n}", None) for n in range(2000))
        self.assertIsNotNone(seen.change())
        self.assertTrue(seen.is_same())
        many[6]["a"] = "b"
        self.assertFalse(seen.is_same())
        self.assertIsNotNone(seen.change())

    def has_numbers(self):
        return versions.UNNUMBERED not in (self.number_of({}), self.number_of_held({}))

    def test_a_set(self):
        held = {"read"}
        seen = self.set(held=held)
        held.add("write")
        self.assertEqual(seen.change(), ({}, {"held": "{'read', 'write'}"}, []))
        self.assertIsNone(seen.change())

    def test_much_is_not_copied(self):
        rows = {str(i): ["a"] for i in range(50_000)}
        long = {"a": "a" * 9**6}
        for held in (rows, [rows] * 500, ([rows], {}), [object(), *rows], {*rows}, long):
            with self.subTest(held=type(held)):
                with traced() as most:
                    seen = self.set(held=held)
                self.assertLess(most(), 9**6 // 2)
                self.assertIsNone(seen.containers)

    def test_tuples_within_tuples(self):
        deep, wide = (), ((),)
        for _ in range(10_000):
            deep = (1, deep)
        for _ in range(100):
            wide = (wide, wide)
        for held in (deep, wide):
            self.assertIsNone(self.set(held=held).containers)

    def test_what_several_keys_hold(self):
        held = []
        seen = self.set(held=held, again=held)
        held.append(1)
        self.assertEqual(seen.change(), ({"held": [1], "again": [1]}, {}, []))
        self.assertIsNone(seen.change())

    def test_with_what_is_set_and_removed(self):
        held = []
        seen = self.set(held=held, other=[1])
        held.append(1)
        self.environ["D"] = 2
        del self.environ["other"]
        self.assertEqual(seen.change(), ({"held": [1], "D": 2}, {}, ["other"]))
        self.environ["held"] = held = ["new"]
        self.assertEqual(seen.change(), ({"held": ["new"]}, {}, []))
        held.clear()
        self.assertEqual(seen.change(), ({"held": []}, {}, []))
        del self.environ["held"]
        self.assertEqual(seen.change(), ({}, {}, ["held"]))
        self.assertIsNone(seen.containers)
        self.assertTrue(seen.is_same())

    def test_what_is_set_beside(self):
        """Which looks at what is held, and leaves it as it is known."""
        for held, changed in ({"user": None}, {"user": "eve"}), ([], ["new"]):
            with self.subTest(held=held):
                seen = self.set(held=held)
                for n in range(3):
                    self.environ["D"] = n
                    self.assertFalse(seen.is_same())
                    self.assertEqual(seen.step(), ("D", n))
                    self.assertTrue(seen.is_same())
                self.environ["more"] = more = {"a": "b"}
                self.assertEqual(seen.step(), ({"more": more}, {}, []))
                self.environ["D"] = 3
                held.update(changed) if type(held) is dict else held.extend(changed)
                self.assertEqual(seen.step(), ({"D": 3, "held": changed}, {}, []))
                self.environ["held"], more["a"] = "plain", "c"
                self.assertEqual(seen.step(), ({"held": "plain", "more": {"a": "c"}}, {}, []))
                held.clear()
                self.assertTrue(seen.is_same())
                self.assertIsNone(seen.step())

    def test_one_key_beside_is_known_by_its_number(self):
        has_numbers = self.number_of_held is versions.by_number and versions.tick > 0
        stage = Stage("a", "wsgi", ("", 0))
        held, more = {"a": "b"}, {}
        seen = self.set(held=held, more=more)
        for key in ("D", "D", "E", "D", "more"):
            self.environ.pop("E", None)
            seen.change()
            self.assertIsNone(seen.next, "which costs")
            before = seen.known
            if key == "more":
                self.environ["D"] = next(self.values)
                seen.step()
                self.environ[key] = 1
                stage.sets = key
                self.assertIsNone(seen.one(stage, {key}), "it was looked at")
                self.assertEqual(seen.step(), ({key: 1}, {}, []))
                continue
            self.assertIs(self.is_known(seen, key), has_numbers)
            if has_numbers:
                stage.sets = key if key in seen.items else ""
                self.assertEqual(seen.one(stage, {"D", "E"}), (key, self.environ[key]))
                self.assertNotEqual(seen.known, before)
            self.assertTrue(seen.is_same())
            self.assertEqual(seen.items, self.environ)
        self.environ["D"] = next(self.values)
        seen.step()
        held["a"] = "c"
        self.environ["D"] = n = next(self.values)
        self.assertNotEqual(seen.number.value, seen.next)
        self.assertEqual(seen.step(), ({"D": n, "held": {"a": "c"}}, {}, []))

    def test_what_is_held_is_what_it_was(self):
        """A dict of short texts that is set back, or put in another's place."""
        held = {"user": "eve"}
        seen = self.set(held=held)
        held["user"] = "bob"
        held["user"] = "eve"
        for _ in range(2):
            self.assertIsNone(seen.step())
            self.assertTrue(seen.is_same())
        self.environ["held"] = other = dict(held, user="bob")
        self.assertEqual(seen.step(), ({"held": {"user": "bob"}}, {}, []))
        held["user"] = "eva"
        self.assertTrue(seen.is_same())
        other["user"] = "eva"
        self.assertEqual(seen.step(), ({"held": {"user": "eva"}}, {}, []))

    def test_what_comes_to_hold_objects(self):
        held = [1]
        seen = self.set(held=held)
        held.append(Lazy())
        plain, objects, gone = seen.change()
        self.assertEqual((plain, [*objects], gone), ({}, ["held"], []))
        held.append(Lazy())
        self.assertIsNone(seen.change(), "nothing more can be told")
        self.assertIsNone(seen.containers)

    def test_what_holds_objects_is_not_looked_at(self):
        seen = environ.Seen(self.environ)
        self.environ["held"] = {"response": Lazy()}
        plain, objects, gone = seen.change()
        self.assertEqual((plain, [*objects], gone), ({}, ["held"], []))
        self.assertIsNone(seen.containers)
        seen = self.set(held={"a": 1})
        self.environ["held"] = {"response": Lazy()}
        plain, objects, gone = seen.change()
        self.assertEqual((plain, [*objects], gone), ({}, ["held"], []))
        self.assertIsNone(seen.containers)

    def test_what_holds_buffers_is_looked_at(self):
        """Of which marshal has a form, as of texts."""
        for buffer in bytearray(b"a"), array("b", b"a"):
            with self.subTest(type(buffer)):
                held = {"buffer": buffer}
                seen = self.set(held=held)
                buffer[0] = 98
                self.assertFalse(seen.is_same())
                plain, objects, gone = seen.change()
                self.assertEqual((plain, [*objects], gone), ({}, ["held"], []))

    def test_what_grows_long_is_told_once_more(self):
        held = []
        seen = self.set(held=held)
        held.append("x" * _MOST_BYTES)
        self.assertEqual(seen.change(), ({"held": held}, {}, []))
        held.append(1)
        self.assertIsNone(seen.change())

    def test_in_a_copy(self):
        held = []
        seen = self.set(held=held)
        copied, change = seen.copied(dict(self.environ, D=1, more=[]))
        self.assertEqual(change, ({"D": 1, "more": []}, {}, []))
        held.append(1)
        copied.environ["more"].append(2)
        self.assertEqual(copied.change(), ({"held": [1], "more": [2]}, {}, []))
        self.assertIsNone(seen.change(), "who has changed it was told")
        self.assertEqual(seen.aside(), [(ENVIRON_CHANGED, {"held": [1]}, {}, [], False)])
        self.assertEqual(seen.aside(), [], "it is told once")
        held.append(3)
        self.assertEqual(seen.change(), ({"held": [1, 3]}, {}, []))
        self.assertEqual(seen.aside(), [])
        copied, change = seen.copied(dict(self.environ, held=list(held)))
        self.assertEqual(change, ({"held": [1, 3]}, {}, []))
        held.append(4)
        self.assertIsNone(copied.change(), "it has one of its own")


class TabledTest(ContainersTest):
    number_of = staticmethod(TABLED)
    number_of_held = staticmethod(TABLED_HELD)


class UnnumberedTest(ContainersTest):
    number_of = number_of_held = staticmethod(versions.unnumbered)


if __name__ == "__main__":
    unittest.main()
