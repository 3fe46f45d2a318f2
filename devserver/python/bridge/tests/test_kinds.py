"""Classes whose metaclass makes something else of equality than identity."""

from __future__ import annotations

import gc
import unittest
import weakref
from marshal import loads

from _snifter.body import EMPTY
from _snifter.exchange import Exchange
from _snifter.stages.events import CHUNK, CLOSE, ENTER, ENVIRON_CHANGED, EXCEPTION, START_RESPONSE
from _snifter.stages.kinds import ByClass, by_class
from _snifter.stages.running import calls

from . import cost, unequal_app
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


def makes_classes(environ, start_response):
    """Its middleware, start_response, body and iterator are of classes of this one request, whose
    methods close over what that holds."""

    class Middleware:
        def __call__(self, environ, start_response):
            return view(environ, Start(start_response))

    class Start:
        def __init__(self, following):
            self.following = following

        def __call__(self, *args):
            return self.following(*args)

    class Body:
        def __iter__(self):
            return Steps()

        def close(self):
            pass

    class Steps:
        def __next__(self):
            raise StopIteration(environ)

        def __iter__(self):
            return self

    class Application:
        def __init__(self, environ, start_response):
            self.body = Middleware()(environ, start_response)

        def __iter__(self):
            yield from self.body

    def view(environ, start_response):
        start_response("200 OK", [])
        return Body()

    made.extend(map(weakref.ref, (Middleware, Start, Body, Steps, Application)))
    return Application(environ, start_response)


made = []


class LivesTest(unittest.TestCase):
    def test_classes_that_requests_make_do_not_outlive_them(self):
        del made[:]
        link = cost.traced(makes_classes)
        for number in range(1, 5):
            exchange = link.open[number] = Exchange(link, number, loads(cost._SENT), EMPTY)
            exchange.run()
        calls.stop()
        link.close()
        del exchange
        gc.collect()
        gc.collect()
        self.assertEqual((len(made), [ref() for ref in made if ref() is not None]), (20, []))


class ByClassTest(unittest.TestCase):
    def test_what_is_known_of_one_that_is_gone_is_not_said_of_another(self):
        known, kind = ByClass(), type("Gone", (), {})
        number = id(kind)
        known.add(kind, "known")
        del kind
        gc.collect()
        self.assertEqual((known.get(number), len(known)), (None, 0))

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
