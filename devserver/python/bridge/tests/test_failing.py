"""What fails in what records a request fails no request, and is reported once."""

from __future__ import annotations

import os
import re
import unittest

from .stepping import Stepping

#: Requests that come to most of what tells of them.
TOLD = (
    "/list",
    "/generator",
    "/iterator",
    "/write_and_more",
    "/reads",
    "/page",
    "/file",
    "/fails_midway",
    "/fails_in_close",
    "/starts_again",
    "/text",
)
#: The first has modules be looked at, and the next ones be learned from.
SEARCHED = ("/searched", "/odd", "/odd", "/odd")

#: One gives back what it is given, one counts, and each has another one do the rest; one the
#: application calls itself.
UNGUARDED = ("recorder.Recorder.told", "learn.Learner._trace", "lessons.Lessons.__init__")

#: At least these are come to.
REPORTED = {
    *("enter", "start_response", "write", "exit", "chunk", "close", "exception"),
    "the search for stages",
}


class Asking(unittest.TestCase):
    attr = ""

    def setUp(self):
        here = os.path.dirname(os.path.abspath(__file__))
        plan = {"kind": "module", "module": "failing_app", "attr": self.attr}
        self.server = Stepping(dict(plan, sys_path=[here]))
        self.server.ready()
        self.number = 0

    def ask(self, path, query=""):
        self.number += 1
        changes = {"PATH_INFO": path, "QUERY_STRING": query, "CONTENT_LENGTH": "4"}
        self.server.request(self.number, b"body", **changes)
        answer = self.server.end(self.number)
        failures = [
            (e["where"], e["type"], e["message"], [frame["function"] for frame in e["frames"]])
            for e in answer.exceptions
        ]
        return answer.status, answer.headers, answer.body, answer.broken, failures


class FailingTest(Asking):
    attr = "application"

    def test_every_function(self):
        try:
            plain = {path: self.ask(path) for path in TOLD + SEARCHED}
            for name in self.ask("/names")[2].decode().split():
                if name in UNGUARDED:
                    continue
                with self.subTest(name):
                    self.ask("/fail", name)
                    searches = name.startswith(("learn.", "lessons.", "owned.", "scan."))
                    for path in 2 * (SEARCHED if searches else TOLD):
                        self.assertEqual(self.ask(path), plain[path], path)
            self.ask("/mend")
        finally:
            texts = self.server.close()[1] + self.server.printed.decode()
        lines = [line for line in texts.splitlines() if line.startswith("snifter: ")]
        self.assertEqual(len(lines), len(set(lines)), lines)
        told = [re.fullmatch(r"snifter: tracing failed in (.*): Broken_.*: .*", f) for f in lines]
        self.assertLessEqual(REPORTED, {m[1].rpartition(".")[2] if m else "" for m in told}, lines)


class EndlessTest(Asking):
    """A stage that calls itself takes all the room that there is for calls."""

    attr = "endless"

    def test_it_fails_by_itself_alone(self):
        try:
            plain = self.ask("/list")
            for _ in range(3):
                *_, failures = self.ask("/page")
                self.assertEqual([kind for _, kind, *_ in failures], ["RecursionError"])
                self.assertEqual(self.ask("/list"), plain)
        finally:
            self.server.close()


if __name__ == "__main__":
    unittest.main()
