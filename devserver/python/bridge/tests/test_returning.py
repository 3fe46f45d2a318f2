"""Whether a generator returns a value, as its code tells."""

from __future__ import annotations

import unittest

from _snifter.stages.reading.returning import returns


def nothing():
    yield 1


def none(found):
    for each in found:
        if each:
            return
        yield each
    return None  # noqa: PLR1711, RET501


def value(found):
    if found:
        return
    yield 1
    return 0


def of_a_name(found):
    yield 1
    return found


def of_one_within():
    return (yield from nothing())


class ReturningTest(unittest.TestCase):
    def test_returns(self):
        for function in (nothing, none):
            self.assertFalse(returns(function.__code__), function)
        for function in (value, of_a_name, of_one_within):
            self.assertTrue(returns(function.__code__), function)

    def test_generator_expressions(self):
        self.assertFalse(returns((each for each in ()).gi_code))


if __name__ == "__main__":
    unittest.main()
