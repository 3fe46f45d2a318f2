"""What is held by `with`, where the stack may end in any call: see `mutex`."""

from __future__ import annotations

import threading
import unittest

from _snifter.mutex import Mutex
from _snifter.native import Mutex as Native

from .server import PATIENCE


class MutexTest(unittest.TestCase):
    def test_who_was_left_with_it_takes_it_again_and_then_others_may(self):
        mutex = Mutex()
        mutex.__enter__()
        with mutex:
            self.assertTrue(mutex.locked())
        self.assertFalse(mutex.locked())
        _in_another_thread(mutex.__enter__)
        self.assertTrue(mutex.locked())

    def test_others_wait_for_who_has_it(self):
        mutex, order = Mutex(), []
        wants = threading.Event()

        def other():
            wants.set()
            with mutex:
                order.append("other")

        thread = threading.Thread(target=other)
        with mutex:
            thread.start()
            self.assertTrue(wants.wait(PATIENCE))
            order.append("first")
        thread.join(PATIENCE)
        self.assertEqual(order, ["first", "other"])

    def test_one_at_a_time(self):
        mutex, counts = Mutex(), [0]

        def count():
            for _ in range(1000):
                with mutex:
                    (before,) = counts
                    Native()  # a call, at which another thread may go on
                    counts[0] = before + 1

        threads = [threading.Thread(target=count) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
        self.assertEqual(counts, [4000])

    def test_what_was_released_in_its_place_is_free(self):
        # As is done in a process that was forked off.
        mutex = Mutex()
        with mutex:
            mutex.release()
            self.assertFalse(mutex.locked())
        with mutex:
            self.assertTrue(mutex.locked())

    def test_wherever_the_stack_ends(self):
        """With one as the bridge has it, whatever the interpreter does."""
        found = []
        thread = threading.Thread(target=lambda: found.append(_ends(Native())), daemon=True)
        thread.start()
        thread.join(PATIENCE)
        self.assertTrue(found and found[0], found)


def _ends(mutex):
    """How often the stack ended where the mutex was wanted, or held, or let go."""
    count = 0

    class Deeper:
        def __call__(self, depth):
            if depth:
                self(depth - 1)
            else:
                within()

    def within():
        with mutex:
            len(str(mutex))

    deeper, most, step = Deeper(), 0, 1 << 18
    while step:
        try:
            deeper(most + step)
            most += step
        except RecursionError:
            step >>= 1
    # How deep it goes changes as PyPy compiles it.
    for depth in 10 * [*range(max(most - 20, 0), most + 20)]:
        try:
            deeper(depth)
        except RecursionError:
            count += 1
        with mutex:
            pass
    return 0 if mutex.locked() else count


def _in_another_thread(function):
    thread = threading.Thread(target=function)
    thread.start()
    thread.join(PATIENCE)


if __name__ == "__main__":
    unittest.main()
