"""What is done by hand costs no stage any time, and is no stage's fault."""

from __future__ import annotations

import time
import unittest

from _snifter import frames
from _snifter.stages.events import (
    CHUNK,
    EDITED,
    ENTER,
    ENVIRON_CHANGED,
    EXCEPTION,
    EXIT,
    PAUSED,
    SPENT,
    START_RESPONSE,
)

from .stepping import AUTH, INNER, PLAN, TAG, UPPER, VIEW, SteppingTest

PAUSE = 0.05
ANSWER = {"action": "respond", "status": "200 OK", "headers": [], "block": b"by hand"}
#: The index of what the view calls, where the view itself is the application.
VIEW_WITHIN = 2


class TimesTest(SteppingTest):
    def test_a_pause_is_no_stages_time(self):
        for path, place in (
            ("/list", "at_list:start_response"),
            ("/list", "at_list:chunk"),
            ("/stream", "at_stream:chunk"),
            ("/stream", "Auth:chunk"),
            ("/generator", "at_generator:chunk"),
            ("/dotted", "at_generator:start_response"),
            ("/write", "at_write:write"),
            ("/stream", "at_stream:close"),
            ("/stream", "Auth:close"),
            ("/fails-late", "at_fails_late:exception"),
        ):
            with self.subTest(path=path, place=place):
                began = time.monotonic_ns()
                stopped = self.stop(path, place)
                time.sleep(PAUSE)
                self.server.stops()
                answer = self.go_on(stopped)
                took = time.monotonic_ns() - began
                paused = sum(event[4] for event in answer.of(PAUSED))
                self.assertGreater(paused, PAUSE * 1e9)
                self.assertIn(AUTH, [event[1] for event in answer.of(SPENT)])
                for _, index, _, total, own, *_ in answer.of(SPENT):
                    self.assertLessEqual(max(total, own) + paused, took, index)

    def test_a_stop_that_is_not_meant_is_no_stages_time(self):
        for place in "view:enter", "at_list:start_response", "at_list:chunk":
            with self.subTest(place=place):
                began = time.monotonic_ns()
                stopped = self.stop("/list", place)
                stood = time.monotonic_ns()
                time.sleep(PAUSE)
                stood = time.monotonic_ns() - stood
                answer = self.go_on(stopped, "pass", never=[1])
                took = time.monotonic_ns() - began
                self.assertEqual(answer.of(PAUSED), [])
                for _, index, _, total, own, *_ in answer.of(SPENT):
                    self.assertLessEqual(max(total, own) + stood, took, index)

    def test_a_pause_in_what_an_answer_by_hand_has_called_is_no_stages_time(self):
        for place in "view:enter", "view:exit":
            with self.subTest(place):
                began = time.monotonic_ns()
                stopped = self.stop("/list", place, "tagging:start_response")
                if place == "view:exit":
                    stopped = self.do(stopped, "continue")
                stopped = self.do(stopped, **ANSWER)
                self.assertEqual((stopped.index, stopped.boundary), (TAG, "start_response"))
                time.sleep(PAUSE)
                answer = self.go_on(stopped)
                took = time.monotonic_ns() - began
                paused = sum(event[4] for event in answer.of(PAUSED))
                self.assertGreater(paused, PAUSE * 1e9)
                for _, index, _, total, own, *_ in answer.of(SPENT):
                    self.assertLessEqual(max(total, own) + paused, took, index)

    def test_each_time_is_one_stages(self):
        for path in "/list", "/stream", "/generator", "/dotted", "/write":
            for place in "nothing:enter", "Auth:start_response", "*:*":
                with self.subTest(path=path, place=place):
                    self.server.stops(place)
                    _, answer = self.server.walk(self.ask(path, HTTP_TAG_TAKES="0.01"), "continue")
                    spent = answer.of(SPENT)
                    total = [each[3] for each in spent if each[1] == AUTH]
                    self.assertEqual(total, [sum(each[4] for each in spent)])

    def test_what_goes_on_otherwise_as_it_is_left_is_told_its_time_once(self):
        for place in "Auth:exit", "tagging:exit", "Upper:exit", "view:exit", "at_list:exit":
            for command in {"action": "raise", "type": "KeyError"}, ANSWER:
                with self.subTest(place=place, action=command["action"]):
                    answer = self.go_on(self.stop("/list", place), **command)
                    spent = {each[1]: each for each in answer.of(SPENT)}
                    self.assertEqual(spent[AUTH][3], sum(each[4] for each in spent.values()))


