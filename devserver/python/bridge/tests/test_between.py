"""What becomes of an environ between the blocks of a body."""

from __future__ import annotations

import os
import tempfile
import textwrap
import unittest

from _snifter.stages.events import ENTER, ENVIRON_CHANGED
from _snifter.stages.hooking.swap import original_code
from _snifter.stages.reading import changes

from .stepping import Stepping

_APP = """
    def leaf(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        yield b"one"
        environ["leaf"] = 1
        yield b"two"

    def relaying(environ, start_response):
        for block in leaf(environ, start_response):
            yield block

    def marking(environ, start_response):
        body = relaying(environ, start_response)
        try:
            for block in body:
                environ["marking"] = block.decode()
                yield block
            environ["marking.end"] = 1
        finally:
            body.close()
            environ["marking.closed"] = 1

    def app(environ, start_response):
        environ["app"] = 1
        return marking(environ, start_response)

    def starting(environ, start_response):
        environ["starting"] = 1
        start_response("200 OK", [("Content-Type", "text/plain")])
        environ["started"] = 1
        yield b"started"

    class Steps:
        def __init__(self, environ):
            self.environ = environ

        def __iter__(self):
            return self

        def __next__(self):
            self.environ["steps"] = step = self.environ.get("steps", 0) + 1
            if step > 1:
                raise StopIteration
            return b"steps"

    class Page:
        def __init__(self, environ, start_response):
            self.environ, self.start_response = environ, start_response

        def __iter__(self):
            self.start_response("200 OK", [("Content-Type", "text/plain")])
            yield b"page"
            self.environ["page"] = 1

    def stepping(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return Steps(environ)

    def whole(environ, start_response):
        def begin(status, headers):
            start_response(status, headers)

        body = starting(environ, begin)
        environ["before"] = 1
        blocks = [*body, *Page(environ, lambda *head: None)]
        body = stepping(environ, lambda *head: None)
        environ["whole"] = "startedsteps"
        blocks += body
        environ["after"] = 1
        return blocks

    def iterated(environ, start_response):
        environ["iterated"] = 1
        start_response("200 OK", [("Content-Type", "text/plain")])
        return iter([b"one"])

    def ends(environ, start_response):
        try:
            return iterated(environ, start_response)
        finally:
            environ["ends"] = 1
"""


class BetweenTest(unittest.TestCase):
    def told(self, attr):
        """The changes of a request, each with the stage that is said to have made it."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        with open(os.path.join(folder.name, "between.py"), "w") as f:
            f.write(textwrap.dedent(_APP))
        plan = {"kind": "module", "module": "between", "attr": attr, "sys_path": [folder.name]}
        server = Stepping(plan)
        self.addCleanup(server.close)
        server.ready()
        server.request(1)
        answer = server.end(1)
        names = {event[1]: server.stages[event[4]][0] for event in answer.of(ENTER)}
        changes = answer.of(ENVIRON_CHANGED)
        return [(names.get(event[1], "between." + attr), event[3]) for event in changes]

    def test_each_change_is_told_of_the_stage_that_made_it(self):
        self.assertEqual(
            self.told("app"),
            [
                ("between.app", {"app": 1}),
                ("between.marking", {"marking": "one"}),
                ("between.leaf", {"leaf": 1}),
                ("between.marking", {"marking": "two"}),
                ("between.marking", {"marking.end": 1}),
                ("between.marking", {"marking.closed": 1}),
            ],
        )

    def test_what_the_outermost_does_as_it_returns(self):
        expected = [("between.iterated", {"iterated": 1}), ("between.ends", {"ends": 1})]
        self.assertEqual(self.told("ends"), expected)

    def test_what_is_made_as_a_whole(self):
        """By the one around it, in its own call."""
        self.assertEqual(
            self.told("whole"),
            [
                ("between.whole", {"before": 1}),
                ("between.starting", {"starting": 1}),
                ("between.starting", {"started": 1}),
                ("between.Page", {"page": 1}),
                ("between.whole", {"whole": "startedsteps"}),
                ("between.stepping", {"steps": 1}),
                ("between.stepping", {"steps": 2}),
                ("between.whole", {"after": 1}),
            ],
        )

    def test_telling_which_generators_may(self):
        def app(environ, start_response):
            return []

        def after(environ, start_response):
            yield b""
            environ["x"] = 1

        def in_the_loop(environ, start_response):
            for block in start_response:
                environ["x"] = block
                yield block

        def endlessly(environ, start_response):
            while True:
                environ["x"] = 1
                yield b""

        def of_its_own(self):
            for block in self.body:
                yield block
                self.environ["x"] = 1

        def before(environ, start_response):
            environ["x"] = 1
            yield from app(environ, start_response)

        def relaying(environ, start_response):
            def started(status, headers):
                start_response(status, headers)

            for block in app(environ, started):
                yield block.upper()

        def once_started(environ, start_response):
            start_response("200 OK", [])
            environ["x"] = 1
            yield b""

        def returned_by_one(environ):
            environ["x"] = 1
            yield b""

        def no_generator(environ, start_response):
            environ["x"] = 1
            return []

        for function in (
            after,
            in_the_loop,
            endlessly,
            of_its_own,
            once_started,
            returned_by_one,
        ):
            self.assertTrue(changes.between_blocks(original_code(function)), function.__name__)
        for function in (before, relaying, no_generator):
            self.assertFalse(changes.between_blocks(original_code(function)), function.__name__)


if __name__ == "__main__":
    unittest.main()
