"""Requests that go through the stages otherwise than they were built."""

from __future__ import annotations

import io
import unittest
from marshal import dumps
from types import SimpleNamespace
from unittest import mock

from _snifter import frames
from _snifter.body import EMPTY, ToldInput
from _snifter.stages import values
from _snifter.stages.events import ENTER, INPUT
from _snifter.stages.frameworks import layerhooks, layers
from _snifter.stages.names import Stage
from _snifter.stages.stepping import skipping, surgery

from .operating import Operating, Placed
from .server import ENVIRON
from .stepping import PLAN
from .test_units import FakeLink


class SurgeryTest(Operating):
    def test_nothing(self):
        answer = self.operate("/list")
        self.assertEqual(answer.body, b"ONETWO")
        self.assertEqual(self.names(answer), ["tagging", "Upper", "view", "at_list"])

    def test_skip_one(self):
        answer = self.operate("/list", skip=["Upper"])
        self.assertEqual((answer.body, answer.headers[-1]), (b"onetwo", ("X-Tag", "1")))
        self.assertEqual(self.names(answer), ["tagging", "view", "at_list"])
        answer = self.operate("/list", skip=["tagging"])
        self.assertEqual((answer.body, answer.headers[-1][0]), (b"ONETWO", "Content-Type"))
        self.assertEqual(self.names(answer), ["Upper", "view", "at_list"])

    def test_skip_several(self):
        answer = self.operate("/list", skip=["*.tagging", "stepping_app.Upper"])
        self.assertEqual((answer.body, answer.headers[-1][0]), (b"onetwo", "Content-Type"))
        self.assertEqual(self.names(answer), ["view", "at_list"])

    def test_skip_a_generator(self):
        self.assertEqual(self.operate("/dotted").body, b"ONE.TWO.")
        answer = self.operate("/dotted", skip=["Dotting"])
        self.assertEqual((answer.body, answer.findings), (b"ONETWO", []))

    def test_skip_the_outermost(self):
        answer = self.operate("/environ", skip=["Auth"])
        self.assertEqual((answer.status, answer.exceptions), ("200 OK", []))
        self.assertNotIn(b"AUTH.USER", answer.body)
        self.assertIn(b"AUTH.USER", self.operate("/environ").body)

    def test_enter(self):
        environ = dict(ENVIRON, PATH_INFO="/environ", MINE="1")
        answer = self.operate("/list", enter="Upper", environ=environ)
        self.assertIn(b"('MINE', '1')", answer.body)
        self.assertNotIn(b"AUTH.USER", answer.body)
        self.assertEqual(self.names(answer)[:2], ["Upper", "view"])
        self.assertEqual(len(answer.headers), 1)

    def test_enter_has_the_body(self):
        environ = dict(ENVIRON, PATH_INFO="/read", REQUEST_METHOD="POST", CONTENT_LENGTH="6")
        answer = self.operate("/list", b"abcdef", enter="view", environ=environ)
        self.assertEqual(answer.body, b"abc|def")

    def test_both(self):
        environ = dict(ENVIRON, PATH_INFO="/list")
        answer = self.operate("/list", enter="tagging", environ=environ, skip=["Upper"])
        self.assertEqual((answer.body, answer.headers[-1]), (b"onetwo", ("X-Tag", "1")))

    def test_what_is_impossible(self):
        for words, told in (
            ("no stage Nobody to skip", {"skip": ["Nobody"]}),
            ("no stage Nobody to enter", {"enter": "Nobody", "environ": ENVIRON}),
            ("at_environ can't be skipped: it holds no application", {"skip": ["at_environ"]}),
            ("Either can't be skipped: it chooses between several", {"skip": ["Either"]}),
            ("more than one stage", {"enter": "*", "environ": ENVIRON}),
        ):
            with self.subTest(words):
                answer = self.operate("/environ" if "at_environ" in words else "/either", **told)
                [error] = answer.exceptions
                self.assertEqual(error["type"], "snifter.Surgery")
                self.assertIn(words, error["message"])
                self.assertTrue(answer.broken)
                self.assertIsNone(answer.status)
        self.assertEqual(self.operate("/list").body, b"ONETWO")

    def test_it_stops_as_well(self):
        self.server.stops("view:enter")
        self.server.send(frames.SURGERY, 1, dumps({"skip": ["Upper"]}, 2))
        self.ask("/list")
        stopped = self.server.halt()
        self.assertEqual(stopped.index, 3)
        self.assertEqual(self.go_on(stopped).body, b"onetwo")


