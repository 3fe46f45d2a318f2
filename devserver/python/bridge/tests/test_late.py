"""Requests whose outermost stage runs when the first place to stop is set."""

from __future__ import annotations

import os
import tempfile
import unittest

from _snifter.stages.events import CHUNK, EDITED, PAUSED, SPENT, START_RESPONSE, WRITE

from .stepping import PLAN, SteppingTest

GATED = dict(PLAN, module="gated_app", attr="gated")


class LateTest(SteppingTest):
    """The one stage that there is."""

    plan = GATED
    name = "gated"
    index = 1
    #: What it reads of wsgi.input.
    reads = ["input"]

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.gate = os.path.join(folder.name, "gate")
        os.mkfifo(self.gate)

    def waiting(self, kind):
        """A request that has come to where it waits."""
        number = self.ask("/", b"abc", QUERY_STRING=kind, HTTP_GATE=self.gate)
        self.until_waiting(number)
        return number

    def until_waiting(self, number, times=1):
        answers = self.server.answers
        self.server.nudge_until(
            lambda: number in answers and answers[number].texts.count(b"waits") == times
        )

    def place(self, *boundaries):
        """Set where requests stop, and wait until that is known."""
        taken = self.server.taken
        self.server.stops(*[f"{self.name}:{boundary}" for boundary in boundaries])
        self.server.nudge_until(lambda: self.server.taken > taken)

    def open(self):
        with open(self.gate, "wb"):
            pass

    def meanwhile(self, kind, *boundaries):
        """Where a request stops once it goes on that waits while the places are set."""
        self.place()
        self.waiting(kind)
        self.place(*boundaries)
        self.open()
        return self.server.halt()

    def by_a_nudge(self, told):
        """How many of these starts of a response a nudge had told of: one at most, the outermost's,
        if it came between the start and the first block."""
        return int(any(kind == START_RESPONSE and index == 1 for kind, index, *_ in told))

    def test_each_boundary_that_is_to_come(self):
        for kind, boundaries in (
            ("list", ["start_response", "exit", "chunk", "chunk"]),
            ("write", ["start_response", "write", "exit", "chunk", "chunk"]),
            ("read", [*self.reads, "start_response", "exit", "chunk", "chunk"]),
            ("stream", ["chunk", "close"]),
            ("generator", ["chunk", "close"]),
            ("starts-in-generator", ["start_response", "chunk", "chunk", "close"]),
            ("text-in-generator", ["chunk", "close"]),
            ("fails", ["exception"]),
            ("fails-after-start", ["start_response", "exception"]),
            ("fails-in-stream", ["exception", "close"]),
        ):
            for action in "continue", "step":
                with self.subTest(kind=kind, action=action):
                    stopped = self.meanwhile(kind, "*")
                    self.assertEqual(stopped.index, self.index)
                    places = [stopped.boundary]
                    self.server.resume(stopped, action)
                    further, answer = self.server.walk(stopped.number, action)
                    places += [boundary for index, boundary in further if index == self.index]
                    self.assertEqual(places, boundaries)
                    self.assertEqual(len(answer.of(PAUSED)), 1 + len(further))
                    failed = [e["type"] for e in answer.exceptions]
                    error = {"fails": "KeyError", "text": "TypeError"}.get(kind.partition("-")[0])
                    self.assertEqual(failed, [error] if error else [])
                    if error is None:
                        body = b"written onetwo" if kind == "write" else b"onetwo"
                        self.assertEqual((answer.status, answer.body), ("200 OK", body))

    def test_nothing_is_told_twice(self):
        stopped = self.meanwhile("write", "start_response")
        self.place()
        answer = self.go_on(stopped)
        # What the outermost gives is told by the response itself.
        inner = self.index > 1
        for kind, times in ((START_RESPONSE, inner), (CHUNK, 2 * inner), (PAUSED, 1)):
            told = [event for event in answer.of(kind) if event[1] == self.index]
            if kind == START_RESPONSE:
                told = told[self.by_a_nudge(told) :]
            self.assertEqual(len(told), times, answer.events)
        self.assertEqual(answer.blocks, [b"written ", b"one", b"two"])

    def test_nothing_is_told_twice_where_the_places_are_gone_again(self):
        start, write = (START_RESPONSE, 2), (WRITE, 2)
        for kind, told in ("list", [start]), ("write", [start, write]), ("stream", [start]):
            with self.subTest(kind):
                self.place("nothing")
                number = self.waiting(kind)
                self.place()
                self.open()
                events = self.server.end(number).each()
                found = [each[:2] for each in events if each[0] in (START_RESPONSE, WRITE)]
                outermost = [each for each in found if each[1] == 1]
                self.assertEqual(len(outermost), self.by_a_nudge(outermost))
                inner = [each for each in found if each[1] > 1]
                self.assertEqual(inner, told if self.plan["attr"] == "gated_within" else [])
        self.assertEqual(self.server.printed, b"")

    def test_what_is_changed_there(self):
        stopped = self.meanwhile("list", "start_response", "chunk")
        self.assertEqual((stopped.status, stopped.environ["QUERY_STRING"]), ("200 OK", "list"))
        stopped = self.do(stopped, "edit", status="202 Accepted", environ={"BY": "hand"})
        self.assertEqual(stopped.environ["BY"], "hand")
        stopped = self.do(stopped, "continue")
        stopped = self.do(stopped, "edit", block=b"eins")
        stopped = self.do(stopped, "continue")
        answer = self.go_on(stopped)
        self.assertEqual((answer.status, answer.body), ("202 Accepted", b"einstwo"))
        self.assertEqual(len(answer.of(EDITED)), 2)

    def test_a_block_of_a_body_that_runs(self):
        for kind in "stream", "generator":
            with self.subTest(kind):
                stopped = self.meanwhile(kind, "chunk")
                self.assertEqual(stopped.block, b"two")
                stopped = self.do(stopped, "edit", block=b"zwei")
                self.assertEqual(self.go_on(stopped).body, b"onezwei")

    def test_it_is_answered(self):
        for kind, boundary in (
            *[("read", boundary) for boundary in self.reads],
            ("list", "start_response"),
            ("list", "exit"),
            ("fails", "exception"),
            ("fails-after-start", "exception"),
        ):
            with self.subTest(kind=kind, boundary=boundary):
                stopped = self.meanwhile(kind, boundary)
                self.assertIn("respond", stopped.edits)
                self.server.stops()
                answer = self.go_on(stopped, "respond", status="418 Teapot", block=b"tea")
                self.assertEqual((answer.status, answer.body), ("418 Teapot", b"tea"))
                self.assertEqual([e for e in answer.exceptions if not e.get("handled")], [])

    def test_it_is_answered_where_it_stops_again(self):
        for kind, boundary, places in (
            ("list", "exit", ("start_response", "exit")),
            ("fails-after-start", "exception", ("start_response", "exception")),
        ):
            with self.subTest(kind):
                stopped = self.do(self.meanwhile(kind, *places), "continue")
                self.assertEqual(stopped.boundary, boundary)
                answer = self.go_on(stopped, "respond", status="418 Teapot", block=b"tea")
                self.assertEqual((answer.status, answer.body), ("418 Teapot", b"tea"))

    def test_what_is_found_is_no_other(self):
        answer = self.go_on(self.meanwhile("write", "start_response"))
        self.assertEqual([finding["rule"] for finding in answer.findings], ["write-used"])

    def test_no_time_is_told_twice(self):
        for kind in "list", "stream", "generator", "starts-in-generator":
            for meanwhile in ["nothing"], []:
                with self.subTest(kind=kind, meanwhile=meanwhile):
                    self.place("nothing")
                    number = self.waiting(kind)
                    self.place(*meanwhile)
                    self.open()
                    spent = self.server.end(number).of(SPENT)
                    total = [each[3] for each in spent if each[1] == 1]
                    self.assertEqual(total, [sum(each[4] for each in spent)], spent)

    def test_a_file_is_closed_once(self):
        """The places are gone as it is returned, and there again as it is sent."""
        for meanwhile in ["nothing"], []:
            with self.subTest(meanwhile=meanwhile):
                self.place(*meanwhile)
                number = self.waiting("file")
                self.place("*")
                self.place()
                self.open()
                self.until_waiting(number, 2)
                self.place("*")
                self.open()
                places, answer = self.server.walk(number, "continue")
                self.assertEqual(places.count((self.index, "close")), 1, places)
                self.assertEqual(answer.body, b"onetwo")

    def test_it_is_not_answered_in_a_body_that_runs(self):
        stopped = self.meanwhile("starts-in-generator", "start_response")
        self.assertNotIn("respond", stopped.edits)
        stopped = self.do(stopped, "respond", status="200 OK", block=b"")
        self.assertIn("no stage here that could answer", stopped.trouble)
        self.assertEqual(self.go_on(stopped).body, b"onetwo")

    def test_it_is_made_to_fail(self):
        for kind, boundary in (
            ("list", "start_response"),
            ("list", "exit"),
            ("list", "chunk"),
            ("stream", "chunk"),
            ("stream", "close"),
            ("fails", "exception"),
            ("fails-in-stream", "exception"),
        ):
            with self.subTest(kind=kind, boundary=boundary):
                stopped = self.meanwhile(kind, boundary)
                self.server.stops()
                answer = self.go_on(stopped, "raise", type="OSError", message="by hand")
                self.assertEqual([e["type"] for e in answer.exceptions][0], "OSError")

    def test_it_is_aborted(self):
        for kind in "list", "stream":
            with self.subTest(kind):
                answer = self.go_on(self.meanwhile(kind, "chunk"), "abort")
                self.assertNotIn(b"two", answer.body)
                self.assertEqual((answer.exceptions, answer.findings), ([], []))

    def test_one_that_stops_by_itself_stops_once(self):
        """The places are replaced while it runs, of which it knew some."""
        self.place("enter")
        self.ask("/", b"abc", QUERY_STRING="list", HTTP_GATE=self.gate)
        stopped = self.server.halt()
        self.assertEqual(stopped.boundary, "enter")
        self.server.resume(stopped)
        self.server.nudge_until(lambda: self.server.answers[stopped.number].texts)
        self.place("*")
        self.open()
        places, answer = self.server.walk(stopped.number, "continue")
        boundaries = ["start_response", "exit", "chunk", "chunk"]
        self.assertEqual(places, [(self.index, boundary) for boundary in boundaries])
        self.assertEqual(answer.body, b"onetwo")

    def test_the_places_are_gone_again(self):
        number = self.waiting("list")
        self.place("*")
        self.place()
        self.open()
        self.assertEqual(self.server.end(number).body, b"onetwo")


class AroundTest(LateTest):
    """The stage around the one that waits."""

    plan = dict(GATED, attr="gated_within")
    name = "Auth"
    reads: list[str] = []


class WithinTest(LateTest):
    """The one that waits, within another."""

    plan = dict(GATED, attr="gated_within")
    index = 2


if __name__ == "__main__":
    unittest.main()
