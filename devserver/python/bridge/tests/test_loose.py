"""Applications that are given the two among whatever else are stages from the first request on."""

from __future__ import annotations

import os
import unittest

from _snifter.stages.events import ENTER
from _snifter.stages.hooking.swap import original_code
from _snifter.stages.reading import loose

from . import loose_app
from .loose_app import plain
from .stepping import Stepping


class LooseTest(unittest.TestCase):
    def test_they_are_seen_at_once(self):
        plan = {"kind": "module", "module": "loose_app", "attr": "application"}
        server = Stepping(dict(plan, sys_path=[os.path.dirname(os.path.abspath(__file__))]))
        self.addCleanup(server.close)
        server.ready()
        names = ["Unpacks", "wrapped", "Made", "Named", "All", "Yields", "first"]
        behind = {"/": ["view"], "/first": [], "/handed": ["handing", "handed", "plain"]}
        for number, path in enumerate(("/", "/first", "/handed", "/", "/first", "/handed"), 1):
            server.request(number, PATH_INFO=path)
            answer = server.end(number)
            self.assertEqual(answer.body, path.replace("/first", "first").encode())
            self.assertIn(("X-Unpacked", "1"), answer.headers)
            entered = [server.stages[event[4]][0] for event in answer.each() if event[0] == ENTER]
            entered = [name.rpartition(".")[2] for name in entered]
            self.assertEqual(entered, names + behind[path])

    def test_by_their_codes(self):
        def judged(function):
            return loose.is_one(original_code(function))

        for kind in (loose_app.Made, *loose_app.Made.__subclasses__()):
            self.assertTrue(judged(kind.__call__), kind)
            self.assertFalse(judged(kind.__init__), kind)
        self.assertTrue(judged(loose_app.view))
        self.assertTrue(judged(loose_app.first))
        for function in loose_app.note, loose_app.begin, loose_app.application:
            self.assertFalse(judged(function), function)

    def test_by_what_they_hand_all_on_to(self):
        def handing(*args):
            return loose_app.view(*args)  # it may be another by the time

        self.assertTrue(loose.leads_to_one(loose_app.handing))
        self.assertTrue(loose.is_one(original_code(loose_app.handed)))
        for function in loose_app.told, loose_app.around, loose_app.begin, handing:
            self.assertFalse(loose.leads_to_one(function), function)

    def test_one_that_is_called_otherwise_is_none(self):
        def handing(*args):
            return plain(*args)

        self.assertTrue(loose.leads_to_one(handing))
        loose.forget(original_code(handing))
        self.assertFalse(loose.leads_to_one(handing))


if __name__ == "__main__":
    unittest.main()
