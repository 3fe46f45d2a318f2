"""All that other validators assert is a rule of ours, or there is a reason why not."""

from __future__ import annotations

import inspect
import unittest
import wsgiref.validate

from _snifter.findings import RULES

from .validators import WEBTEST, WSGIREF, assertions


class CoverageTest(unittest.TestCase):
    def test_all_that_wsgiref_asserts(self):
        self.covers(WSGIREF, inspect.getsource(wsgiref.validate))

    def test_all_that_webtest_asserts(self):
        self.assertEqual({r for r in _rules(WEBTEST) if r not in RULES}, set())

    def covers(self, table, source):
        self.assertEqual({name: len(rules) for name, rules in table.items()}, assertions(source))
        self.assertEqual({r for r in _rules(table) if r not in RULES}, set())


def _rules(table):
    return {rule for rules in table.values() for rule in rules if not rule.startswith("(")}
