"""What is made by the code of a stage is that stage, once a call (see `remade_app`)."""

from __future__ import annotations

import unittest

from _snifter.stages import tree
from _snifter.stages.events import ENTER

from . import remade_app
from .server import BRIDGE
from .stepping import Stepping
from .tracing import row_names


class RemadeTest(unittest.TestCase):
    def test_each_is_one_stage(self):
        for attr in "application", "anew":
            plan = {"kind": "module", "module": remade_app.__name__, "attr": attr}
            with Stepping(dict(plan, sys_path=[BRIDGE])) as server:
                server.ready()
                paths = ["/base", *remade_app.MAKES] * 4
                for number, path in enumerate(paths, 1):
                    server.request(number, PATH_INFO=path)
                    answer = server.end(number)
                    found = [server.stages[e[4]][0] for e in answer.of(ENTER) if e[1] > 1]
                    names = [name.rpartition(".")[2] for name in found]
                    expected = ["Made" if path == "/class" else "base", "leaf"]
                    self.assertEqual((names, answer.body), (expected, b"leaf"), (number, path))
                self.assertEqual(server.printed, b"")

    def test_in_the_tree(self):
        rows, notes = tree.find(remade_app.application, [*remade_app.MAKES] * 2)
        names = [name.rpartition(".")[2] for name in row_names(rows)]
        self.assertEqual(sorted(names), ["Made", "application", "base", "leaf"])
        self.assertFalse([note for note in notes if "not seen" in note])


if __name__ == "__main__":
    unittest.main()
