"""Requests that stop at the boundaries of stages, in a worker that is spoken to by the protocol."""

from __future__ import annotations

import time
import unittest
from marshal import dumps, loads

from _snifter import frames
from _snifter.stages.events import EDITED, ENVIRON_CHANGED, PAUSED, SPENT, START_RESPONSE, WRITE

from .server import PATIENCE
from .stepping import AUTH, INNER, TAG, UPPER, VIEW, SteppingTest


class KnownTest(SteppingTest):
    def test_stages_are_named_before_a_request(self):
        self.server.stops("view:enter")
        frame = self.server.frame_with_stage()
        while frame[0] != frames.TAKEN:
            self.assertEqual(frame[0], frames.STAGE_NAMED)
            self.server._name(frame[-1])
            frame = self.server.frame_with_stage()
        known = {name for name, *_ in self.server.stages.values()}
        self.assertLessEqual({"stepping_app.Auth", "stepping_app.view"}, known)


class BoundariesTest(SteppingTest):
    def walk(self, path, body=b"", action="step"):
        self.server.stops("Auth:enter")
        number = self.ask(path, body)
        return self.server.walk(number, action)

    def test_every_boundary_of_a_list(self):
        places, answer = self.walk("/list")
        self.assertEqual(
            places,
            [
                (AUTH, "enter"),
                (TAG, "enter"),
                (UPPER, "enter"),
                (VIEW, "enter"),
                (INNER, "enter"),
                (INNER, "start_response"),
                (VIEW, "start_response"),
                (UPPER, "start_response"),
                (TAG, "start_response"),
                (AUTH, "start_response"),
                (INNER, "exit"),
                (INNER, "chunk"),
                (INNER, "chunk"),
                (VIEW, "exit"),
                (VIEW, "chunk"),
                (VIEW, "chunk"),
                (UPPER, "exit"),
                (TAG, "exit"),
                (AUTH, "exit"),
                (UPPER, "chunk"),
                (TAG, "chunk"),
                (AUTH, "chunk"),
                (UPPER, "chunk"),
                (TAG, "chunk"),
                (AUTH, "chunk"),
                (AUTH, "close"),
                (TAG, "close"),
                (UPPER, "close"),
            ],
        )
        self.assertEqual(answer.body, b"ONETWO")
        self.assertEqual(len(answer.of(17)), len(places))

    def test_the_state(self):
        stopped = self.stop("/list", "view:exit")
        self.assertEqual(stopped.stops, [1])
        self.assertEqual(stopped.environ["auth.user"], "ann")
        self.assertEqual(stopped.environ["wsgi.version"], (1, 0))
        self.assertEqual(stopped.objects["wsgi.input"], "<wsgi.input>")
        self.assertEqual(
            (stopped.status, stopped.headers),
            ("200 OK", [("Content-Type", "text/plain"), ("X-Tag", "1")]),
        )
        self.assertEqual((stopped.result, stopped.block, stopped.exception), ("list", None, None))
        self.go_on(stopped)
        stopped = self.stop("/list", "view:enter")
        self.assertEqual((stopped.status, stopped.headers, stopped.result), ("", [], ""))
        self.go_on(stopped)