class GeneratorTest(SteppingTest):
    """The outermost stage is a generator: what is within it is called once it has returned."""

    plan = dict(PLAN, attr="dotted")

    def test_it_returns_before_what_is_within_it(self):
        for places in [], ["nothing:enter"], ["Dotting:exit"], ["*:*"]:
            with self.subTest(places):
                self.server.stops(*places)
                _, answer = self.server.walk(self.ask("/"), "continue")
                told = [event[:2] for event in answer.each() if event[0] in (ENTER, EXIT)]
                inner = [(EXIT, 1), (ENTER, 2), (EXIT, 2)]
                self.assertEqual([each for each in told if each != (ENTER, 1)], inner)


class EnteredTest(SteppingTest):
    """When the outermost stage was entered is told once: by the head, or by itself."""

    def entered(self, answer):
        return [event[2] for event in answer.of(ENTER) if event[1] == AUTH]

    def test_of_what_fails_before_start_response(self):
        answer = self.server.end(self.ask("/fails"))
        inner = [event[2] for event in answer.of(ENTER) if event[1] == TAG]
        (entered,) = self.entered(answer)
        self.assertTrue(0 < entered <= inner[0], (entered, inner))

    def test_of_what_is_stopped_or_aborted(self):
        for action, times in ("continue", 1), ("abort", 1):
            stopped = self.stop("/list", "tagging:enter")
            self.assertEqual(len(self.entered(self.server.answers[stopped.number])), times)
            self.assertEqual(len(self.entered(self.go_on(stopped, action))), times)

    def test_of_what_answers(self):
        self.assertEqual(self.entered(self.server.end(self.ask("/list"))), [])


class HangsTest(SteppingTest):
    def given(self, answer):
        return [event[3:5] for event in answer.of(START_RESPONSE) if event[1] == AUTH]

    def test_what_was_given_is_told_though_no_block_comes(self):
        hangs = self.ask("/hangs")
        want = [("200 OK", [("Content-Type", "text/plain"), ("X-Tag", "1")])]
        self.server.nudge_until(
            lambda: hangs in self.server.answers and self.given(self.server.answers[hangs])
        )
        self.assertEqual(self.given(self.server.answers[hangs]), want)
        self.assertIsNone(self.server.answers[hangs].status)
        self.server.send(frames.GONE, hangs)
        self.server.end(self.ask("/opens"))
        answer = self.server.end(hangs)
        self.assertEqual((self.given(answer), answer.status), (want, None), "told once")


class HangsAloneTest(SteppingTest):
    """The application is the one stage."""

    plan = dict(PLAN, attr="alone")

    def test_what_was_given_is_told_though_no_block_comes(self):
        hangs = self.ask("/hangs")
        self.server.nudge_until(
            lambda: hangs in self.server.answers and self.server.answers[hangs].of(START_RESPONSE)
        )
        answer = self.server.answers[hangs]
        told = [event[:2] for event in answer.events]
        self.assertEqual(told, [(ENTER, AUTH), (START_RESPONSE, AUTH)])
        [given] = answer.of(START_RESPONSE)
        self.assertEqual(given[3:5], ("200 OK", [("Content-Type", "text/plain")]))
        self.assertIsNone(answer.status)
        self.server.send(frames.GONE, hangs)
        self.server.end(self.ask("/opens"))
        answer = self.server.end(hangs)
        self.assertEqual(len(answer.of(START_RESPONSE)), 1, "told once")


