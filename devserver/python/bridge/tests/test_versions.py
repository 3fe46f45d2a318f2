"""The numbers of dicts, by what CPython has of them and by their tables."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import unittest
from unittest import mock

from _snifter.stages.recording import tables, versions

#: The way of later versions, which the tables of some earlier ones allow, too.
TABLED = versions.tabled(tables.Holding) or versions.of
TABLED_HELD = versions.tabled(tables.Table) or versions.of_held


class Attributes:
    def __init__(self):
        self.a = 1


class Asked(dict):
    def fails(self, *args):
        raise RuntimeError("it was asked")

    __iter__ = __getitem__ = __len__ = keys = values = items = copy = get = fails


class Numbers:
    """What holds of each way to number dicts."""

    number_of: versions.NumberOf

    def test_they_hold(self):
        self.assertTrue(versions.holds(self.number_of))

    def test_whatever_is_done_to_a_dict(self):
        chosen = random.Random(7)
        keys = [*map(str, range(60)), 1, None, b"k", "\xe4", "\u20ac", (1,)]
        for _ in range(30):
            tried = {}
            number, known, items = self.number_of(tried), None, None
            for _ in range(200):
                key = chosen.choice(keys)
                act = chosen.randrange(100)
                if act < 50:
                    tried[key] = object()
                elif act < 70:
                    tried.pop(key, None)
                elif act < 72:
                    tried.clear()
                elif act < 80 and key in tried:
                    tried[key] = tried.pop(key)
                elif act < 90:
                    tried.update(dict.fromkeys(keys[:act], act))
                found = [(id(key), id(value)) for key, value in tried.items()]
                if number.value == known:
                    self.assertEqual(found, items)
                elif act >= 90:
                    self.assertIsNone(known, "nothing was done")
                known, items = number.value, found
                held = dict(tried)
            self.assertEqual(held, tried)

    def test_what_comes_to_lie_where_something_was(self):
        tried = {"a": ["was"]}
        number = self.number_of(tried)
        for n in range(1000):
            known = number.value
            del tried["a"]
            tried["a"] = [n]
            self.assertNotEqual(number.value, known)

    def test_a_longer_one_where_a_shorter_was(self):
        """As the table is where one was that had room for fewer items."""
        for shorter in range(5):
            tried = dict.fromkeys("abcde")
            while len(tried) > shorter:
                tried.popitem()
            number = self.number_of(tried)
            tried.clear()
            for key in "abcde":
                tried[key] = key
            for key in "abcde":
                known = number.value
                self.assertEqual(number.value, known)
                tried[key] = None
                self.assertNotEqual(number.value, known)

    def test_what_has_its_values_elsewhere(self):
        """Such a dict has a number, or none, and never one that stays."""
        of = Attributes()
        tried = of.__dict__
        number = self.number_of(tried)
        for n in range(100):
            known = number.value
            if n % 2:
                tried["b"] = n
            else:
                of.a = n + 2
            self.assertNotEqual(number.value, known)

    def test_a_class_of_dicts_is_not_asked(self):
        tried = Asked(a=1)
        number = self.number_of(tried)
        known = number.value
        self.assertEqual(number.value, known)
        dict.update(tried, a=2)
        self.assertNotEqual(number.value, known)

    def test_long_ones(self):
        for n in 300, 70_000:
            tried = {str(each): each for each in range(n)}
            number = self.number_of(tried)
            known = number.value
            self.assertEqual(number.value, known)
            tried["7"] = "other"
            self.assertNotEqual(number.value, known)
            known = number.value
            del tried[str(n - 1)]
            self.assertNotEqual(number.value, known)

    def test_while_another_thread_is_about_it(self):
        tried = {}
        number = self.number_of(tried)
        over = threading.Event()

        def change():
            while not over.is_set():
                for n in range(200):
                    tried[str(n)] = n
                tried.clear()

        thread = threading.Thread(target=change)
        before = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        thread.start()
        seen = set()
        try:
            while len(seen) < 500 and thread.is_alive():
                seen.add(number.value)
        finally:
            over.set()
            thread.join()
            sys.setswitchinterval(before)
        self.assertEqual(len(seen), 500, "the other thread has ended")
        known = number.value
        tried["a"] = 1
        self.assertNotEqual(number.value, known)


if sys.implementation.name == "cpython":

    class VersionsTest(Numbers, unittest.TestCase):
        number_of = staticmethod(versions.of)

    class TabledTest(Numbers, unittest.TestCase):
        number_of = staticmethod(TABLED)


class FindTest(unittest.TestCase):
    def test_there_are_some_in_cpython(self):
        is_cpython = sys.implementation.name == "cpython"
        self.assertIs(tables.has_usual_heads(), is_cpython)
        for number_of in versions.of, versions.of_held:
            self.assertIs(number_of is not versions.unnumbered, is_cpython)

    def test_how_numbers_grow_is_seen(self):
        """Unless a thread or a collection changes others meanwhile."""
        tried = [versions.ticking() for _ in range(100)]
        self.assertEqual(any(tried), versions.by_number is not None)
        self.assertEqual(len({tick for _, tick in filter(None, tried)}), any(tried))

    def test_none_where_ctypes_is_refused(self):
        """A hook stays for as long as the process."""
        script = """
import sys

def refuse(event, _):
    if event.startswith("ctypes."):
        raise RuntimeError(event)

for each in sys.argv[1:]:
    __import__(each)
sys.addaudithook(refuse)
from _snifter.stages.recording import versions

for number_of in versions.of, versions.of_held:
    assert number_of({}) is versions.UNNUMBERED
"""
        for loaded in [], ["ctypes"], ["_snifter.stages.recording.versions"]:
            with self.subTest(loaded):
                subprocess.run([sys.executable, "-c", script, *loaded], check=True)

    def test_no_tables_for_who_is_traced(self):
        """What is called between two instructions could let another thread run."""
        if tables.Table is None:
            self.assertIsNone(versions.tabled(tables.Table))
            return
        self.assertIsInstance(TABLED_HELD({}), tables.Table)
        before = sys.gettrace()
        sys.settrace(lambda frame, event, arg: None)
        try:
            self.assertIs(TABLED_HELD({}), versions.UNNUMBERED)
        finally:
            sys.settrace(before)
        self.assertIsInstance(TABLED_HELD({}), tables.Table)

    def test_no_tables_where_what_runs_is_monitored(self):
        if not hasattr(sys, "monitoring"):
            self.assertLess(sys.version_info, (3, 12))
            return
        tools = sys.monitoring.DEBUGGER_ID, sys.monitoring.COVERAGE_ID, 4
        for tool in tools:
            sys.monitoring.use_tool_id(tool, "a tool")
            try:
                self.assertIs(TABLED_HELD({}), versions.UNNUMBERED)
            finally:
                sys.monitoring.free_tool_id(tool)
        self.assertIsInstance(TABLED_HELD({}), tables.Table)

    def test_objects_without_the_lock_have_another_head(self):
        """On Windows nothing but the version's text tells of such a build."""
        without = "3.13.0 experimental free-threading build (main)", "3.14.0 free-threading build"
        for version in without:
            with mock.patch.object(sys, "version", version):
                self.assertFalse(tables.has_usual_heads())
                self.assertEqual(tables.find(), (None, None))
                self.assertIsNone(versions.numbered())


if __name__ == "__main__":
    unittest.main()
