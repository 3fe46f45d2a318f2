"""What is recorded of the stages of requests, in a worker that is spoken to by the protocol."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
import unittest

from _snifter.stages.events import (
    AGAIN,
    CHUNK,
    CLOSE,
    ENTER,
    ENVIRON_CHANGED,
    EXCEPTION,
    EXIT,
    GIVEN,
    INPUT,
    SPENT,
    START_RESPONSE,
)
from _snifter.stages.recording.forms import plain

from .stepping import Stepping

_APP = os.path.join(os.path.dirname(__file__), "recorded_app.py")


class RecordTest(unittest.TestCase):
    def start(self, attr="app", **more):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        shutil.copy(_APP, os.path.join(folder.name, "recorded.py"))
        plan = {"kind": "module", "module": "recorded", "attr": attr, "sys_path": [folder.name]}
        server = Stepping(dict(plan, **more))
        self.addCleanup(server.close)
        self.ready = server.ready()
        self.server = server

    def ask(self, path, body=b"", number=1, **changes):
        if body:
            changes["CONTENT_LENGTH"] = str(len(body))
        self.server.request(number, body, PATH_INFO=path, **changes)
        return self.server.end(number)

    def test_the_outermost_is_named(self):
        self.start()
        self.assertEqual(
            self.server.stages[self.ready["root"]][0], "recorded.site.<locals>.outermost"
        )

    def test_environs(self):
        self.start()
        changes = self.ask("/list").of(ENVIRON_CHANGED)
        told = [
            (index, new, list(reprs), gone) for _, index, _, new, reprs, gone, _ in changes
        ]
        self.assertEqual(
            told,
            [
                (1, {"site.name": "x"}, ["site.user"], ["QUERY_STRING"]),
                (2, {"copied": 1}, [], []),
            ],
        )
        self.assertEqual([change[-1] for change in changes], [False, True])
        self.assertRegex(changes[0][4]["site.user"], r"^<recorded\.Lazy object at 0x[0-9a-f]+>$")

    def test_environs_changed_by_a_start_response(self):
        """A stage's own function that stands for start_response is the stage's."""
        self.start("wrapped")
        told = [(event[1], sorted(event[3])) for event in self.ask("/").of(ENVIRON_CHANGED)]
        self.assertEqual(
            told,
            [
                (1, ["out.before"]),
                (3, ["in.before"]),
                (6, ["inner"]),
                (3, ["in"]),
                (1, ["out", "out.after"]),
                (3, ["in.after"]),
                (6, ["inner.after"]),
            ],
        )

    def test_what_is_changed_within_a_value(self):
        """Who did it has changed it, in whichever environ the value is."""
        self.start("trail")
        changes = self.ask("/list").of(ENVIRON_CHANGED)
        self.assertEqual(
            [(event[1], event[3].get("site.trail"), *event[7:]) for event in changes],
            [
                (1, ["outer"]),
                (3, None),
                (4, ["outer", "inner"]),
                (4, ["outer", "inner", "after inner"]),
                # What it has by then, by others.
                (3, ["outer", "inner", "after inner"], 3),
                (1, ["outer", "inner", "after inner", "after outer"]),
            ],
        )

    def test_a_list_is_the_servers(self):
        self.start()
        answer = self.ask("/list")
        self.assertEqual([event[4:6] for event in answer.of(EXIT)], [(-1, False), (3, False)])
        # The blocks are those that the server got, told once.
        self.assertEqual(
            [event[1:2] + event[3:7] for event in answer.of(CHUNK)],
            [(3, 1, None, 0, 0), (3, 1, None, 0, 1)],
        )
        self.assertEqual([event[1] for event in answer.of(SPENT)], [3, 2, 1])
        self.assertEqual([event[1] for event in answer.of(ENTER)], [2, 3])
        self.assertEqual([event[1] for event in answer.of(START_RESPONSE)], [3, 2])

    def test_the_outermost_returns_and_closes(self):
        """That is told where stages within give blocks after the one, and close after the other."""
        self.start("kept")
        told = self.ask("/list").events
        left = [event[:2] for event in told].index((EXIT, 1))
        self.assertEqual(told[left][3], "recorded.Keeping")
        self.assertEqual(told[left + 1][:2], (ENTER, 4))
        self.assertEqual([event[1] for event in told if event[0] == CLOSE], [1, 2, 3])

    def test_an_equal_block_is_told_once(self):
        self.start("equal")
        told = [event[1:2] + event[3:7] for event in self.ask("/").of(CHUNK)]
        self.assertEqual(told, [(2, 12, None, 0, 0)])

    def test_the_same_block_twice_is_two(self):
        self.start("rows")
        told = [event[1:2] + event[3:7] for event in self.ask("/").of(CHUNK)]
        # As the server's own, of which it is told now or with the next.
        self.assertEqual(told[0], (2, 3, None, 0, 0))
        self.assertIn(told[1], ((2, 3, None, 0, 1), (2, 3, b"row", -1, 0)))

    def test_a_key_that_is_set_is_told_with_the_entry_of_the_stage_within(self):
        self.start("counted")
        for number in (1, 2):
            answer = self.ask("/list", number=number)
            told = [event[1:2] + event[3:] for event in answer.of(ENVIRON_CHANGED)]
            counts = [(2, 1001), (3, 1002), (5, 1003)]
            self.assertEqual(told, [(at, {"site.count": n}, {}, [], False) for at, n in counts])
            entered = [event[1::2] for event in answer.of(ENTER)]
            self.assertEqual(entered, [(index, index - 1, False) for index in range(2, 7)])
        # It was not known before that the key's value needs no look.
        given = [event for event in answer.events if event[0] == GIVEN]
        self.assertEqual([event[1] for event in given], [3, 4, 6])
        self.assertEqual({len(event) for event in given}, {7})

    def test_the_block_that_was_told_last(self):
        """One after another passes it on: it is told as the same, without saying as which."""
        self.start("table")
        answer = self.ask("/")
        self.assertEqual(answer.body, b"tablea long blockend")
        again = [event for event in answer.events if event[0] == AGAIN]
        self.assertEqual([event[1] for event in again], [3, 2] * 3)
        self.assertEqual({len(event) for event in again}, {3})
        # As bytes, as the server's, or as another's, as they were sent when.
        blocks = {(0, nth): block for nth, block in enumerate(answer.blocks)}
        told = []
        for _, index, _, _, block, of, nth in answer.of(CHUNK):
            content = blocks[of, nth] if block is None else block
            blocks[index, [i for i, _ in told].count(index)] = content
            told.append((index, content))
        want = [(5, b"a long block")]
        for content in (b"table", b"a long block", b"end"):
            want += [(index, content) for index in (4, 3, 2)]
        self.assertEqual(told, want)

    def test_a_file_is_that_of_the_stage_that_made_it(self):
        """The outermost tells that it passed it on."""
        self.start("download")
        told = [event[1:2] + event[4:6] for event in self.ask("/").of(EXIT)]
        self.assertEqual(told, [(3, -1, True), (2, 3, True), (1, 3, True)])

    def test_a_list_is_passed_on_before_the_server_has_a_head(self):
        self.start("buffered")
        for number in range(1, 6):  # what is right, and known to be, is looked at less
            answer = self.ask("/", number=number)
            told = [event[1:2] + event[4:5] for event in answer.of(EXIT)]
            self.assertEqual(told, [(4, -1), (3, 4), (2, 4)])
        self.assertEqual(self.server.printed, b"")  # no failure of ours

    def test_a_list_that_a_stage_changes_is_its_own(self):
        """Though it is the one that the stage within has returned."""
        for attr, changer in (("edited", 2), ("edited_last", 1)):
            self.start(attr)
            number, innermost = 0, changer + 2
            for path, count in itertools.product(("/", "/replaced", "/added"), (1, 2, 150)):
                with self.subTest(attr, path=path, count=count):
                    number += 1
                    answer = self.ask(path, number=number, QUERY_STRING=str(count))
                    own = innermost if path == "/" else changer
                    told = {event[1]: event[4] for event in answer.of(EXIT)}
                    # The server itself gets that of the outermost.
                    told[1] = answer.of(SPENT)[-1][5] or -1
                    made = {innermost: -1, changer + 1: innermost}
                    made[changer] = -1 if path != "/" else innermost
                    made[1] = made[1] if changer == 1 else own
                    self.assertEqual(told, made)
                    blocks = [event[3] for event in answer.of(CHUNK) if event[1] == own]
                    if own != 1:
                        self.assertEqual(blocks, [*map(len, answer.blocks)])
        self.assertEqual(self.server.printed, b"")  # no failure of ours

    def test_what_a_generator_returns(self):
        """Whoever has `yield from` of it gets that."""
        self.start("returned")
        for number in range(1, 5):
            answer = self.ask("/", number=number)
            self.assertEqual((answer.status, answer.body), ("200 OK", b"ab"))
            self.assertEqual([event[1] for event in answer.of(ENTER)], [2, 3])

    def test_an_iterator(self):
        self.start()
        answer = self.ask("/")
        name = type(iter([])).__name__  # PyPy's is another
        told = [event[1:2] + event[3:5] for event in answer.of(EXIT)]
        self.assertEqual(told, [(3, name, -1), (2, name, 3), (1, name, 3)])
        self.assertEqual(
            [event[1:2] + event[5:7] for event in answer.of(CHUNK)], [(3, 0, 0), (3, 0, 1)]
        )
        for _, _, _, total, own, *_ in answer.of(SPENT):
            self.assertTrue(0 <= own <= total, (own, total))

    def test_an_iterator_that_has_ended_is_asked_no_more(self):
        self.start("ended")
        self.assertEqual(self.ask("/").body, b"")

    def test_a_class_whose_instance_is_its_own_iterator(self):
        self.start("stepped")
        answer = self.ask("/")
        self.assertEqual(answer.body, b"ab")
        self.assertEqual([event[1] for event in answer.of(CHUNK)], [3, 3])
        self.assertEqual([event[1] for event in answer.of(CLOSE)], [1, 3])
        self.assertEqual([event[4] for event in answer.of(EXIT) if event[1] == 2], [3])
        changed = [(event[1], event[3]) for event in answer.of(ENVIRON_CHANGED)]
        self.assertEqual(changed, [(3, {"stepped": True})])
        told = [event[1:2] + event[3:6] for event in self.ask("/fail", number=2).of(EXCEPTION)]
        self.assertEqual(told, [(3, "iterate", "KeyError", "'in a step'")])

    def test_the_outermost_takes_the_time_of_the_first_block(self):
        self.start()
        spent = {event[1]: event[3] for event in self.ask("/work").of(SPENT)}
        self.assertGreater(spent[1], spent[3])

    def test_a_generator_without_a_block_takes_its_time(self):
        """It does its work in the step of its body that ends it, or fails."""
        for attr, path in ("empty", "/"), ("late", "/fail"):
            with self.subTest(attr):
                self.start(attr)
                spent = {event[1]: event[3:5] for event in self.ask(path).of(SPENT)}
                self.assertGreater(spent[1][0], spent[2][0])
                self.assertEqual(spent[1][0], spent[1][1] + spent[2][0])

    def test_a_generator_has_returned_before_others_are_entered(self):
        self.start("late")
        answer = self.ask("/fail")
        told = [event[:2] for event in answer.events]
        inside = [(ENTER, 2), (EXCEPTION, 2), (SPENT, 2)]
        self.assertEqual(told, [(EXIT, 1), *inside, (ENTER, 1), (SPENT, 1)])
        (entered,) = answer.of(ENTER)[1:]
        times = [event[2] for event in answer.events if event is not entered]
        self.assertEqual(times, sorted(times))
        self.assertLess(entered[2], times[0])

    def test_reads(self):
        self.start()
        answer = self.ask("/list", b"12345")
        self.assertEqual(answer.body, b"a12345b")
        self.assertEqual([event[1:2] + event[3:] for event in answer.of(INPUT)], [(3, 2, 5, 1)])

    def test_exceptions(self):
        self.start()
        answer = self.ask("/fail")
        told = [(event[1], event[3], event[4], event[6]) for event in answer.of(EXCEPTION)]
        self.assertEqual(told, [(3, "call", "KeyError", 1), (2, "call", "KeyError", 1)])
        first, second = (event[7] for event in answer.of(EXCEPTION))
        self.assertEqual([frame[2] for frame in first], ["view"])
        self.assertEqual(first[0][3], 'raise KeyError("no")')
        self.assertIsNone(second)

    def test_an_exception_that_a_later_stage_raises_again(self):
        """As a handler of errors does, which is called with it: it rose where it was raised. One
        that rises in the same place, and may have the same id, is another."""
        self.start("handled")
        answer = self.ask("/fail")
        told = [(event[1], event[6]) for event in answer.of(EXCEPTION)]
        self.assertEqual(told, [(2, 1), (3, 1), (4, 2)])
        self.assertEqual([bool(event[7]) for event in answer.of(EXCEPTION)], [True, False, True])

    def test_reads_through_the_input_of_another(self):
        self.start("kept_input")
        answer = self.ask("/list", b"12345")
        self.assertEqual([event[1:2] + event[3:] for event in answer.of(INPUT)], [(3, 2, 5, 1)])

    def test_reads_of_the_only_stage(self):
        self.start("plain")
        for number in range(1, 5):
            answer = self.ask("/list", b"12345", number)
            told = [event[:2] + event[3:] for event in answer.of(INPUT)]
            self.assertEqual(told, [(INPUT, 1, 2, 5, 1)])
            self.assertEqual([event[1] for event in answer.of(SPENT)], [1])

    def test_reads_of_no_body(self):
        for attr, index in ("plain", 1), ("app", 3):
            self.start(attr)
            told = [event[:2] + event[3:] for event in self.ask("/list").of(INPUT)]
            self.assertEqual(told, [(INPUT, index, 2, 0, 2)])

    def test_one_stage_is_the_servers_alone(self):
        self.start("twice")
        self.assertEqual(self.ask("/").events, [])

    def test_not_told_apart(self):
        self.start(no_stages=True)
        self.assertEqual(self.ask("/list").events, [])
        self.assertNotIn("root", self.ready)


class PlainTest(unittest.TestCase):
    def test_headers_of_classes_that_fail_where_they_are_iterated(self):
        class Headers(list):
            def __iter__(self):
                raise RuntimeError("it was iterated")

        class Pair(tuple):
            __iter__ = __len__ = Headers.__iter__

        headers = Headers([Pair(("X-A", "1")), ("X-B", "2"), "none"])
        event = (START_RESPONSE, 2, 0, "200 OK", headers, False)
        expected = [("X-A", "1"), ("X-B", "2"), ("", "'none'")]
        self.assertEqual(plain(event), (*event[:4], expected, False))


if __name__ == "__main__":
    unittest.main()
