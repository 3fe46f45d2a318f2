"""The stages of odd holders while they are served: each once, from the first request on."""

from __future__ import annotations

import unittest

from _snifter.stages.events import ENTER

from . import (
    asked_roots_app,
    awaits_app,
    classes_app,
    decorated_roots_app,
    functools_app,
    further_holders_app,
    given_roots_app,
    holders_app,
    importing_roots_app,
    kept_app,
    keyword_roots_app,
    later_holders_app,
    news_app,
    nobodies_app,
    odd_roots_app,
    odder_holders_app,
    oddest_holders_app,
    repeated_holders_app,
    sends_app,
    wrapped_holders_app,
)
from .server import BRIDGE
from .stepping import Stepping

_ROOTS = (
    *(odd_roots_app, importing_roots_app, keyword_roots_app, decorated_roots_app),
    *(given_roots_app, asked_roots_app, kept_app, functools_app, news_app, classes_app, sends_app),
    *(awaits_app, nobodies_app),
)


class ServedTest(unittest.TestCase):
    def test_every_holder(self):
        """By each of the requests: before, during, and after those that are learned from."""
        for module in (
            *(holders_app, further_holders_app, repeated_holders_app, later_holders_app),
            *(odder_holders_app, oddest_holders_app, wrapped_holders_app),
        ):
            plan = {"kind": "module", "module": module.__name__, "attr": "application"}
            server = Stepping(dict(plan, sys_path=[BRIDGE]))
            self.addCleanup(server.close)
            root = server.ready()["root"]
            for number in range(1, 6):
                server.request(number)
                answer = server.end(number)
                entered = answer.of(ENTER)
                stages = [server.stages[n] for n in (root, *(event[4] for event in entered))]
                self.assertEqual([stage[0] for stage in stages], module.EXPECTED, number)
                self.assertEqual([event[3] for event in entered], [*range(1, len(stages))], number)
                self.assertEqual((answer.status, answer.exceptions), ("200 OK", []))
                self.assertEqual({(stage[1], stage[2]) for stage in stages}, {("wsgi", "")})
                for name, _, _, file, line in stages:
                    self.assertTrue(file in (module.__file__, "<string>") and line > 0, name)

    def test_the_outermost_calls_itself(self):
        expected = [f"tests.later_holders_app.{name}" for name in ("Mounted", "Mounted", "leaf")]
        self.check_root("tests.later_holders_app", "outermost", expected)

    def test_every_root(self):
        """The same, for what is odd as the outermost stage; and the answer is the same."""
        for module in _ROOTS:
            for name, expected in module.EXPECTED.items():
                self.check_root(module.__name__, name, expected)

    def test_a_class_that_is_given_what_is_made_of_itself(self):
        name = classes_app.__name__
        expected = [f"{name}.{each}" for each in ("Mid", "Given", "Given", "leaf")]
        self.check_root(name, "twice", expected)

    def check_root(self, module, name, expected):
        plan = {"kind": "module", "module": module, "attr": name, "sys_path": [BRIDGE]}
        answers = []
        for more in ({}, {"no_stages": True}):
            with Stepping(dict(plan, **more)) as server:
                root = server.ready().get("root")
                for number in range(1, 5):
                    server.request(number)
                    answer = server.end(number)
                    answers.append((answer.status, answer.headers, answer.body))
                    if not more:
                        entered = [event[4] for event in answer.of(ENTER) if event[1] > 1]
                        found = [server.stages[n][0] for n in (root, *entered)]
                        self.assertEqual(found, expected, (name, number))
        self.assertEqual(answers[:4], answers[4:], name)


if __name__ == "__main__":
    unittest.main()