class EndTest(SteppingTest):
    def test_no_block_is_taken_after_an_abort(self):
        for place in "at_stream:chunk", "Auth:chunk":
            with self.subTest(place):
                stopped = self.stop("/stream", place)
                answer = self.go_on(stopped, "abort")
                self.assertEqual(answer.blocks, [])
                self.assertEqual(self.blocks(answer, INNER), 1)
                self.assertEqual(answer.findings, [])

    def blocks(self, answer, index):
        return len([event for event in answer.of(CHUNK) if event[1] == index])


class UnderWayTest(SteppingTest):
    """Places that are set while a request is in the application."""

    def stops_meanwhile(self, path, place):
        """Where a request stops that waits in the application while the place is set."""
        number = self.ask(path)
        self.server.nudge_until_begun([number])
        self.server.stops(place)
        opens, stopped = self.ask("/opens"), []

        def done():
            for each in self.server.stopped:
                if each.number == number:
                    stopped.append(each)
                else:
                    self.server.resume(each)
            self.server.stopped.clear()
            return stopped and opens in self.server.ended

        self.server.nudge_until(done)
        self.server.stops()
        return stopped[0]

    def before(self):
        """A request that was stopped, and has ended."""
        stopped = self.stop("/list", "view:enter")
        self.server.stops()
        self.go_on(stopped)

    def test_it_stops_there(self):
        for place in "at_waits:exit", "at_waits:chunk", "at_w*:chunk":
            for stopped_before in False, True:
                with self.subTest(place=place, stopped_before=stopped_before):
                    if stopped_before:
                        self.before()
                    stopped = self.stops_meanwhile("/waits", place)
                    self.assertEqual(stopped.index, INNER)
                    self.assertEqual(self.go_on(stopped).body, b"it waits; WAITED")
                    self.server.end(self.ask("/shuts"))

    def test_what_was_passed_on_before_is_not_answered_for(self):
        for place in "at_late", "view":
            with self.subTest(place):
                stopped = self.stops_meanwhile("/late", place + ":start_response")
                self.assertNotIn("respond", stopped.edits)
                stopped = self.do(stopped, "respond", status="200 OK", headers=[], block=b"")
                self.assertIn("no stage here that could answer", stopped.trouble)
                answer = self.go_on(stopped)
                self.assertEqual((answer.exceptions, answer.body), ([], b"LATE"))
                self.server.end(self.ask("/shuts"))

    def test_the_next_is_recorded_whole(self):
        whole = [event[:2] for event in self.server.end(self.ask("/list")).of(ENTER)]
        self.before()
        answer = self.server.end(self.ask("/list"))
        self.assertEqual([event[:2] for event in answer.of(ENTER)], whole)
        self.assertEqual(self.server.printed, b"")


class ListTest(SteppingTest):
    plan = dict(PLAN, attr="view")

    def test_each_block_of_a_list_is_its_own(self):
        for action in "continue", "over", "edit":
            with self.subTest(action):
                stopped = self.stop("/list", "at_list:chunk")
                self.server.stops()
                if action != "continue":
                    stopped = self.do(stopped, action, block=b"eins")
                answer = self.go_on(stopped)
                told = [event[3:] for event in answer.of(CHUNK) if event[1] == VIEW_WITHIN]
                self.assertEqual(told[0][:2], (3, b"one"))
                # By its bytes, or as the second block that the server has got.
                self.assertIn(told[1], ((3, b"two", -1, 0), (3, None, 0, 1)))

    def test_what_is_passed_on_is_told_of(self):
        self.server.stops()
        for path, of in ("/list", VIEW_WITHIN), ("/stream", VIEW_WITHIN), ("/write", VIEW_WITHIN):
            with self.subTest(path):
                [spent] = [e for e in self.server.end(self.ask(path)).of(SPENT) if e[1] == 1]
                self.assertEqual(spent[5:], (of,))

    def test_it_is_told_which_block_of_a_list_is_edited(self):
        stopped = self.stop("/list", "view:chunk")
        stopped = self.do(stopped, "over")
        stopped = self.do(stopped, "edit", block=b"zwei")
        answer = self.go_on(stopped)
        [edited] = answer.of(EDITED)
        self.assertEqual((edited[4], answer.body), ({"block": b"zwei", "nth": 2}, b"onezwei"))


