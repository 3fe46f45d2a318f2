"""A class that is an application is entered once, whoever makes its instances."""

from __future__ import annotations

import contextlib
import io
import os
import unittest

from _snifter import frames
from _snifter.stages import tree
from _snifter.stages.events import ENTER

from . import metaclasses_app, tracing
from .linked import LinkedTest, findings, run, told
from .stepping import Stepping


class MetaclassesTest(unittest.TestCase):
    def test_it_is_entered_once_by_its_own_name(self):
        plan = {
            "kind": "module",
            "module": "metaclasses_app",
            "attr": "application",
            "sys_path": [os.path.dirname(os.path.abspath(__file__))],
        }
        server = Stepping(plan)
        self.addCleanup(server.close)
        server.ready()
        # After the third a learner knows what else is called as an application is.
        for number in range(1, 6):
            server.request(number)
            answer = server.end(number)
            self.assertEqual(answer.body, b"a page")
            entered = [event for event in answer.each() if event[0] == ENTER and event[1] > 1]
            names = [server.stages[event[4]][0] for event in entered]
            self.assertEqual(names, ["metaclasses_app.Page"])

    def test_it_is_in_the_tree_once(self):
        rows, _ = tree.find(metaclasses_app.application, ["/"])
        names = [row["name"].rpartition(".")[2] for row in rows]
        self.assertEqual(names, ["Outer", "Page"])


class AskedTest(unittest.TestCase):
    """A class whose metaclass answers for it, which may load what is lazy, or fail, is not asked:
    what is told of others is told all the same."""

    def test_it_is_not_asked(self):
        asked = []

        class Lazy(type):
            def __getattribute__(cls, name):
                asked.append(name)
                raise RuntimeError(f"{name} is not there yet")

        class Middleware(metaclass=Lazy):
            def __call__(self, environ, start_response):
                return inner(environ, start_response)

        class Body(metaclass=Lazy):
            def __iter__(self):
                return iter([b"lazy"])

        def inner(environ, start_response):
            start_response("200 OK", [])
            return object.__new__(Body)

        def application(environ, start_response):
            return [b"".join(middleware(environ, start_response))]

        middleware = object.__new__(Middleware)
        names = [row["name"].rpartition(".")[2] for row in tree.find(application, [])[0]]
        self.assertEqual(names, ["application"])  # what the other holds is not known
        with tracing.traced() as tracer:
            for _ in range(3):
                heads, blocks, error = tracing.ask(application)
                self.assertEqual((heads, blocks, error), ([("200 OK", [])], [b"lazy"], None))
        names = [name.rpartition(".")[2] for name in tracer.names()]
        self.assertEqual(names, ["application", "Middleware", "inner"] * 3)
        self.assertEqual(asked, [])


class Asks(type):
    """What a class lacks is not there yet."""

    def __getattr__(cls, name):
        raise RuntimeError(f"{name} is not there yet")


class Answers(Asks):
    """It answers for all that it is asked."""

    def __getattribute__(cls, name):
        raise RuntimeError(f"{name} is not there yet")


class Registers(type):
    """It can be iterated, and what is of it can't."""

    def __iter__(cls):
        return iter(())

    def __getitem__(cls, index):
        raise IndexError


def steps_of(metaclass):
    class Steps(metaclass=metaclass):
        __slots__ = ()

        def __iter__(self):
            return self

        def __next__(self):
            if not left:
                raise StopIteration
            return left.pop()

    left = [b"two", b"one"]
    return object.__new__(Steps)


def indexed(metaclass):
    class Indexed(metaclass=metaclass):
        def __getitem__(self, index):
            return (b"one", b"two")[index]

    return object.__new__(Indexed)


class Given:
    """A body whose iterator is of such a class."""

    def __init__(self, metaclass):
        self.metaclass = metaclass

    def __iter__(self):
        return steps_of(self.metaclass)


def registered(_):
    class Registered(metaclass=Registers):
        pass

    return Registered()


class BodiesTest(LinkedTest):
    def serve(self, make, metaclass):
        def inner(environ, start_response):
            start_response("200 OK", [("Content-Type", "text/plain")])
            return make(metaclass)

        def middleware(environ, start_response):
            return inner(environ, start_response)

        link = self.link(middleware)
        with contextlib.redirect_stderr(io.StringIO()) as said:
            for number in (1, 2):  # the first has the stages become known
                link.out.clear()
                run(link, number)
        raised = [error["message"] for _, error in told(link, frames.EXCEPTION)]
        self.assertEqual(said.getvalue(), "")
        return raised, findings(link)

    def test_what_is_of_one_that_fails_where_it_is_asked(self):
        for make in steps_of, indexed, Given:
            for metaclass in Asks, Answers:
                with self.subTest(make=make.__name__, metaclass=metaclass.__name__):
                    self.assertEqual(self.serve(make, metaclass), ([], []))

    def test_what_is_of_one_that_is_iterated_itself(self):
        (raised,), found = self.serve(registered, Registers)
        self.assertIn("Registered, not an iterable of bytes", raised)
        self.assertEqual(found, [(2, "not-iterable")])


if __name__ == "__main__":
    unittest.main()
