"""Each mistake that wsgiref.validate and webtest.lint assert is found, once, and blamed on the
stage that makes it, wherever that is and whatever it is made of."""

from __future__ import annotations

import os
import shutil
import tempfile
import unittest

from . import mistakes_app
from .mistakes_app import AROUND, KINDS, MISTAKES, OF_CALLS
from .stepping import Stepping
from .validators import WEBTEST, WSGIREF


class MistakesTest(unittest.TestCase):
    def blamed(self, attr, names):
        """What is found of these mistakes, by their names, each time that they are made."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        shutil.copy(mistakes_app.__file__, os.path.join(folder.name, "mistakes.py"))
        plan = {"kind": "module", "module": "mistakes", "attr": attr, "sys_path": [folder.name]}
        server = Stepping(plan)
        self.addCleanup(server.close)
        server.ready()
        found = {}
        for number, name in enumerate(2 * names, 1):
            server.request(number, QUERY_STRING=name)
            found.setdefault(name, []).append(server.end(number).blamed)
        return found

    def check(self, place, stage, unlike=()):
        for kind in KINDS:
            without = {*unlike, *(OF_CALLS if kind in ("page", "generator") else ())}
            names = [name for name in MISTAKES if name not in without]
            found = self.blamed(f"{place}_{kind}", names)
            for name in names:
                with self.subTest(name, kind=kind):
                    wanted = [(stage, rule) for rule in MISTAKES[name].rules]
                    self.assertEqual(found[name], [wanted, wanted])

    def test_of_the_outermost(self):
        self.check("outermost", 1)

    def test_of_one_between(self):
        self.check("middle", 2)

    def test_of_the_innermost(self):
        self.check("innermost", 3, unlike=AROUND)

    def test_of_one_that_has_another_s_start_response(self):
        self.check("around", 3)

    def test_that_none_is_left_out(self):
        made = {rule for each in MISTAKES.values() for rule in each.rules}
        known = {rule for each in (WSGIREF, WEBTEST) for rules in each.values() for rule in rules}
        self.assertEqual({rule for rule in known if rule[0] != "("} - made, set())


if __name__ == "__main__":
    unittest.main()
