"""Requests that are stopped, and those that go on meanwhile."""

from __future__ import annotations

import unittest

from _snifter import frames

from .server import PATIENCE
from .stepping import SteppingTest


class ManyTest(SteppingTest):
    threads = 2

    def twenty(self):
        for _ in range(20):
            self.assertEqual(self.server.end(self.ask("/list")).body, b"ONETWO")
        numbers = [self.ask("/list") for _ in range(20)]
        for number in numbers:
            self.assertEqual(self.server.end(number).body, b"ONETWO")

    def test_others_go_on(self):
        stopped = []
        for count in (1, 2, 3):
            self.server.stops("at_environ:enter")
            self.ask("/environ")
            stopped.append(self.server.halt())
            with self.subTest(count=count):
                self.twenty()
        for each in stopped:
            self.assertIn(b"AUTH.USER", self.go_on(each).body)
        self.twenty()

    def test_fifty(self):
        self.server.stops("at_environ:enter")
        numbers = [self.ask("/environ") for _ in range(50)]
        stopped = [self.server.halt() for _ in numbers]
        self.assertEqual(sorted(each.number for each in stopped), numbers)
        self.twenty()
        for each in stopped:
            self.server.resume(each)
        for number in numbers:
            self.server.end(number)
        self.twenty()
        # Threads that are too many are used again, and there is no other slot than before.
        before = int(self.server.end(self.ask("/threads")).body)
        numbers = [self.ask("/environ") for _ in range(50)]
        for each in [self.server.halt() for _ in numbers]:
            self.server.resume(each)
        for number in numbers:
            self.server.end(number)
        self.assertLessEqual(int(self.server.end(self.ask("/threads")).body), before + 2)

    def test_as_many_run_at_once_as_before(self):
        stopped = self.stop("/environ", "at_environ:enter")
        self.go_on(stopped)
        waiting = [self.ask("/waits") for _ in range(2)]
        opens = self.ask("/opens")
        self.server.nudge_until_begun(waiting)
        self.server.nudge.sendall(b"\1" * 4)
        # Both slots are taken: what would open the gate does not run.
        self.server.sock.settimeout(0.1)
        with self.assertRaises(OSError):
            self.server.end(opens)
        self.server.sock.settimeout(PATIENCE)
        for number in waiting:
            self.server.send(frames.GONE, number)

    def test_all_threads_hang_and_one_is_freed(self):
        stopped = self.stop("/opens", "at_opens:enter")
        waiting = [self.ask("/waits") for _ in range(2)]
        self.server.nudge_until_begun(waiting)
        self.server.resume(stopped)
        self.server.nudge_until_begun([stopped.number])
        self.assertEqual(self.server.end(stopped.number).body, b"OPENED")
        for number in waiting:
            self.assertEqual(self.server.end(number).body, b"it waits; WAITED")


class LearningTest(SteppingTest):
    def test_threads_that_are_started_meanwhile_are_not_watched(self):
        # The first requests are watched for stages that no name gives away.
        self.server.stops("at_trace:enter")
        stopped = []
        for _ in range(5):
            self.ask("/trace")
            stopped.append(self.server.halt())
        self.server.stops()
        for _ in range(3):
            self.assertEqual(self.server.end(self.ask("/trace")).body, b"NONE")
        for each in stopped:
            self.go_on(each)
        for _ in range(3):
            self.assertEqual(self.server.end(self.ask("/trace")).body, b"NONE")


class OneThreadTest(SteppingTest):
    threads = 1

    def test_others_go_on(self):
        stopped = [self.stop("/environ", "at_environ:enter")]
        self.ask("/environ")
        stopped.append(self.server.halt())
        for _ in range(20):
            self.assertEqual(self.server.end(self.ask("/list")).body, b"ONETWO")
        for each in stopped:
            self.assertIn(b"AUTH.USER", self.go_on(each).body)
        self.assertEqual(self.server.end(self.ask("/list")).body, b"ONETWO")

    def judge(self):
        """A request that is being judged, and another one that has come meanwhile."""
        self.ask("/environ")
        stopped = self.server.halt()
        other = self.ask("/list")
        self.server.nudge.sendall(b"\1" * 4)
        self.server.sock.settimeout(0.1)
        with self.assertRaises(OSError):  # it does not run
            self.server.end(other)
        self.server.sock.settimeout(PATIENCE)
        return stopped, other

    def test_one_that_is_judged_lets_no_other_run_until_it_stays(self):
        self.server.stops(judged=["at_environ:enter"])
        stopped, other = self.judge()
        self.server.send(frames.STAY, stopped.number)
        self.assertEqual(self.server.end(other).body, b"ONETWO")
        self.assertIn(b"AUTH.USER", self.go_on(stopped).body)

    def test_one_that_is_not_meant_runs_alone(self):
        self.server.stops(judged=["at_environ:enter"])
        for _ in range(3):
            stopped, other = self.judge()
            self.server.resume(stopped, "pass")
            self.server.end(stopped.number)
            self.server.end(other)
            self.assertLess(self.server.ended.index(stopped.number), self.server.ended.index(other))

    def test_one_that_is_judged_may_be_left_alone(self):
        self.server.stops(judged=["at_environ:enter"])
        stopped, other = self.judge()
        self.server.send(frames.GONE, stopped.number)
        self.assertEqual(self.server.end(other).body, b"ONETWO")

    def test_a_place_that_is_not_judged_counts(self):
        self.server.stops("at_environ:enter", judged=["at_environ:*"])
        self.ask("/environ")
        stopped = self.server.halt()
        self.assertEqual(self.server.end(self.ask("/list")).body, b"ONETWO")
        self.server.stops()
        self.assertIn(b"AUTH.USER", self.go_on(stopped).body)


if __name__ == "__main__":
    unittest.main()