class BehindTest(Operating):
    """A stage is entered of which others had read some of the body before."""

    def plan_of(self, read, path="/read"):
        environ = dict(ENVIRON, PATH_INFO=path, REQUEST_METHOD="POST", CONTENT_LENGTH="6")
        return {"enter": "view", "environ": environ, "read": read}

    def enter(self, read, *pieces, path="/read", last=frames.BODY):
        """The number of a request whose body comes in pieces."""
        number = self.number = self.number + 1
        self.server.send(frames.SURGERY, number, dumps(self.plan_of(read, path), 2))
        first, *rest = pieces
        more = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": "6"}
        self.server.request(number, first, end=False, **more)
        for left, piece in zip(range(len(rest), 0, -1), rest):
            if left > 1:
                self.server.send(frames.BODY, number, piece)
            else:
                self.server.send(last, number, piece, frames.FLAG_END)
        return number

    def test_the_rest_is_read(self):
        for read, body in ((0, b"abc|def"), (1, b"bcd|ef"), (4, b"ef|"), (6, b"|"), (9, b"|")):
            answer = self.operate("/list", b"abcdef", **self.plan_of(read))
            self.assertEqual((answer.body, answer.exceptions), (body, []))

    def test_a_buffer_is_in_its_place(self):
        """And nobody reads of the server's own."""
        for read, body in ((0, b"abc|def"), (4, b"ef|"), (6, b"|"), (9, b"|")):
            plan = dict(self.plan_of(read), instead=True)
            answer = self.operate("/list", b"abcdef", **plan)
            self.assertEqual((answer.body, answer.exceptions), (body, []))
            self.assertEqual(answer.of(INPUT), [])

    def test_nobody_is_told_to_have_read_what_is_dropped(self):
        # And what asks for more than there is left is told of as ever.
        for read, size, over in ((0, 6, 0), (4, 2, 1), (9, 0, 1)):
            answer = self.operate("/list", b"abcdef", **self.plan_of(read))
            self.assertEqual(self.names(answer), ["view", "at_read"])
            told = answer.of(INPUT)
            self.assertEqual({event[1] for event in told}, {answer.of(ENTER)[-1][1]})
            self.assertEqual(sum(event[4] for event in told), size)
            self.assertEqual(sum(event[5] for event in told), over)

    def test_it_comes_in_pieces(self):
        for pieces in ((b"ab", b"cd", b"ef"), (b"abc", b"def"), (b"", b"abcdef"), (b"abcd", b"ef")):
            number = self.enter(3, *pieces)
            self.assertEqual(self.server.end(number).body, b"def|", pieces)

    def test_what_has_not_come_is_not_waited_for(self):
        self.assertEqual(self.server.end(self.enter(4, b"ab", path="/list")).body, b"onetwo")

    def test_it_breaks_off(self):
        number = self.enter(4, b"ab", b"it is gone", last=frames.BODY_ERROR)
        [error] = self.server.end(number).exceptions
        self.assertEqual(error["type"], "OSError")
        self.assertIn("it is gone", error["message"])

    def test_no_body(self):
        self.assertEqual(self.operate("/list", **self.plan_of(4)).body, b"|")

    def test_where_reads_stop(self):
        self.server.stops("at_read:input")
        self.server.send(frames.SURGERY, 1, dumps(self.plan_of(2), 2))
        self.ask("/list", b"abcdef")
        stopped = self.server.halt()
        self.assertEqual(stopped.boundary, "input")
        self.server.stops()
        self.assertEqual(self.go_on(stopped).body, b"cde|f")


