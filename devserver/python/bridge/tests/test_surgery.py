"""Requests that go through the stages otherwise than they were built."""

from __future__ import annotations

import unittest
from marshal import dumps
from types import SimpleNamespace
from unittest import mock

from _snifter import frames
from _snifter.stages import layerhooks, layers, skipping, surgery
from _snifter.stages.names import Stage
from _snifter.stages.record import ENTER

from .server import ENVIRON
from .stepping import PLAN, SteppingTest


class Operating(SteppingTest):
    def operate(self, path, body=b"", **told):
        """The answer to a request that is operated on."""
        plan = dict({"enter": "", "environ": None, "skip": []}, **told)
        self.server.send(frames.SURGERY, self.number + 1, dumps(plan, 2))
        return self.server.end(self.ask(path, body))

    def names(self, answer):
        return [self.server.stages[event[4]][0].rpartition(".")[2] for event in answer.of(ENTER)]


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


class TwiceTest(Operating):
    """Several applications have one name."""

    plan = dict(PLAN, attr="twice")

    def test_the_outermost_is_entered(self):
        answer = self.operate("/list", enter="Upper", environ=ENVIRON)
        self.assertEqual(answer.body, b"ONETWO")
        self.assertEqual(self.names(answer), ["Auth", "Upper", "at_list"])


class AmongTest(Operating):
    plan = dict(PLAN, attr="among")

    def test_which_is_not_guessed(self):
        [error] = self.operate("/list", enter="Upper", environ=ENVIRON).exceptions
        self.assertIn("Upper is 2 applications of one name", error["message"])


class PlacesTest(Operating):
    """Several applications have one name, and the exchange tells where the one is that is meant."""

    attr = "nested"

    @property
    def plan(self):
        return dict(PLAN, module="places_app", attr=self.attr)

    def enter(self, around, within=(), path="/1"):
        around, within = (["places_app." + name for name in names] for names in (around, within))
        environ = dict(ENVIRON, PATH_INFO=path)
        told = {"enter": "Stage", "environ": environ, "around": around, "within": within}
        return self.operate(path, **told)

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
        [error] = self.enter(["Mounts"], ["gone"]).exceptions
        self.assertIn(
            "places_app.Stage in places_app.Mounts around places_app.first; "
            "places_app.Stage in places_app.Mounts around places_app.second. Enter",
            error["message"],
        )


class AlikeTest(PlacesTest):
    attr = "alike"

    def test_by_what_is_around(self):
        [error] = self.enter(["Mounts"], ["first"]).exceptions
        self.assertIn("Stage is 2 applications of one name", error["message"])


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