class RaisedTest(SteppingTest):
    def test_it_rises_where_it_was_raised(self):
        for kind in "KeyError", "SystemExit", "StopIteration":
            for boundary in "enter", "start_response", "exit":
                with self.subTest(kind=kind, boundary=boundary):
                    stopped = self.stop("/list", "view:" + boundary)
                    answer = self.go_on(stopped, "raise", type=kind)
                    told = answer.of(EXCEPTION)
                    inside = [INNER] if boundary == "start_response" else []
                    self.assertEqual(
                        [event[1] for event in told], [*inside, VIEW, UPPER, TAG], told
                    )
                    # One and the same, whose frames are told once.
                    self.assertEqual({event[4] for event in told}, {kind})
                    self.assertEqual(len({event[6] for event in told}), 1)
                    left = {event[1] for event in answer.of(SPENT)}
                    self.assertLessEqual({VIEW, UPPER, TAG}, left)

    def test_in_a_block(self):
        stopped = self.stop("/write", "at_write:write")
        told = self.go_on(stopped, "raise", type="KeyError").of(EXCEPTION)
        self.assertEqual([event[1] for event in told], [INNER, VIEW, UPPER, TAG])
        self.assertEqual(len({event[6] for event in told}), 1)

    def test_an_iterator_that_ends_too_early(self):
        answer = self.server.end(self.ask("/ends-early"))
        told = answer.of(EXCEPTION)
        self.assertEqual([event[1] for event in told], [INNER, VIEW, UPPER, TAG])
        self.assertEqual({event[4] for event in told}, {"StopIteration"})
        stopped = self.stop("/ends-early", "at_ends_early:exception")
        self.assertEqual(stopped.exception["type"], "StopIteration")
        self.go_on(stopped)