class BehindInputTest(unittest.TestCase):
    def open(self, link, first, size):
        stream = link.open(first)
        ToldInput.tell_of(stream, lambda: None, None)
        surgery._begin_behind(stream, size)
        return stream

    def test_like_a_file(self):
        """Whatever is read, in whatever pieces it came, is what a file gives from there on."""
        text = b"abc\ndefgh\n\nij\nklmnop"
        calls = [("read", 0), ("read", 2), ("readline", 1), ("readline", -1), ("readline", 3)]
        calls += [("readlines", -1), ("read", -1)]
        for size in range(1, len(text) + 1):
            pieces = [text[at : at + size] for at in range(0, len(text), size)]
            for behind in range(len(text) + 3):
                for turn in range(len(calls)):
                    stream = self.open(FakeLink(*pieces[1:]), pieces[0], behind)
                    file = io.BytesIO(text[behind:])
                    for name, arg in calls[turn:] + calls[:turn]:
                        self.assertEqual(
                            getattr(stream, name)(arg),
                            getattr(file, name)(arg),
                            (size, behind, turn, name, arg),
                        )
                    self.assertEqual((stream.read(), list(stream)), (b"", []))

    def test_what_is_dropped_makes_room_for_more(self):
        link = FakeLink(b"x" * 100_000, b"y" * 10, b"")
        stream = self.open(link, b"z", 100_005)
        self.assertEqual(stream.read(), b"y" * 6)
        self.assertEqual(link.told[0], (frames.READ, 1, frames.FLAG_CONTINUE))
        self.assertEqual(sum(n for _, n, _ in link.told), 100_011)

    def test_it_breaks_off(self):
        stream = self.open(FakeLink(b"abc", b"def", ValueError("cut")), b"", 5)
        for read in (stream.read, stream.readline, lambda: stream.read(5), stream.readlines):
            with self.assertRaises(OSError):
                read()
        self.assertEqual(stream.read(1), b"f")
        stream = self.open(FakeLink(b"abc", ValueError("cut")), b"", 5)
        for read in (stream.readline, stream.read, lambda: stream.read(5), stream.readlines):
            with self.assertRaises(OSError):
                read()

    def test_how_it_is_shown_where_a_stage_has_put_it_back(self):
        """A replay knows it by that (package replay)."""
        for stream in (EMPTY, self.open(FakeLink(), b"abc", 1)):
            self.assertRegex(values.shown(stream), "^<Input object at 0x[0-9a-f]+>$")


class TwiceTest(Operating):
    """Several applications have one name."""

    plan = dict(PLAN, attr="twice")

    def test_the_outermost_is_entered(self):
        answer = self.operate("/list", enter="Upper", environ=ENVIRON)
        self.assertEqual(answer.body, b"ONETWO")
        self.assertEqual(self.names(answer), ["Auth", "Upper", "at_list"])


    def test_each_is_skipped_or_those_that_are_counted(self):
        for told, names in (
            ([], ["Auth", "at_list"]),
            ([1], ["Auth", "Upper", "at_list"]),
            ([2], ["Auth", "at_list"]),  # within the outermost, which the server tells of
        ):
            nth = {"stepping_app.Upper": told} if told else {}
            answer = self.operate("/list", skip=["stepping_app.Upper"], nth=nth)
            self.assertEqual((answer.exceptions, self.names(answer)), ([], names))
            self.assertEqual(answer.body, b"ONETWO" if told else b"onetwo")


