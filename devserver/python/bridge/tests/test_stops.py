"""Places at which requests stop."""

from __future__ import annotations

import unittest
from types import SimpleNamespace

from _snifter.stages.events import ENTER
from _snifter.stages.names import Stage
from _snifter.stages.stepping import stops


class MatchesTest(unittest.TestCase):
    def test_as_in_go(self):
        # The table of package stepping.
        for pattern, name, index, want in (
            ("Auth", "app.Auth", 1, True),
            ("app.Auth", "app.Auth", 1, True),
            ("app.Auth", "site.app.Auth", 1, True),
            ("uth", "app.Auth", 1, False),
            ("auth", "app.Auth", 1, False),
            ("*Auth*", "app.BasicAuthMiddleware", 1, True),
            ("Session*", "beaker.middleware.SessionMiddleware", 2, True),
            ("main.(*Auth).Wrap", "main.(*Auth).Wrap", 2, True),
            ("*", "anything", 3, True),
            ("2", "app.Auth", 2, True),
            ("2", "app.Auth", 1, False),
            ("?uth", "app.Auth", 1, True),
            ("<locals>.inner", "app.make.<locals>.inner", 1, True),
            ("make.inner", "app.make.<locals>.inner", 1, True),
            ("app.make.*", "app.make.<locals>.inner.<locals>.of", 1, True),
            ("app.inner", "app.make.<locals>.inner", 1, False),
            ("make", "app.make.<locals>.inner", 1, True),
            ("app.m*e", "app.make.<locals>.inner", 1, True),
            ("app", "app.make.<locals>.inner", 1, False),
            ("make", "app.outer.<locals>.make.<locals>.inner", 1, True),
            ("outer", "app.outer.<locals>.make.<locals>.inner", 1, True),
            ("Auth", "app.Auth.__call__.<locals>.inner", 1, False),
            ("Auth", "app.Auth.handle", 1, True),
            ("app._Auth", "app._Auth.handle", 1, True),
            ("app", "app.handle", 1, False),
            ("app.Auth", "site.app.Auth.handle", 1, True),
        ):
            stage = Stage(name, "wsgi", ("app.py", 1))
            found = stops.is_named(pattern, name, index) or stops.belongs(pattern, stage)
            self.assertEqual(found, want, (pattern, name, index))

    def test_hooks(self):
        for kind, role, name, want in (
            ("falcon", "process_request", "app.Auth.process_request", True),
            ("falcon", "process_request", "app.Auth.<locals>.process_request", True),
            ("django", "process_view", "app.Auth.process_view", False),
            ("django", "middleware", "app.Auth", True),
            ("flask", "view", "app.Auth.index", False),
            ("wsgi", "", "app.Auth.index", True),
        ):
            stage = Stage(name, kind, ("app.py", 1), role)
            found = stops.is_named("Auth", name) or stops.belongs("Auth", stage)
            self.assertEqual(found, want, (kind, role, name))

    def test_classes_of_letters(self):
        for pattern, name, want in (
            ("[A-C]uth", "app.Auth", True),
            ("[^A-C]uth", "app.Auth", False),
            ("[^B]uth", "app.Auth", True),
            ("[\\]A]uth", "Auth", True),
            ("[[A]uth", "[uth", True),
            ("[A", "app.[A", True),  # no pattern, so by the letter
            ("[]A]uth", "Auth", False),
            ("A\\*", "app.A*", True),
            ("A\\*", "app.AB", False),
            ("a*c", "a/c", False),
            ("a.b", "axb", False),
        ):
            self.assertEqual(stops.is_named(pattern, name), want, (pattern, name))


class PlacesTest(unittest.TestCase):
    def setUp(self):
        known = {*stops._names}
        stops._names.clear()  # those of other tests
        self.addCleanup(stops._names.update, known)
        self.addCleanup(stops._names.clear)
        self.addCleanup(stops.replace, [])

    def met(self, name):
        exchange = SimpleNamespace(gone=False, over=False, hand=None)
        stage = Stage(name, "wsgi", ("app.py", 1))
        call = SimpleNamespace(record=SimpleNamespace(exchange=exchange), stage=stage, index=2)
        return stops.met(call, ENTER)

    def test_what_a_stage_is_of_is_no_place_where_one_has_the_name(self):
        """Whichever of them a request comes to first, and whenever the place was set."""
        places = [{"id": 1, "stage": "*Middleware", "boundary": "enter"}]
        stops.replace(places)
        self.assertEqual(self.met("app.CorsMiddleware.handle"), [1])
        stops.known(Stage("app.AuthMiddleware", "wsgi", ("app.py", 1)))
        for _ in range(2):
            self.assertIsNone(self.met("app.CorsMiddleware.handle"))
            self.assertEqual(self.met("app.AuthMiddleware"), [1])
            stops.replace(places)


if __name__ == "__main__":
    unittest.main()