class BlameTest(SteppingTest):
    def findings(self, place, path="/list", **changes):
        stopped = self.do(self.stop(path, place), "edit", **changes)
        self.assertEqual(stopped.trouble, "")
        self.server.stops()
        return self.go_on(stopped).findings

    def test_what_the_stage_has_changed_until_then_is_its_own(self):
        for at in ("at_read:input", "at_read:exit", "view:exit"):
            with self.subTest(at=at):
                stopped = self.do(self.stop("/read", at, body=b"abc"), "edit", environ={"A": "1"})
                self.assertEqual(stopped.environ["view.reads"], "yes")
                self.server.stops()
                answer = self.go_on(stopped)
                told = [
                    event[1] for event in answer.of(ENVIRON_CHANGED) if "view.reads" in event[3]
                ]
                self.assertEqual(told, [INNER])

    def test_an_edited_head_is_nobodys_fault(self):
        typed = ["Content-Type", "text/plain"]
        for changes in (
            {"headers": [typed, ["Content-Length", "2"]]},
            {"headers": [typed, ["Content-Length", "200"]]},
            {"headers": [typed, ["X-Odd-", "1"]]},
            {"headers": []},
            {"status": "204 Nothing"},
            {"status": "204 Nothing", "headers": []},
        ):
            for stage in "at_list", "Upper", "Auth":
                with self.subTest(stage=stage, **changes):
                    self.assertEqual(self.findings(stage + ":start_response", **changes), [])

    def test_an_answer_is_nobodys_fault(self):
        typed = ["Content-Type", "text/plain"]
        for path in "/list", "/generator", "/stream":
            for stage in "Auth", "tagging", "Upper", "view", f"at_{path[1:]}":
                for boundary in "enter", "start_response", "exit":
                    for status, headers, block in (
                        ("200 OK", [], b"tea"),
                        ("204 No Content", [], b"tea"),
                        ("304 Not Modified", [typed], b""),
                        ("200 OK", [typed, ["Content-Length", "9"]], b"tea"),
                        ("200 OK", [typed, ["Content-Length", "2"]], b"tea"),
                        ("200 OK", [typed, ["X_Odd", " 1"]], b"tea"),
                    ):
                        place = f"{stage}:{boundary}"
                        with self.subTest(path=path, place=place, status=status, headers=headers):
                            stopped = self.stop(path, place)
                            self.server.stops()
                            given = {"status": status, "headers": headers, "block": block}
                            answer = self.go_on(stopped, "respond", **given)
                            self.assertEqual(answer.blamed, [])

    def test_an_edited_block_is_nobodys_fault(self):
        for stage in "at_sized", "Upper", "Auth":
            with self.subTest(stage):
                for block in b"", b"longer than it was":
                    self.assertEqual(self.findings(stage + ":chunk", "/sized", block=block), [])

    def test_an_edited_block_is_sent_whole(self):
        """The Content-Length of what it is in the place of is no length of its."""
        for stage in "at_sized", "Upper", "Auth":
            for block, length in (b"", []), (b"LONGER THAN IT WAS", []), (b"SIX", ["3"]):
                with self.subTest(stage=stage, block=block):
                    stopped = self.stop("/sized", stage + ":chunk")
                    stopped = self.do(stopped, "edit", block=block)
                    answer = self.go_on(stopped)
                    self.assertEqual(answer.body, block)
                    given = [v for name, v in answer.headers if name == "Content-Length"]
                    self.assertEqual(given, length)
                    # It is said where it went, and which it was.
                    told = [e for e in answer.of(EDITED) if "headers" in e[4]]
                    self.assertEqual(
                        [(e[1], e[3], dict(e[4]["headers"])["Content-Length"]) for e in told],
                        [] if length else [(stopped.index, CHUNK, "3")],
                    )

    def test_what_the_application_does_is_found_all_the_same(self):
        [found] = self.findings("at_hops:start_response", "/hops", status="201 Made")
        self.assertEqual(found["rule"], "hop-by-hop-header")

    def test_the_servers_own_file_wrapper_is_named_as_such(self):
        stopped = self.stop("/file", "at_file:exit")
        self.assertEqual(stopped.result, "FileWrapper")
        told = {event[1]: event[3] for event in self.go_on(stopped).of(EXIT)}
        self.assertEqual((told[INNER], told[VIEW]), ("FileWrapper", "FileWrapper"))

    def test_a_block_that_is_no_bytes_is_named(self):
        stopped = self.stop("/text", "at_text:chunk")
        self.assertEqual((stopped.block, stopped.result), (None, "str"))
        stopped = self.do(stopped, "edit", block=b"bytes")
        self.assertEqual((stopped.block, stopped.result), (b"bytes", ""))
        self.assertEqual(self.go_on(stopped).body, b"BYTES")


class ClosedTest(SteppingTest):
    def test_what_fails_by_hand_is_closed(self):
        for place in "Upper:close", "at_stream:close", "Auth:close":
            with self.subTest(place):
                self.closed()
                stopped = self.stop("/stream", place)
                answer = self.go_on(stopped, "raise", type="ValueError")
                self.assertEqual([each["type"] for each in answer.exceptions], ["ValueError"])
                self.assertEqual(answer.blamed, [])
                self.assertEqual(self.closed(), "['upper', 'stream']")

    def test_what_was_answered_for_is_no_body_after_close(self):
        for path in "/stream", "/generator", "/list":
            for place in "Auth:exit", "Upper:exit", "at_*:exit":
                with self.subTest(path=path, place=place):
                    stopped = self.stop(path, place)
                    answer = self.go_on(stopped, "respond", status="418 Tea", block=b"no")
                    self.assertEqual(answer.status, "418 Tea")
                    self.assertEqual(answer.blamed, [])

    def test_what_cannot_be_closed_is_answered_for_all_the_same(self):
        for place in "at_stuck:exit", "Auth:exit":
            with self.subTest(place):
                answer = self.go_on(self.stop("/stuck", place), "respond", status="418 Tea")
                self.assertEqual((answer.status, answer.broken), ("418 Tea", False))
                self.assertIn("OSError", [event[4] for event in answer.of(EXCEPTION)])


if __name__ == "__main__":
    unittest.main()
