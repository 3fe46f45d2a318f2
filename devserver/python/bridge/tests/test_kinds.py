"""Classes whose metaclass makes something else of equality than identity."""

from __future__ import annotations

import unittest

from _snifter.stages.events import CHUNK, CLOSE, ENTER, ENVIRON_CHANGED, EXCEPTION, START_RESPONSE
from _snifter.stages.kinds import ByClass, by_class

from . import unequal_app
from .server import BRIDGE
from .stepping import Stepping


class ServedTest(unittest.TestCase):
    """An application of such classes is told of as any other is."""

    def setUp(self):
        plan = {"kind": "module", "module": unequal_app.__name__, "attr": "application"}
        self.server = Stepping(dict(plan, sys_path=[BRIDGE]))
        self.addCleanup(self.server.close)
        self.root = self.server.ready()["root"]
        self.number = 0

    def ask(self, path):
        """By a place that is known by now."""
        for _ in range(4):
            self.number += 1
            self.server.request(self.number, PATH_INFO=path)
            answer = self.server.end(self.number)
            self.assertEqual((answer.exceptions, answer.blamed), ([], []))
        entered = (self.root, *(event[4] for event in answer.of(ENTER)))
        stages = [self.server.stages[number][0].rpartition(".")[2] for number in entered]
        return answer, stages

    def test_stages(self):
        answer, stages = self.ask("/")
        self.assertEqual((answer.status, answer.body), ("200 OK", b"ab"))
        self.assertEqual(stages, ["Sessions", "Catches", "Views"])
        [(_, index, _, plain, objects, gone, _)] = answer.of(ENVIRON_CHANGED)
        self.assertEqual((index, plain, gone), (1, {}, []))
        self.assertEqual(set(objects), {"app.session", "app.held", "app.user"})
        self.assertIn("unequal_app.Session object at", objects["app.held"])
        self.assertEqual([event[1] for event in answer.of(START_RESPONSE)], [3, 2])
        self.assertEqual([event[1] for event in answer.of(CHUNK)], [3, 3])
        self.assertEqual([event[1] for event in answer.of(CLOSE)], [1, 3])

    def test_what_is_raised(self):
        answer, stages = self.ask("/refused")
        self.assertEqual((answer.status, answer.body), ("403 Forbidden", b"refused"))
        self.assertEqual(stages, ["Sessions", "Catches", "Views"])
        [(_, index, _, where, name, message, *_)] = answer.of(EXCEPTION)
        self.assertEqual((index, where, message), (3, "call", "for eve"))
        self.assertTrue(name.endswith("Refused"), name)

    def test_what_is_made(self):
        answer, stages = self.ask("/made")
        self.assertEqual((answer.status, answer.body), ("200 OK", b"made"))
        self.assertEqual(stages, ["Sessions", "Catches", "Views", "Made"])

    def test_nothing_fails(self):
        for path in ("/", "/refused", "/made"):
            self.ask(path)
        texts = self.server.close()[1] + self.server.printed.decode()
        self.assertNotIn("snifter:", texts)


class ByClassTest(unittest.TestCase):
    def test_equal_classes_are_two(self):
        first, second = (unequal_app.Tagged("Same", (), {"tag": 1}) for _ in range(2))
        self.assertEqual(first, second)
        known = ByClass()
        self.assertEqual((known.add(first, "a"), known.add(second, "b")), ("a", "b"))
        self.assertEqual((known.get(id(first)), known.get(id(second)), len(known)), ("a", "b", 2))
        known.clear()
        self.assertEqual((known.get(id(first)), len(known)), (None, 0))

    def test_what_is_said_of_a_class_is_asked_once(self):
        asked = []

        @by_class
        def name(kind):
            asked.append(kind)
            return kind.__name__ or None

        kind = unequal_app.Tagged("Asked", (), {"tag": 1})
        self.assertEqual([name(kind), name(kind)], ["Asked", "Asked"])
        self.assertEqual(len(asked), 1)
        name.forget()
        self.assertEqual((name(kind), len(asked)), ("Asked", 2))


if __name__ == "__main__":
    unittest.main()
