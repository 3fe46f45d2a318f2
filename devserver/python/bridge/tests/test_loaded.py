"""What is listed of all that is loaded, while other threads make more."""

from __future__ import annotations

import contextlib
import gc
import sys
import threading
import unittest
import weakref

from _snifter.stages import loaded

from .settling import settle


@contextlib.contextmanager
def started(*functions):
    """Threads that call these over and over."""
    ended = threading.Event()

    def repeated(function):
        while not ended.is_set():
            function()

    threads = [threading.Thread(target=repeated, args=(each,)) for each in functions]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()


class LoadedTest(unittest.TestCase):
    def test_all_but_tuples(self):
        def young():
            pass

        kept = [young, type("Young", (), {}), [[]]]
        kept += [LoadedTest, LoadedTest.test_all_but_tuples]
        with started(lambda: None):
            found = set(map(id, loaded.objects()))
        self.assertEqual([value for value in kept if id(value) not in found], [])

    def test_it_keeps_nothing(self):
        class Held:
            pass

        held = Held()
        reference = weakref.ref(held)
        gc.disable()
        self.addCleanup(gc.enable)
        with started(lambda: None):
            self.assertIn(id(held), map(id, loaded.objects()))
        del held
        settle()
        self.assertIsNone(reference())

    def test_tuples_are_filled_meanwhile(self):
        failures = []

        def fill():
            try:
                tuple(each for each in range(30))
                frozenset(each for each in range(30))
            except SystemError as failure:
                failures.append(failure)

        interval = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        try:
            with started(fill, fill, fill):
                for _ in range(40):
                    for value in loaded.objects():
                        type(value)
        finally:
            sys.setswitchinterval(interval)
        self.assertEqual(failures, [])

    def test_garbage_that_is_taken_apart(self):
        found, watched = [], []

        def is_taken_apart(_):
            # A collection is past what stood before the code that it was about.
            found.append(loaded.functions_and_classes())

        def make():
            def function():
                pass

            class Made:
                pass

            code = compile("0", "garbage", "eval")
            watched.append(weakref.ref(code, is_taken_apart))
            # It is emptied from its end.
            kept = [function, Made, code]
            kept.append(kept)
            function.kept = Made.kept = kept
            return id(function), id(Made), kept

        made = [make() for _ in range(4)]
        for *_, kept in made:
            kept.extend(made)
        ids = {number for each in made for number in each[:2]}
        del kept, made
        gc.collect()
        self.assertEqual(len(found), 4)
        for functions, classes in found:
            listed = {id(each) for each in (*functions, *classes)}
            self.assertIn(id(LoadedTest), listed)
            self.assertIn(id(LoadedTest.test_all_but_tuples), listed)
            self.assertEqual(listed & ids, set())


if __name__ == "__main__":
    unittest.main()
