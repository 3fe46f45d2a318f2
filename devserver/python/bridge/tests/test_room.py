"""The frames of what a thread of the worker's calls are in one piece of memory: see `room`."""

from __future__ import annotations

import sys
import threading
import unittest
from resource import RUSAGE_SELF, getrusage

from _snifter.link import Link
from _snifter.room import roomy

CALLS = 200


def faults() -> int:
    """How many pages the system has had to give."""
    return getrusage(RUSAGE_SELF).ru_minflt


def down(depth: int) -> None:
    if depth:
        down(depth - 1)
    else:
        for _ in range(CALLS):
            leaf()


def leaf() -> None:
    pass


def at_worst() -> int:
    """The most pages that it took to call a function at one of many depths."""
    most = 0
    for depth in range(300):
        down(depth)  # what is asked for once is not meant
        before = faults()
        down(depth)
        most = max(most, faults() - before)
    return most


class Room(unittest.TestCase):
    def test_no_call_is_where_a_piece_of_memory_ends(self) -> None:
        found = []

        def within() -> None:
            found.append(at_worst())

        code = within.__code__
        thread = threading.Thread(target=roomy(within))
        thread.start()
        thread.join()
        if sys.implementation.name == "cpython":
            self.assertLess(found[0], CALLS // 2)
        else:
            self.assertIs(within.__code__, code)

    def test_threads_of_the_worker_have_it(self) -> None:
        found = []

        class Slots:
            def pop(self) -> None:
                found.append(at_worst())
                raise SystemExit

        class Pending:
            def __bool__(self) -> bool:
                return True

        link = object.__new__(Link)
        link.pending, link.slots = Pending(), Slots()  # type: ignore[assignment]
        link.role = link._owed = None  # type: ignore[assignment]
        thread = threading.Thread(target=link.serve)
        thread.start()
        thread.join()
        if sys.implementation.name == "cpython":  # PyPy takes pages as it compiles, too
            self.assertLess(found[0], CALLS // 2)
        else:
            self.assertEqual(len(found), 1)


if __name__ == "__main__":
    unittest.main()