class WrappedTest(Operating):
    """What an agent has put around methods is entered and left out as any stage is."""

    plan = dict(PLAN, module="tests.decorated_roots_app", attr="further")

    def test_it_is_entered_and_skipped(self):
        names = ["watches", "passes", "serve", "leaf"]
        for told, expected in (
            ({}, names),
            ({"enter": "library.watches", "environ": ENVIRON}, names[1:]),
            ({"enter": "library.passes", "environ": ENVIRON}, names[2:]),
            ({"enter": "Further.serve", "environ": ENVIRON}, names[3:]),
            ({"skip": ["library.watches"]}, names[1:]),
            ({"skip": ["library.passes"]}, ["watches", "serve", "leaf"]),
            ({"skip": ["library.watches", "library.passes"]}, names[3:]),  # one method further
        ):
            answer = self.operate("/", **told)
            self.assertEqual((answer.body, answer.exceptions), (b"leaf", []), told)
            self.assertEqual(self.names(answer)[-len(expected) :], expected, told)


class PartialTest(Operating):
    plan = dict(PLAN, module="tests.decorated_roots_app", attr="partial")

    def test_it_is_not_within_itself(self):
        """Nor where nothing stops any more when it is called."""
        self.server.stops("leaf:enter")
        self.ask("/")
        self.go_on(self.server.halt())
        self.server.stops()
        for answer in self.operate("/"), self.server.end(self.ask("/")):
            self.assertEqual((answer.body, self.names(answer)), (b"leaf", ["leaf"]))

    def test_what_it_calls_is_found(self):
        answer = self.operate("/", skip=["takes_one"])
        self.assertEqual((answer.body, answer.exceptions), (b"leaf", []))


class AmongTest(Operating):
    plan = dict(PLAN, attr="among")

    def test_which_is_not_guessed(self):
        [error] = self.operate("/list", enter="Upper", environ=ENVIRON).exceptions
        self.assertIn("Upper is 2 applications of one name", error["message"])


class PlacesTest(Placed):
    attr = "nested"

    def test_by_what_is_around(self):
        for around, body in (
            ([], b"ab-cfirst"),
            (["Stage"], b"b-cfirst"),
            (["Stage", "Stage", "Other"], b"cfirst"),
        ):
            answer = self.enter(around)
            self.assertEqual((answer.body, answer.exceptions), (body, []))

    def test_a_place_that_is_not_there_any_more(self):
        [error] = self.enter(["Gone"]).exceptions
        self.assertIn("Stage is 2 applications of one name", error["message"])


class MountedTest(PlacesTest):
    attr = "mounted"

    def test_by_what_is_around(self):
        self.assertEqual(self.enter(["Mounts", "Other"], path="/3").body, b"first")

    def test_by_what_is_within(self):
        self.assertEqual(self.enter(["Mounts"], ["first"]).body, b"afirst")
        self.assertEqual(self.enter(["Mounts"], ["second"], "/2").body, b"bsecond")

    def test_a_place_that_is_not_there_any_more(self):
        [error] = self.enter(["Mounts"], ["gone"], "/").exceptions
        self.assertIn(
            "places_app.Stage in places_app.Mounts around places_app.first; "
            "places_app.Stage in places_app.Mounts around places_app.second. Enter",
            error["message"],
        )


class CalledTest(Operating):
    """A stage that is skipped chooses between several; the exchange tells which it has called."""

    plan = dict(PLAN, module="places_app", attr="by_prefix")

    def skip(self, path, *names):
        called = {"places_app.ByPrefix": ["places_app." + name for name in names]}
        return self.operate(path, skip=["ByPrefix"], called=called if names else {})

    def test_that_is_called(self):
        for path, names, body in (
            ("/2", ["Other"], b"bfirst"),
            ("/2", ["Response", "Other"], b"bfirst"),
            ("/4", ["second"], b"second"),
            ("/4", ["Response"], b"second"),
            ("/4", [], b"second"),
        ):
            self.assertEqual(self.skip(path, *names).body, body, names)

    def test_of_one_name_none_is_guessed(self):
        [error] = self.skip("/1", "Stage").exceptions
        self.assertIn("it chooses between several applications", error["message"])