class EditingTest(SteppingTest):
    def test_environ_at_enter(self):
        stopped = self.stop("/environ", "view:enter")
        again = self.do(
            stopped,
            "edit",
            environ={"auth.user": "bob", "NEW": "1", "wsgi.run_once": "True"},
            unset=["SERVER_NAME"],
        )
        self.assertEqual(again.trouble, "")
        self.assertEqual((again.environ["auth.user"], again.environ["NEW"]), ("bob", "1"))
        self.assertIs(again.environ["wsgi.run_once"], True)
        self.assertNotIn("SERVER_NAME", again.environ)
        answer = self.go_on(again)
        self.assertIn(b"('AUTH.USER', 'BOB')", answer.body)
        self.assertIn(b"('NEW', '1')", answer.body)
        self.assertNotIn(b"SERVER_NAME", answer.body)
        [edited] = answer.of(EDITED)
        self.assertEqual(edited[1], VIEW)
        values, objects, removed = edited[4]["environ"]
        self.assertEqual(
            loads(values), {"auth.user": "bob", "NEW": "1", "wsgi.run_once": True}
        )
        self.assertEqual((objects, removed), ({}, ["SERVER_NAME"]))
        # Nobody else is to blame for it.
        for changed in answer.of(ENVIRON_CHANGED):
            self.assertNotIn("NEW", changed[3])
            self.assertEqual(changed[5], [])

    def test_environ_at_every_boundary(self):
        number = 0
        for path, places in (
            ("/read", "enter input start_response exit chunk"),
            ("/stream", "start_response chunk close"),
            ("/write", "write"),
            ("/fails", "exception"),
        ):
            for boundary in places.split():
                number += 1
                with self.subTest(boundary=boundary):
                    stopped = self.stop(path, "at_*:" + boundary, body=b"abcdef")
                    self.assertEqual(stopped.boundary, boundary)
                    stopped = self.do(stopped, "edit", environ={"EDITED": boundary})
                    self.assertEqual((stopped.boundary, stopped.trouble), (boundary, ""))
                    self.assertEqual(stopped.environ["EDITED"], boundary)
                    self.server.stops()
                    answer = self.go_on(stopped)
                    self.assertEqual(len(answer.of(EDITED)), 1)

    def test_the_outermost(self):
        for boundary in ("enter", "start_response", "exit", "chunk", "close"):
            with self.subTest(boundary=boundary):
                stopped = self.stop("/list", "Auth:" + boundary)
                self.assertEqual((stopped.index, stopped.boundary), (AUTH, boundary))
                self.server.stops()
                self.assertEqual(self.go_on(stopped).body, b"ONETWO")

    def test_status_and_headers(self):
        stopped = self.stop("/list", "tag.<locals>.tagging:start_response")
        self.assertEqual(stopped.status, "200 OK")
        self.assertEqual(stopped.headers, [("Content-Type", "text/plain"), ("X-Tag", "1")])
        stopped = self.do(stopped, "edit", status="201 Made")
        self.assertEqual(stopped.status, "201 Made")
        stopped = self.do(stopped, "edit", headers=[["X-By", "hand"]])
        self.assertEqual((stopped.status, stopped.headers), ("201 Made", [("X-By", "hand")]))
        stopped = self.do(stopped, "edit", headers=[["Connection", "close"]])
        self.assertIn("hop-by-hop", stopped.trouble)
        self.assertEqual(stopped.headers, [("X-By", "hand")])
        answer = self.go_on(stopped)
        self.assertEqual((answer.status, answer.headers), ("201 Made", [("X-By", "hand")]))
        told = {event[1]: event[3:5] for event in answer.of(START_RESPONSE)}
        self.assertEqual(told[TAG][0], "200 OK")  # what it gave itself
        self.assertEqual([event[4] for event in answer.of(EDITED)][0]["status"], "201 Made")

    def test_a_chunk_of_a_list(self):
        stopped = self.stop("/list", "at_list:chunk")
        self.assertEqual(stopped.block, b"one")
        stopped = self.do(stopped, "edit", block=b"eins")
        self.assertEqual(stopped.block, b"eins")
        stopped = self.do(stopped, "continue")
        self.assertEqual(stopped.block, b"two")
        self.assertEqual(self.go_on(stopped).body, b"EINSTWO")

    def test_a_chunk_of_an_iterator_and_of_a_generator(self):
        for path in ("/stream", "/generator"):
            with self.subTest(path):
                stopped = self.stop(path, "at_*:chunk")
                stopped = self.do(stopped, "edit", block=b"")
                self.assertEqual(stopped.block, b"")
                stopped = self.do(stopped, "continue")
                stopped = self.do(stopped, "edit", block=b"zwei")
                self.assertEqual(self.go_on(stopped).body, b"ZWEI")

    def test_a_chunk_of_the_outermost(self):
        stopped = self.stop("/list", "1:chunk")
        stopped = self.do(stopped, "edit", block=b"mine")
        stopped = self.do(stopped, "continue")
        self.assertEqual(self.go_on(stopped).body, b"mineTWO")

    def test_a_written_block(self):
        stopped = self.stop("/write", "at_write:write")
        self.assertEqual(stopped.block, b"written")
        stopped = self.do(stopped, "edit", block=b"by hand ")
        answer = self.go_on(stopped)
        self.assertEqual(answer.body, b"by hand LISTED")
        written = {event[1]: event[3:] for event in answer.of(WRITE)}
        self.assertEqual(written[INNER][1], b"written")

    def test_input_is_a_boundary(self):
        for body in (b"", b"abcdef"):
            with self.subTest(body=body):
                stopped = self.stop("/read", "*:input", body=body)
                self.assertEqual((stopped.index, stopped.boundary), (INNER, "input"))
                stopped = self.do(stopped, "continue")
                self.assertEqual((stopped.index, stopped.boundary), (INNER, "input"))
                answer = self.go_on(stopped)
                self.assertEqual(answer.body, (body[:3] + b"|" + body[3:]).upper())

    def test_the_result_at_exit(self):
        for path, name in (
            ("/list", "list"),
            ("/stream", "stepping_app.Stream"),
            ("/generator", "generator"),
            ("/page", "stepping_app.Page"),
        ):
            for pattern in ("at_*", "view"):
                with self.subTest(path=path, pattern=pattern):
                    stopped = self.stop(path, pattern + ":exit")
                    self.assertEqual(stopped.result, name)
                    self.go_on(stopped)

    def test_what_is_impossible(self):
        stopped = self.stop("/list", "view:enter")
        for words, command in (
            ("start_response", {"status": "200 OK"}),
            ("start_response", {"headers": []}),
            ("chunk and write", {"block": b"x"}),
            ("nothing", {}),
        ):
            stopped = self.do(stopped, "edit", **command)
            self.assertIn(words, stopped.trouble)
        for words, status, headers in (
            ("three digits", "no", []),
            ("header name", "200 OK", [["A b", "c"]]),
            ("control character", "200 OK", [["A", "b\nc"]]),
            ("hop-by-hop", "200 OK", [["A", "b"], ["Connection", "close"]]),
            ("Content-Length", "200 OK", [["Content-Length", "many"]]),
        ):
            stopped = self.do(stopped, "respond", status=status, headers=headers)
            self.assertIn(words, stopped.trouble)
        stopped = self.do(stopped, "raise", type="NoSuchThing")
        self.assertIn("NoSuchThing", stopped.trouble)
        stopped = self.do(stopped, "raise", type="os.path")
        self.assertIn("os.path", stopped.trouble)
        stopped = self.do(stopped, "raise", type="UnicodeDecodeError", message="x")
        self.assertIn("can't be made", stopped.trouble)
        stopped = self.do(stopped, "jump")
        self.assertIn("jump", stopped.trouble)
        stopped = self.do(stopped, "edit", environ={"A": "b"}, status="200 OK")
        self.assertNotIn("A", stopped.environ)
        self.assertEqual(self.go_on(stopped).body, b"ONETWO")

    def test_edits_tell_what_is_possible(self):
        for boundary, want in (
            ("enter", ["environ", "respond", "raise"]),
            ("start_response", ["environ", "status", "headers", "respond", "raise"]),
            ("exit", ["environ", "respond", "raise"]),
            ("chunk", ["environ", "chunk", "raise"]),
            ("close", ["environ", "raise"]),
        ):
            with self.subTest(boundary):
                stopped = self.stop("/stream", "at_stream:" + boundary)
                self.assertEqual(stopped.edits, want)
                self.server.stops()
                self.go_on(stopped)


