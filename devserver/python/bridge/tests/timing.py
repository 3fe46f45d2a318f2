"""Requests whose clock is that of a test, and the times of their stages."""

from __future__ import annotations

import unittest
from marshal import loads
from unittest import mock

from _snifter import exchange as exchanges
from _snifter import frames
from _snifter.body import EMPTY
from _snifter.exchange import Exchange
from _snifter.stages import (
    bodies,
    calls,
    generated,
    hooks,
    layered,
    layerhooks,
    record,
    recorder,
    usual,
)
from _snifter.stages.record import SPENT

from . import cost
from .stepping import with_own

_TIMED = (exchanges, bodies, calls, generated, hooks, layered, layerhooks, record, recorder, usual)


class Timed(unittest.TestCase):
    """The clock is that of the test."""

    def setUp(self):
        self.now = 1
        for module in _TIMED:
            patch = mock.patch.object(module, "monotonic_ns", lambda: self.now)
            patch.start()
            self.addCleanup(patch.stop)

    def own(self, app):
        """The time of each stage of a request that is its own."""
        link = cost.traced(app)
        try:
            link.open[1] = Exchange(link, 1, loads(cost._SENT), EMPTY)
            with mock.patch.object(type(link), "flush", lambda _: None):
                link.open[1].run()
        finally:
            calls.stop()
            link.close()
        events = []
        for frame in link.out:
            if frames.HEADER.unpack_from(frame)[1] == frames.STAGE_EVENTS:
                events += loads(frame[frames.HEADER_SIZE :])
        self.spent = {event[1]: event[3:5] for event in with_own(events) if event[0] == SPENT}
        return {index: own for index, (_, own) in self.spent.items()}

    def total(self, index):
        """How long a stage took with those within it."""
        return self.spent[index][0]
