"""What is called as an application is, and only says yes or no, is no stage."""

from __future__ import annotations

import itertools
import os
import unittest
from types import SimpleNamespace
from unittest import mock

from _snifter.stages import loaded, tree
from _snifter.stages.checking import checks
from _snifter.stages.events import ENTER, ENVIRON_CHANGED, INPUT
from _snifter.stages.frameworks.layerhooks import LayerHook
from _snifter.stages.running.hooks import StageHook

from . import checks_app
from .stepping import Stepping


def last_names(rows):
    return [row["name"].rpartition(".")[2] for row in rows]


class ChecksTest(unittest.TestCase):
    def serve(self, attr):
        plan = {
            "kind": "module",
            "module": "checks_app",
            "attr": attr,
            "sys_path": [os.path.dirname(os.path.abspath(__file__))],
        }
        server = Stepping(plan)
        self.addCleanup(server.close)
        server.ready()
        self.numbers = itertools.count(1)
        return server

    def ask(self, server, path="/", body=b""):
        number = next(self.numbers)
        length = str(len(body)) if body else ""
        server.request(number, body, PATH_INFO=path, CONTENT_LENGTH=length)
        return server.end(number)

    def entered(self, server, answer):
        """The names of the stages within the outermost that were entered, by their index."""
        entered = [event for event in answer.each() if event[0] == ENTER and event[1] > 1]
        self.assertEqual([event[1] for event in entered], list(range(2, len(entered) + 2)))
        return [server.stages[event[4]][0].rpartition(".")[2] for event in entered]

    def test_they_are_not_told_of(self):
        server = self.serve("application")
        for _ in range(5):
            answer = self.ask(server)
            self.assertEqual(answer.body, b"a leaf")
            self.assertEqual(self.entered(server, answer), ["Site", "leaf"])
            self.assertEqual(answer.findings, [])
            changed = [
                (event[1], key) for event in answer.of(ENVIRON_CHANGED) for key in sorted(event[3])
            ]
            self.assertIn((1, "site.name"), changed)
            self.assertIn((1, "notes.seen"), changed)
        self.assertEqual(server.printed, b"")

    def test_nor_are_those_that_say_nothing(self):
        server = self.serve("counting")
        for _ in range(5):
            answer = self.ask(server)
            self.assertEqual(self.entered(server, answer), ["leaf"])
            changed = [(event[1], *event[3]) for event in answer.of(ENVIRON_CHANGED)]
            self.assertIn((1, "counts.seen"), changed)
            self.assertEqual(answer.findings, [])
        rows, _ = tree.find(checks_app.counting, ["/"])
        self.assertEqual(last_names(rows), ["Site", "leaf"])

    def test_a_layer_that_says_nothing_stays_one(self):
        layer = SimpleNamespace(environ=None, parent=self, lint=None, has_started=False)
        layer.hook = LayerHook("flask", "before_request")
        self.assertFalse(checks.is_one(layer, None))

    def test_nor_are_classes_that_never_look_at_start_response(self):
        """Though they are made with one, and can be iterated."""
        server = self.serve("remembering")
        for _ in range(5):
            self.assertEqual(self.entered(server, self.ask(server)), ["leaf"])
        for urls in [], ["/"]:
            rows, _ = tree.find(checks_app.remembering, urls)
            self.assertEqual(last_names(rows), ["Remembering", "leaf"])

    def test_what_they_do_is_the_doing_of_who_calls_them(self):
        server = self.serve("application")
        answer = self.ask(server, body=b"abcdef")
        reads = [(event[1], *event[3:]) for event in answer.of(INPUT)]
        self.assertEqual(reads, [(1, 1, 3, 0), (2, 1, 3, 0)])

    def test_they_may_be_called_often(self):
        server = self.serve("asks_often")
        self.assertEqual(self.entered(server, self.ask(server)), ["leaf"])

    def test_one_that_answers_is_a_stage(self):
        server = self.serve("refusing")
        self.assertEqual(self.entered(server, self.ask(server)), ["Refuses", "leaf"])
        server = self.serve("refused")
        answer = self.ask(server, "/refused")
        self.assertEqual(self.entered(server, answer), ["Refuses"])
        self.assertEqual(answer.blamed, [(2, "not-iterable")])
        server = self.serve("at_times")
        self.assertEqual(self.entered(server, self.ask(server)), ["leaf"])
        self.assertEqual(self.entered(server, self.ask(server, "/body")), ["Sometimes", "leaf"])
        self.assertEqual(self.entered(server, self.ask(server)), ["leaf"])

    def test_a_guard_that_lets_a_request_pass_is_not_blamed(self):
        for attr, names in ("guarded", ["Guarded", "guard", "leaf"]), ("guarded_itself", ["guard"]):
            server = self.serve(attr)
            for _ in range(4):
                answer = self.ask(server)
                self.assertEqual((answer.status, answer.findings), ("200 OK", []))
                self.assertEqual(self.entered(server, answer), names)
            answer = self.ask(server, "/refused")
            self.assertEqual((answer.status, answer.findings), ("403 Forbidden", []))

    def test_one_that_should_have_answered_is(self):
        server = self.serve("guarded_itself")
        self.assertEqual(self.ask(server, "/fails").blamed, [(2, "not-iterable")])
        server = self.serve("guarded")
        self.assertEqual(self.ask(server, "/fails").blamed, [(3, "not-iterable")])
        server = self.serve("guard_alone")
        self.assertEqual(self.ask(server).blamed, [(2, "not-iterable")])

    def test_who_returns_what_they_say_is_to_blame(self):
        for attr in "mistaken", "fails":
            server = self.serve(attr)
            answer = self.ask(server)
            self.assertEqual(answer.blamed, [(1, "not-iterable")])

    def test_nor_are_a_librarys_steps(self):
        """What they return is no body, and nobody iterates it as one."""
        for path in "/", "/refused":
            server = self.serve("polls")
            for _ in range(4):
                answer = self.ask(server, path, b"abc")
                self.assertEqual(answer.body, b"1 packets")
                self.assertEqual((self.entered(server, answer), answer.findings), ([], []))
            self.assertEqual(server.printed, b"")
            rows, _ = tree.find(checks_app.polls, [path])
            self.assertEqual(last_names(rows), ["polls"])

    def test_nor_is_what_a_library_has_answer_an_application_and_sends_that_itself(self):
        server = self.serve("responds")
        for _ in range(4):
            answer = self.ask(server)
            self.assertEqual((answer.status, answer.body), ("200 OK", b"a leaf"))
            self.assertEqual(self.entered(server, answer), ["Site", "leaf"])
            self.assertEqual(answer.findings, [])
        rows, _ = tree.find(checks_app.responds, ["/"])
        self.assertEqual(last_names(rows), ["responds", "Site", "leaf"])

    def test_one_of_the_users_own_that_forgets_to_return_is_a_stage(self):
        server = self.serve("forgot")
        answer = self.ask(server)
        self.assertEqual(self.entered(server, answer), ["wsgi", "leaf"])
        self.assertEqual(answer.blamed, [(2, "not-iterable")])

    def test_a_step_reads_and_changes_for_who_calls_it(self):
        answer = self.ask(self.serve("polls"), body=b"abc")
        self.assertEqual([event[1] for event in answer.of(INPUT)], [1])
        changed = [(event[1], *event[3]) for event in answer.of(ENVIRON_CHANGED)]
        self.assertIn((1, "poll.waited"), changed)

    def test_those_that_are_made_anew_are_looked_for_once(self):
        """All that is loaded is gone through for that."""

        def step(environ, start_response):
            return {}

        hook = StageHook(step.__code__, "step", "library")
        with mock.patch.object(loaded, "functions_and_classes", return_value=([], [])) as look:
            for _ in range(3):
                checks._forget(hook)
        self.assertEqual(look.call_count, 1)

    def test_one_that_forgets_to_start_or_to_encode_is_a_stage(self):
        for attr, rule in (
            ("forgets", "start-response-not-called"),
            ("forgets_to_encode", "block-not-bytes"),
        ):
            self.assertIn((2, rule), self.ask(self.serve(attr)).blamed)

    def test_one_that_a_request_stops_at_is_a_stage(self):
        server = self.serve("application")
        server.stops("Allows:enter")
        number = next(self.numbers)
        server.request(number)
        places = []
        for _ in range(2):
            stopped = server.halt()
            places.append((stopped.index, stopped.boundary))
            server.resume(stopped)
        answer = server.end(number)
        self.assertEqual(places, [(2, "enter"), (3, "enter")])
        self.assertEqual(self.entered(server, answer), ["Allows", "Allows", "Site", "leaf"])

    def test_they_are_not_in_the_tree_once_called(self):
        rows, _ = tree.find(checks_app.application, ["/"])
        self.assertEqual(last_names(rows), ["Site", "Site", "leaf"])
        self.assertEqual([row["within"] for row in rows], [0, 1, 2])
        rows, _ = tree.find(checks_app.at_times, ["/", "/body"])
        self.assertEqual(last_names(rows), ["Site", "leaf", "Sometimes"])
        rows, _ = tree.find(checks_app.mistaken, ["/"])
        self.assertEqual(last_names(rows), ["Mistaken", "leaf"])


if __name__ == "__main__":
    unittest.main()
