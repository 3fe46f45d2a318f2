"""Which requests are learned from: those that come to where none did before."""

from __future__ import annotations

import os
import unittest
from ast import literal_eval

from _snifter.stages.events import ENTER
from _snifter.stages.finding import lessons

from . import tracing
from .stepping import Stepping


def watched(given, method, path, host="localhost"):
    """How many calls are looked at in a request, as the exchange asks."""
    environ = tracing.environ(REQUEST_METHOD=method, PATH_INFO=path, HTTP_HOST=host)
    return 0 if lessons.key(environ) in given.known else given.calls(environ)


class CountingTest(unittest.TestCase):
    def setUp(self):
        self.lessons = lessons.Lessons()
        self.assertEqual(self.count("/first", times=1), 0)

    def count(self, path, method="GET", host="localhost", times=5):
        return sum(watched(self.lessons, method, path, host) > 0 for _ in range(times))

    def test_the_first_look_at_more(self):
        seen = [watched(self.lessons, "GET", path) for path in ("/", "/", "/", "/a", "/a", "/a")]
        self.assertEqual(seen, [50_000, 50_000, 0, 3_000, 3_000, 0])

    def test_each_place_twice(self):
        self.assertEqual(self.count("/first"), 2)
        self.assertEqual(self.count("/items/1", times=1), 1)
        self.assertEqual(self.count("/items/23"), 1)
        self.assertEqual(self.count("/items/4"), 0)
        self.assertEqual(self.count("/items/4", "POST"), 2)
        self.assertEqual(self.count("/items/4", host="other"), 2)

    def test_an_environ_without_a_host(self):
        environ = tracing.environ(PATH_INFO="")
        self.assertEqual([self.lessons.calls(environ) > 0 for _ in range(3)], [True, True, False])
        self.assertIn(lessons.key(environ), self.lessons.known)

    def test_so_many_beneath_a_segment(self):
        pages = ["/wiki/" + name for name in "abcdefghijklmn"]
        self.assertEqual(sum(map(self.count, pages)), lessons._A_SEGMENT)
        self.assertEqual(self.count("/other"), 2)

    def test_so_many_in_all(self):
        names = [chr(97 + number % 26) * (1 + number // 26) for number in range(70)]
        self.assertEqual(sum(self.count("/" + name) for name in names), lessons._IN_ALL)
        self.assertTrue(self.lessons.are_over)

    def test_what_is_known_is_bounded(self):
        self.count("/items/0")
        for number in range(lessons._MOST_KNOWN + 10):
            self.assertEqual(self.count(f"/items/{number}", times=1), 0)
        self.assertLessEqual(len(self.lessons.known), lessons._MOST_KNOWN)


class Served(unittest.TestCase):
    """An application of a module, by name."""

    app = ""

    def setUp(self):
        here = os.path.dirname(os.path.abspath(__file__))
        plan = {"kind": "module", "module": self.app, "attr": "application"}
        self.server = Stepping(dict(plan, sys_path=[here]), threads=1)
        self.addCleanup(self.server.close)
        self.server.ready()
        self.number = 0

    def ask(self, path, **changes):
        """What a request is answered, and the inner stages that it went through."""
        self.number += 1
        self.server.request(self.number, PATH_INFO=path, **changes)
        answer = self.server.end(self.number)
        self.assertEqual((answer.status, answer.exceptions), ("200 OK", []))
        names = [self.server.stages[event[4]][0] for event in answer.of(ENTER) if event[1] > 1]
        return answer.body, [name.partition(".")[2] for name in names]


class LateRoutesTest(Served):
    app = "late_routes_app"

    def test_by_a_later_route(self):
        """What is first run by a later request is learned from that."""
        for number in range(5):
            self.assertEqual(self.ask(f"/{number}"), (b"index", []))
        for path, body, names in (
            ("/admin", b"hidden 1", ["around", "hidden"]),
            ("/found", b"hidden 4", ["finds", "passes", "hidden"]),
            ("/lazy", b"made 2", ["Lazy", "hidden_until_made.<locals>.made"]),
        ):
            self.assertEqual(self.ask(path)[0], body)
            for _ in range(3):
                self.assertEqual(self.ask(path), (body, names))

    def test_by_another_host(self):
        for _ in range(5):
            self.ask("/", HTTP_HOST="one")
        self.ask("/", HTTP_HOST="other")
        self.assertEqual(self.ask("/", HTTP_HOST="other"), (b"hidden 1", ["around", "hidden"]))

    def test_what_can_not_be_hooked_is_told_once(self):
        answers = [self.ask(f"/made/{number}") for number in range(4)]
        self.assertEqual(answers[2:], [(b"hidden 3", ["makes", "hidden"])] * 2)
        lines = self.server.close()[1].splitlines()
        self.assertEqual([line.split(" is made")[0] for line in lines], ["snifter: made (text:1)"])

    def test_the_stack_is_the_same_while_a_request_is_watched(self):
        self.ask("/")
        told = [literal_eval(self.ask("/stack")[0].decode()) for _ in range(4)]
        self.assertEqual([watched for watched, _ in told], [True, True, False, False])
        self.assertEqual([names for _, names in told], [told[-1][1]] * 4)

    def test_a_debugger_that_is_started_meanwhile_goes_on(self):
        for _ in range(2):
            self.ask("/")
        self.assertEqual(self.ask("/tracing")[0], b"hidden 9")
        self.assertEqual(self.ask("/traced")[0], b"([True], True)")


class PoolsTest(Served):
    """What is given to threads that began before."""

    app = "pools_app"

    def test_what_is_done_there(self):
        self.ask("/submitted")
        for path, body, names in (
            ("/submitted", b"submitted 1", ["submits", "one"]),
            ("/mapped", b"mapped 2", ["maps", "two"]),
            ("/nested", b"nested 3", ["nests", "passes", "three"]),
            ("/awaited", b"awaited 4", ["awaits", "four"]),
            ("/cancelled", b"cancelled 5", ["cancels", "five"]),
        ):
            with self.subTest(path):
                self.assertEqual([self.ask(path)[0] for _ in range(2)], [body] * 2)
                self.assertEqual([self.ask(path) for _ in range(2)], [(body, names)] * 2)
        self.assertEqual(self.server.close()[1], "")

    def test_only_that_is_watched_and_the_stack_is_the_same(self):
        self.ask("/submitted")
        told = [literal_eval(self.ask("/states")[0].decode()) for _ in range(4)]
        watched = [(given[0], unwatched[0]) for given, unwatched in told]
        self.assertEqual(watched, [(True, False)] * 2 + [(False, False)] * 2)
        names = told[-1][1][1]
        self.assertEqual(names[0], "state")
        self.assertEqual([each[1] for both in told for each in both], [names] * 8)


class LookalikesTest(Served):
    app = "lookalikes_app"

    def test_every_one(self):
        """None is taken for a stage. What they are given to call is not the request's."""
        found = [self.ask("/") for _ in range(5)]
        self.assertEqual(found[2:], [(b"answered", ["answers"])] * 3)
        for _, names in found:
            self.assertLessEqual(set(names), {"answers"})


if __name__ == "__main__":
    unittest.main()