class StepsTest(SteppingTest):
    def test_over(self):
        stopped = self.stop("/list", "tagging:enter")
        places = []
        while stopped:
            self.server.resume(stopped, "over")
            while not self.server.stopped and stopped.number not in self.server.ended:
                self.server._take()
            stopped = self.server.stopped.pop() if self.server.stopped else None
            if stopped:
                places.append((stopped.index, stopped.boundary))
        self.assertEqual(places[:2], [(TAG, "exit"), (AUTH, "exit")])

    def test_over_from_where_start_response_is_called(self):
        for path, place, wants in (
            ("/list", "tagging:start_response", [(TAG, "exit"), (AUTH, "exit")]),
            # A body is what calls it, and its stage was left before.
            ("/generator", "at_generator:start_response", [(INNER, "chunk"), (INNER, "chunk")]),
            ("/fails-after-start", "at_*:start_response", [(INNER, "exception")]),
        ):
            with self.subTest(path):
                stopped = self.stop(path, place)
                for want in wants:
                    stopped = self.do(stopped, "over")
                    self.assertEqual((stopped.index, stopped.boundary), want)
                self.server.stops()
                self.go_on(stopped)

    def test_over_meets_a_place_within(self):
        stopped = self.stop("/list", "tagging:enter", "at_list:exit")
        stopped = self.do(stopped, "over")
        self.assertEqual((stopped.index, stopped.stops), (INNER, [2]))
        # A condition of the server's that does not hold leaves the step as it was.
        stopped = self.do(stopped, "pass")
        self.assertEqual((stopped.index, stopped.boundary), (TAG, "exit"))
        answer = self.go_on(stopped)
        self.assertEqual(len(answer.of(PAUSED)), 2)

    def test_what_is_never_met(self):
        stopped = self.stop("/list", "at_list:*", "at_list:exit")
        self.assertEqual((stopped.boundary, stopped.stops), ("enter", [1]))
        stopped = self.do(stopped, "pass", never=[1])
        self.assertEqual((stopped.boundary, stopped.stops), ("exit", [2]))
        self.assertEqual(len(self.go_on(stopped).of(PAUSED)), 1)

    def test_out(self):
        stopped = self.stop("/list", "at_list:enter")
        for want in (
            (VIEW, "start_response"),
            (UPPER, "start_response"),
            (TAG, "start_response"),
            (AUTH, "start_response"),
        ):
            stopped = self.do(stopped, "out")
            self.assertEqual((stopped.index, stopped.boundary), want)
        self.go_on(stopped, "out")

    def test_paused_is_told(self):
        began = time.monotonic_ns()
        stopped = self.stop("/list", "view:enter")
        self.server.stops()
        until = time.monotonic() + 0.05
        while time.monotonic() < until:
            self.server.end(self.ask("/environ"))
        answer = self.go_on(self.do(stopped, "step"))
        took = time.monotonic_ns() - began
        first, second = answer.of(PAUSED)
        self.assertEqual((first[1], first[3], first[5], first[6]), (VIEW, 1, 1, "step"))
        self.assertGreater(first[4], 50_000_000)
        self.assertEqual((second[1], second[5], second[6]), (INNER, 0, "continue"))
        for spent in answer.of(SPENT):
            self.assertLessEqual(spent[3], took - first[4], spent)
            self.assertGreaterEqual(spent[4], 0)

    def test_a_pause_is_told_before_what_comes_of_it(self):
        for place in ("view:enter", "tagging:start_response", "at_list:exit"):
            answer = self.go_on(self.stop("/list", place))
            self.assertEqual((answer.body, {*answer.pauses}), (b"ONETWO", {1}), place)

    def test_what_a_stage_within_has_called_is_not_its_time(self):
        began = time.monotonic_ns()
        stopped = self.stop("/list", "view:start_response")
        time.sleep(0.05)
        answer = self.go_on(stopped)
        took = time.monotonic_ns() - began
        paused = answer.of(PAUSED)[0][4]
        self.assertGreater(paused, 50_000_000)
        for spent in answer.of(SPENT):
            self.assertLessEqual(max(spent[3:5]), took - paused, spent)

    def test_places_that_are_removed_meanwhile(self):
        stopped = self.stop("/list", "*:*")
        self.server.stops()
        self.assertEqual(self.go_on(stopped).body, b"ONETWO")
        self.assertEqual(self.server.end(self.ask("/list")).events[-1][0], SPENT)


