"""Environs that are no plain dict (PEP 3333, "environ Variables"), which a middleware passes on."""

from __future__ import annotations

import unittest

from _snifter.stages.events import ENTER, ENVIRON_CHANGED

from . import emulated_app
from .stepping import PLAN, SteppingTest


class EmulatedTest(SteppingTest):
    plan = dict(PLAN, module="emulated_app")

    def test_the_stages_within_are_recorded(self):
        """And who passed it on is told of, once."""
        for kind, make in emulated_app.KINDS.items():
            with self.subTest(kind):
                answer = self.server.end(self.ask("/" + kind))
                path = b"/" + kind.encode()
                self.assertEqual(answer.body, b"got " + path if kind == "logged" else path)
                self.entered_all(answer)
                message = f"the environ is a {type(make({})).__name__}, not a plain dict"
                told = [(each["rule"], each["message"]) for each in answer.findings]
                self.assertEqual(told, [("environ-not-dict", message)])
        self.assertNotIn(b"tracing failed", self.server.printed)

    def entered_all(self, answer):
        stages = [self.server.stages[event[4]][0] for event in answer.of(ENTER)]
        names = [name.partition(".")[2] for name in stages]
        self.assertEqual(names, ["Emulates", "passing.<locals>.passes", "view"])

    def test_those_within_one_that_lacks_what_an_environ_is_known_by_too(self):
        answer = self.server.end(self.ask("/lacking"))
        self.assertEqual(answer.body, b"/lacking")
        self.entered_all(answer)
        self.assertEqual(
            [each["message"] for each in answer.findings],
            [f"{key} was removed from the environ" for key in emulated_app.MARKS],
        )

    def test_what_is_changed_in_a_class_made_of_dict(self):
        answer = self.server.end(self.ask("/logged"))
        changes = [event[1:2] + event[3:6] for event in answer.of(ENVIRON_CHANGED)]
        self.assertEqual(changes, [(4, {"app.view": "set 1"}, {}, [])])

    def test_a_file_is_the_servers(self):
        with open(emulated_app.__file__, "rb") as f:
            text = f.read()
        for kind in emulated_app.KINDS.keys() - {"logged"}:
            answer = self.server.end(self.ask("/file", QUERY_STRING=kind))
            self.assertEqual(answer.body, text, kind)

    def test_where_a_request_stops(self):
        for kind, has_environ in (("chain", False), ("closed", True)):
            stopped = self.stop("/" + kind, "view:enter")
            self.assertEqual("PATH_INFO" in stopped.environ, has_environ)
            stopped = self.do(stopped, "edit", environ={"PATH_INFO": "/edited"})
            self.assertEqual(stopped.trouble, "" if has_environ else "there is no environ here")
            path = "/edited" if has_environ else "/" + kind
            self.assertEqual(self.go_on(stopped).body, path.encode())


if __name__ == "__main__":
    unittest.main()
