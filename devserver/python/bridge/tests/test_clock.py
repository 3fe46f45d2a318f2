"""The times that are told of a request whose application freezes time, as freezegun does."""

from __future__ import annotations

import contextlib
import sys
import time
import unittest

from _snifter.stages.events import ENTER

from .server import BRIDGE, PATIENCE
from .stepping import Stepping

_A_YEAR = 366 * 24 * 3600 * 10**9
_CLOCKS = ("time", "monotonic", "perf_counter", "time_ns", "monotonic_ns", "perf_counter_ns")
_loaded = time.monotonic_ns()


@contextlib.contextmanager
def frozen():
    """The clocks of the module `time` tell another time, wherever a module has one."""
    found = {id(getattr(time, name)) for name in _CLOCKS}
    changed = []
    for module in [*sys.modules.values()]:
        for name, value in [*getattr(module, "__dict__", {}).items()]:
            if id(value) in found:
                changed.append((module, name, value))
                setattr(module, name, lambda of=value: of() + _A_YEAR)
    try:
        yield
    finally:
        for module, name, value in changed:
            setattr(module, name, value)


def within(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"%d" % (time.monotonic_ns() - _loaded > _A_YEAR)


def application(environ, start_response):
    with frozen():
        return [*within(environ, start_response)]


class ClockTest(unittest.TestCase):
    def test_who_freezes_time_freezes_none_that_is_told(self):
        plan = {"kind": "module", "module": __name__, "attr": "application"}
        with Stepping(dict(plan, sys_path=[BRIDGE])) as server:
            server.ready()
            for number in range(1, 4):
                server.request(number)
                answer = server.end(number)
                self.assertEqual((answer.body, len(answer.of(ENTER))), (b"1", 1))
                times = [event[2] for event in answer.each()]
                self.assertLess(max(times) - min(times), PATIENCE * 10**9)


if __name__ == "__main__":
    unittest.main()