class OddTest(SteppingTest):
    def test_an_environ_of_odd_things(self):
        stopped = self.stop("/odd", "inner_of_odd:enter")
        self.assertEqual(stopped.environ["odd.int"], 1 << 70)
        self.assertEqual(stopped.environ["odd.nested"], {"a": [1, (2.5, None)]})
        self.assertEqual(stopped.environ["7"], "a number for a key")
        itself = stopped.objects["odd.self"]
        self.assertRegex(itself, "^{'REQUEST_METHOD': 'GET', .*'odd.self': {...}")
        self.assertRegex(stopped.objects["odd.lazy"], "^<stepping_app.Lazy object at 0x")
        self.assertLess(len(stopped.environ["odd.long"]), 70_000)
        self.assertEqual(self.go_on(stopped).body, b"ODD")

    def test_headers_of_the_wrong_types(self):
        stopped = self.stop("/wrong", "at_wrong:start_response")
        self.assertEqual((stopped.status, stopped.headers), ("", []))
        stopped = self.do(stopped, "edit", status="200 OK", headers=[["X-By", "hand"]])
        answer = self.go_on(stopped)
        self.assertEqual((answer.status, answer.body), ("200 OK", b"RIGHT"))

    def test_a_failure_of_ours_is_no_failure_of_the_request(self):
        stopped = self.stop("/list", "Auth:enter")
        self.server.send(frames.RESUME, stopped.number, dumps({"action": "edit", "environ": 5}, 2))
        stopped = self.server.halt()
        self.assertIn("could not be done", stopped.trouble)
        self.assertEqual(self.go_on(stopped).body, b"ONETWO")


