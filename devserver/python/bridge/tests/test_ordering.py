"""The order of what is told of the stages of a request, for every kind of body."""

from __future__ import annotations

import os
import unittest

from _snifter import frames
from _snifter.stages.events import CLOSE, ENTER, SPENT

from . import ordering_app
from .ordering import faults, kinds, passes
from .stepping import Stepping

LARGE = ("/large", "/large_written")


class OrderingTest(unittest.TestCase):
    def start(self, stack):
        here = os.path.dirname(os.path.abspath(__file__))
        plan = {"kind": "module", "module": "ordering_app", "attr": stack, "sys_path": [here]}
        self.server = Stepping(plan)
        self.addCleanup(self.server.close)
        self.server.ready()
        self.number = 0

    def send(self, path, method="GET", body=b""):
        self.number += 1
        changes = {"CONTENT_LENGTH": str(len(body))} if body else {}
        self.server.request(self.number, body, PATH_INFO=path, REQUEST_METHOD=method, **changes)

    def check(self, answer):
        events = answer.each()
        self.assertEqual(faults(events), [])
        self.assertGreaterEqual(len(passes(events)), 2)
        for index in passes(events):
            told = kinds(events, index)
            # When the outermost was entered may be told as it ends.
            first = told[0] if index > 1 else ENTER
            self.assertEqual((first, told[-1]), (ENTER, SPENT), told)
            self.assertEqual((told.count(ENTER), told.count(SPENT)), (1, 1), told)
            self.assertLessEqual(told.count(CLOSE), 1, told)

    def test_every_kind_of_body(self):
        for stack in ordering_app.STACKS:
            self.start(stack)
            sizes = {}
            for method, body, paths in (
                ("GET", b"", ordering_app.PATHS),
                ("HEAD", b"", ordering_app.PATHS),
                ("POST", b"a body", ("/reads", "/list")),
            ):
                for path in paths:
                    with self.subTest(stack=stack, path=path, method=method):
                        self.send(path, method, body)
                        if path in LARGE:
                            room = frames.U32.pack(1 << 20)
                            self.server.send(frames.CREDIT, self.number, room)
                        answer = self.server.end(self.number)
                        self.check(answer)
                        sizes[self.number] = len(answer.events)
            for path in LARGE:
                with self.subTest(stack=stack, path=path, method="the client goes"):
                    self.send(path)
                    while self.number not in self.server.answers or (
                        not self.server.answers[self.number].blocks
                    ):
                        self.server._take()
                    self.server.send(frames.GONE, self.number)
                    answer = self.server.end(self.number)
                    self.assertLess(len(answer.body), 600_000)
                    self.check(answer)
            # Nothing came once its request was over.
            for number, size in sizes.items():
                self.assertEqual(len(self.server.answers[number].events), size, number)


if __name__ == "__main__":
    unittest.main()