class ImportedTest(Operating):
    """What nothing holds that is seen without a request, a module may have by its name."""

    plan = dict(PLAN, module="places_app", attr="by_name")

    def test_it_is_entered(self):
        for path, name, body in (
            ("/second", "places_app.second", b"second"),
            ("/Page", "places_app.Page", b"page"),
            ("/", "places_app.Page.first", b"first"),
        ):
            self.assertEqual(self.operate(path).body, body)
            answer = self.operate("/else", enter=name, environ=ENVIRON, around=["by_name"])
            self.assertEqual((answer.body, answer.exceptions), (body, []))

    def test_a_method_is_not(self):
        for name in "places_app.Page.second", "places_app.gone", "gone.Page", "gone.Page.first":
            [error] = self.operate("/", enter=name, environ=ENVIRON).exceptions
            self.assertRegex(error["message"], "to enter|can.t be entered")


class FrameworkTest(unittest.TestCase):
    """What an application of a framework holds that its requests may be given to."""

    def test_one_that_is_the_outermost(self):
        def mounted(environ, start_response):
            return []

        class Site:
            def __call__(self, environ, start_response):
                return []

        site = Site()
        inside = SimpleNamespace(closed=True, applications=[mounted], layers=[])
        with mock.patch.object(layers, "inside", return_value=inside):
            stage = Stage("app.Site", "wsgi", ("app.py", 1))
            self.assertIs(surgery.Plan({}).inner_of(stage, site, site), mounted)


class KindsTest(Operating):
    """Stages of kinds that give way otherwise than most."""

    plan = dict(PLAN, module="skipped_app", attr="app")

    def test_each(self):
        for name in "Keeps", "Calls", "Attribute", "Default":
            with self.subTest(name):
                whole = self.operate("/" + name)
                self.assertEqual((whole.body, whole.exceptions), (b"ONE", []))
                before = int(self.operate("/plain").body)
                answer = self.operate("/" + name, skip=["*" + name])
                self.assertEqual((answer.status, answer.exceptions), ("200 OK", []))
                self.assertEqual((answer.body, answer.findings), (b"one", []))
                self.assertEqual(self.names(answer), ["leaf"])
                # And closed once.
                self.assertEqual(int(self.operate("/plain").body), before + 1)

    def test_what_gives_no_other_blocks(self):
        self.assertEqual(self.operate("/Slotted").body, b"one")
        [error] = self.operate("/Slotted", skip=["*Slotted"]).exceptions
        self.assertRegex(error["message"], "Slotted can't be skipped: its instances are the body")


class WithoutTest(unittest.TestCase):
    """What a framework gets in the place of a layer that is left out."""

    def without(self, kind, role, args=("first", "last")):
        stage = Stage("app.layer", kind, ("app.py", 1), role)
        hook = layerhooks.LayerHook(kind, role, stage)
        return skipping.without(hook, stage, None, args, {})

    def test_what_its_framework_goes_on_with(self):
        for kind, role, want in (
            ("flask", "before_request of notes", None),
            ("flask", "after_request", "last"),
            ("flask", "teardown_request", None),
            ("flask", "teardown_appcontext", None),
            ("django", "exception_handler", None),
            ("flask", "save_session", None),
            ("bottle", "after_request", None),
            ("pyramid", "response_callback", None),
            ("django", "process_response", "last"),
            ("django", "authenticate", None),
            ("django", "has_permission", True),
            ("falcon", "process_response", None),
        ):
            self.assertIs(self.without(kind, role), want, (kind, role))

    def test_a_response_is_passed_on_that_has_defaults_behind_it(self):
        for kind, role, mark in (
            ("flask", "after_request", "_status"),
            ("django", "process_response", "cookies"),
        ):
            response = SimpleNamespace(**{mark: None})
            self.assertIs(self.without(kind, role, (object(), response, "a default")), response)

    def test_what_nothing_stands_in_for(self):
        for role, what in (("error", "an error"), ("view", "a view"), ("", "a layer")):
            with self.assertRaises(skipping.Surgery) as caught:
                self.without("bottle", role)
            self.assertEqual(
                str(caught.exception),
                f"app.layer can't be skipped: bottle calls nothing else in the place of {what}",
            )