class EndsTest(SteppingTest):
    def test_the_client_goes(self):
        for boundary in ("enter", "start_response", "chunk", "close"):
            with self.subTest(boundary):
                stopped = self.stop("/stream", "at_stream:" + boundary)
                self.server.send(frames.GONE, stopped.number)
                answer = self.server.end(stopped.number)
                self.assertEqual(answer.exceptions, [])
                self.assertEqual(answer.of(PAUSED)[-1][6], "abort")
                self.assertEqual(self.closed(), "['upper', 'stream']")

    def test_abort(self):
        stopped = self.stop("/stream", "at_stream:enter", "*:*")
        stopped = self.go_on(stopped, "abort")
        self.assertTrue(stopped.broken)
        self.assertIsNone(stopped.status)
        self.assertEqual(self.closed(), "['upper', 'stream']")

    def test_the_head_that_nobody_waits_for(self):
        """What the outermost stage gave to start_response is told, and is no response."""
        stopped = self.go_on(self.stop("/stream", "at_stream:chunk"), "abort")
        self.assertIsNone(stopped.status)
        (given,) = (event for event in stopped.of(START_RESPONSE) if event[1] == AUTH)
        self.assertEqual(given[3], "200 OK")

    def test_stop_lets_it_finish(self):
        stopped = self.stop("/list", "view:enter")
        self.server.send(frames.STOP, 0)
        self.assertEqual(self.go_on(stopped).body, b"ONETWO")
        self.assertIsNone(self.server.frame())
        self.assertEqual(self.server.process.wait(PATIENCE), 0)

    def test_it_ends_with_its_server(self):
        self.stop("/list", "view:enter")
        self.server.close()
        self.assertIsNotNone(self.server.process.returncode)

    def test_two_threads_of_a_request(self):
        stopped = self.stop("/two-threads", "threaded:enter")
        again = self.do(stopped, "continue")
        self.assertNotEqual(stopped.index, again.index)
        self.assertEqual(self.go_on(again).body, b"BY A THREADBY A THREAD")

    def test_a_thread_of_a_middleware(self):
        stopped = self.stop("/thread", "threaded:enter")
        self.assertEqual(self.go_on(stopped).body, b"BY A THREAD")


if __name__ == "__main__":
    unittest.main()
