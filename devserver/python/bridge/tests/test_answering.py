"""Requests that are answered, or made to fail, by hand."""

from __future__ import annotations

import unittest

from _snifter.stages.events import EDITED, ENVIRON_CHANGED

from .stepping import AUTH, INNER, TAG, UPPER, VIEW, SteppingTest


class AnsweringTest(SteppingTest):
    def respond(self, stopped):
        return self.go_on(
            stopped, "respond", status="418 Teapot", headers=[["X-Hand", "made"]], block=b"tea"
        )

    def test_at_each_stage(self):
        for pattern, index, headers, body in (
            ("Auth", AUTH, [("X-Hand", "made")], b"tea"),
            ("tagging", TAG, [("X-Hand", "made")], b"tea"),
            ("Upper", UPPER, [("X-Hand", "made"), ("X-Tag", "1")], b"tea"),
            ("view", VIEW, [("X-Hand", "made"), ("X-Tag", "1")], b"TEA"),
        ):
            for boundary in ("enter", "start_response", "exit"):
                with self.subTest(pattern=pattern, boundary=boundary):
                    stopped = self.stop("/stream", f"{pattern}:{boundary}")
                    self.assertEqual(stopped.index, index)
                    answer = self.respond(stopped)
                    self.assertEqual(
                        (answer.status, answer.headers, answer.body), ("418 Teapot", headers, body)
                    )
                    self.assertEqual(answer.exceptions, [])
                    self.assertFalse(answer.broken)
                    [edited] = answer.of(EDITED)
                    self.assertEqual(edited[1], index)
                    self.assertTrue(edited[4]["respond"])
                    passes = max(event[1] for event in answer.events)
                    if boundary == "enter":
                        self.assertEqual(passes, index)  # those within never ran
                    want = []
                    if pattern == "view" and boundary == "exit":
                        want = ["stream", "upper"]
                    elif boundary == "exit":
                        want = ["upper", "stream"]
                    elif pattern == "view":
                        want = ["upper"]
                    self.assertEqual(self.closed(), repr(want))

    def test_what_a_stage_does_as_it_is_left_is_its_own(self):
        answer = self.respond(self.stop("/leaving", "at_leaving:start_response"))
        [by] = [e[1] for e in answer.of(ENVIRON_CHANGED) if "view.left" in e[3]]
        self.assertEqual(by, INNER)

    def test_what_is_told_after(self):
        for at in ("Auth:enter", "Auth:start_response", "Auth:exit", "tagging:start_response"):
            with self.subTest(at=at):
                stopped = self.stop("/stream", at)
                self.server.stops("Auth:chunk")
                stopped = self.do(
                    stopped,
                    "respond",
                    status="418 Teapot",
                    headers=[["X-Hand", "made"]],
                    block=b"tea",
                )
                self.assertEqual(stopped.boundary, "chunk")
                self.assertEqual(
                    (stopped.status, stopped.headers), ("418 Teapot", [("X-Hand", "made")])
                )
                self.go_on(stopped)

    def test_at_input(self):
        answer = self.respond(self.stop("/read", "at_read:input", body=b"abc"))
        self.assertEqual((answer.status, answer.body), ("418 Teapot", b"TEA"))
        self.assertEqual(answer.exceptions, [])

    def test_instead_of_an_exception(self):
        for path in ("/fails", "/fails-late", "/fails-after-start"):
            for pattern in ("at_*", "view", "Auth"):
                with self.subTest(path=path, pattern=pattern):
                    stopped = self.stop(path, pattern + ":exception")
                    self.assertEqual(stopped.exception["type"], "KeyError")
                    self.assertIn("respond", stopped.edits)
                    self.server.stops()
                    answer = self.respond(stopped)
                    self.assertEqual((answer.status, answer.body.lower()), ("418 Teapot", b"tea"))
                    self.assertFalse(answer.broken)
                    self.assertEqual([e for e in answer.exceptions if not e.get("handled")], [])

    def test_within_a_generator(self):
        answer = self.respond(self.stop("/generator", "at_generator:start_response"))
        self.assertEqual((answer.status, answer.body), ("418 Teapot", b"TEA"))
        self.assertEqual(self.closed(), "['generator', 'upper']")

    def test_where_the_application_catches_everything(self):
        answer = self.respond(self.stop("/catches", "at_catches:start_response"))
        self.assertEqual((answer.status, answer.body), ("418 Teapot", b"TEA"))
        self.assertEqual(self.closed(), "['caught', 'upper']")

    def test_an_application_class(self):
        for boundary in ("enter", "start_response", "exit"):
            with self.subTest(boundary):
                answer = self.respond(self.stop("/page", "Page:" + boundary))
                self.assertEqual((answer.status, answer.body), ("418 Teapot", b"TEA"))
                self.assertEqual(answer.exceptions, [])
                self.closed()

    def test_not_once_the_head_is_sent(self):
        stopped = self.stop("/write", "at_write:exit")
        self.assertNotIn("respond", stopped.edits)
        stopped = self.do(stopped, "respond", status="200 OK")
        self.assertIn("sent already", stopped.trouble)
        self.assertEqual(self.go_on(stopped).body, b"writtenLISTED")


class RaisingTest(SteppingTest):
    def test_at_every_boundary(self):
        for path, boundary, where in (
            ("/list", "enter", "call"),
            ("/read", "input", "call"),
            ("/list", "start_response", "call"),
            ("/list", "exit", "call"),
            ("/list", "chunk", "call"),
            ("/stream", "exit", "call"),
            ("/stream", "chunk", "iterate"),
            ("/stream", "close", "close"),
            ("/generator", "start_response", "iterate"),
            ("/generator", "chunk", "iterate"),
            ("/write", "write", "call"),
            ("/fails", "exception", "call"),
            ("/page", "enter", "call"),
            ("/page", "start_response", "iterate"),
        ):
            pattern = "Page" if path == "/page" else "at_*"
            with self.subTest(path=path, boundary=boundary):
                stopped = self.stop(path, f"{pattern}:{boundary}", body=b"abc")
                self.server.stops()
                answer = self.go_on(stopped, "raise", type="ValueError", message="by hand")
                [error] = answer.exceptions
                self.assertEqual((error["type"], error["message"]), ("ValueError", "by hand"))
                self.assertEqual(error["where"], where)
                for frame in error["frames"]:
                    self.assertNotIn("_snifter", frame["file"])
                    self.assertNotEqual(frame["file"], "<snifter>")
                self.assertNotIn("_snifter", error["text"])
                self.assertEqual(answer.of(EDITED)[0][4], {"raise": "ValueError: by hand"})

    def test_a_type_of_the_application(self):
        stopped = self.stop("/list", "view:enter")
        answer = self.go_on(stopped, "raise", type="stepping_app.NotFound")
        self.assertEqual(answer.exceptions[0]["type"], "stepping_app.NotFound")

    def test_in_the_lines_of_the_application(self):
        stopped = self.stop("/read", "at_read:input", body=b"abc")
        answer = self.go_on(stopped, "raise", type="OSError", message="broken")
        self.assertEqual(answer.exceptions[0]["frames"][-1]["function"], "at_read")


if __name__ == "__main__":
    unittest.main()
