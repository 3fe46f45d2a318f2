"""The bridge is written in what each interpreter that it promises to run in can read."""

from __future__ import annotations

import ast
import os
import unittest

import _snifter

_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def _trees():
    for folder, _, files in os.walk(os.path.dirname(_snifter.__file__)):
        for name in files:
            if name.endswith(".py"):
                path = os.path.join(folder, name)
                with open(path, encoding="utf-8") as file:
                    yield path, ast.parse(file.read(), path)


def _refused(tree):
    """Where a comprehension goes on with a list of one starred value: (x for y in z for x in [*y])
    is an error to PyPy's compiler for Python 3.11, which takes that for a target."""
    return [
        each.iter.lineno
        for node in ast.walk(tree)
        if isinstance(node, _COMPREHENSIONS)
        for each in node.generators[1:]
        if isinstance(each.iter, ast.List) and [*map(type, each.iter.elts)] == [ast.Starred]
    ]


class SyntaxTest(unittest.TestCase):
    def test_what_pypy_refuses(self):
        for path, tree in _trees():
            with self.subTest(path):
                self.assertEqual(_refused(tree), [])

    def test_it_is_seen(self):
        self.assertEqual(_refused(ast.parse("(x for y in z for x in [*y])")), [1])
        self.assertEqual(_refused(ast.parse("(x for y in [*z] for x in (*y,))")), [])


if __name__ == "__main__":
    unittest.main()
