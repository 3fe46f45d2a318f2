"""An exception rose in the stage whose code it rose in, though another stage has called that."""

from __future__ import annotations

import os
import shutil
import tempfile
import unittest

from _snifter.stages.events import EXCEPTION

from .stepping import Stepping

_APP = os.path.join(os.path.dirname(__file__), "rising_app.py")


class RisesTest(unittest.TestCase):
    def ask(self, attr, path, query="", armed=False):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        shutil.copy(_APP, os.path.join(folder.name, "rising.py"))
        plan = {"kind": "module", "module": "rising", "attr": attr, "sys_path": [folder.name]}
        server = Stepping(plan)
        self.addCleanup(server.close)
        server.ready()
        if armed:
            server.stops("nowhere:enter")
        server.request(1, PATH_INFO=path, QUERY_STRING=query)
        answer = server.end(1)
        self.handled = list(zip(answer.raised_in, answer.exceptions))
        self.frames = [event[7] for event in answer.of(EXCEPTION)]
        return [(e[1], e[3], e[5], e[6]) for e in answer.of(EXCEPTION)]

    def test_in_what_stands_for_start_response(self):
        for armed in (False, True):
            for path in ("/start", "/write"):
                self.assertEqual(
                    self.ask("app", path, armed=armed),
                    [(each, "call", "outer", 1) for each in (2, 4, 3, 2)],
                )
                self.assertEqual(self.frames[1:], [None] * 3)
                places = [frame[2].rpartition(".")[2] for frame in self.frames[0]]
                self.assertEqual(places, ["view", "started" if path == "/start" else "written"])

    def test_in_that_of_the_outermost(self):
        """It is told of here for its number alone: what leaves it is for the server to tell."""
        self.assertEqual(
            self.ask("outermost", "/start"), [(each, "call", "outer", 1) for each in (1, 3, 2)]
        )

    def test_in_that_of_a_stage_further_out(self):
        for armed in (False, True):
            for path in ("/start", "/write"):
                self.assertEqual(
                    self.ask("nested", path, armed=armed),
                    [(each, "call", "outer", 1) for each in (2, 5, 4, 3, 2)],
                )

    def test_in_what_the_server_has_for_write(self):
        """It is called by the stage within, through no code of that one's."""
        told = self.ask("outermost", "/text")
        self.assertEqual([each[0] for each in told], [3, 2])

    def test_in_who_calls_what_stands_for_it_wrongly(self):
        for armed in (False, True):
            for attr in "few", "none", "many":
                with self.subTest(attr, armed=armed):
                    stages = [each[0] for each in self.ask(attr, "/", armed=armed)]
                    self.assertEqual(stages, [4, 3, 2])
            for attr, stages in ("failing", [2, 4, 3, 2]), ("asked", [2, 4, 3, 2]):
                with self.subTest(attr, armed=armed):
                    self.assertEqual([e[0] for e in self.ask(attr, "/", armed=armed)], stages)

    def test_in_a_body(self):
        """The call of the stage in which it rises is over: it has returned the body."""
        self.assertEqual(
            self.ask("lazy", "/start"), [(each, "iterate", "outer", 1) for each in (2, 4)]
        )

    def test_of_one_that_the_stage_within_catches(self):
        self.assertEqual(
            self.ask("app", "/start", "caught"),
            [(2, "call", "outer", 1), *((n, "call", "'its own'", 2) for n in (4, 3, 2))],
        )

    def test_of_one_that_start_response_raises_again(self):
        for armed in (False, True):
            told = self.ask("raised_again", "/", armed=armed)
            self.assertEqual([each[:1] + each[2:] for each in told][:1], [(3, "the view's", 1)])

    def test_of_what_iterators_are_closed_or_end_by(self):
        """It is an exception like any other where it is raised by hand."""
        for armed in (False, True):
            told = self.ask("given_up", "/", armed=armed)
            self.assertEqual(told, [(each, "iterate", "by hand", 1) for each in (3, 2)])
            told = self.ask("closing", "/", armed=armed)
            self.assertEqual(told, [(each, "close", "by hand", 1) for each in (3,)])

    def test_of_one_that_a_stage_has_handled(self):
        """It is told as of the stage that runs, be it that its body goes on."""
        for armed in (False, True):
            self.ask("logged", "/", armed=armed)
            told = [(stage, e["where"], e["message"]) for stage, e in self.handled]
            self.assertEqual(told, [(3, "call", "called"), (3, "iterate", "iterated")])


if __name__ == "__main__":
    unittest.main()
