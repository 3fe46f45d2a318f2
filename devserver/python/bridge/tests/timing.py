"""Requests whose clock is that of a test, and the times of their stages."""

from __future__ import annotations

import sys
from marshal import loads
from unittest import mock

from _snifter import frames
from _snifter.body import EMPTY
from _snifter.exchange import Exchange
from _snifter.stages.events import SPENT

from . import cost
from .linked import LinkedTest
from .stepping import Answer


def _timed():
    """The modules that read the clock."""
    # A copy is made in one step, whatever another thread imports meanwhile.
    for name, module in sys.modules.copy().items():
        if name.startswith("_snifter.") and hasattr(module, "monotonic_ns"):
            yield module


class Timed(LinkedTest):
    """The clock is that of the test."""

    def setUp(self):
        self.now = 1
        for module in _timed():
            patch = mock.patch.object(module, "monotonic_ns", self.clock)
            patch.start()
            self.addCleanup(patch.stop)

    def clock(self):
        return self.now

    def told(self, link, environ):
        """What is told of a request."""
        link.out.clear()
        link.open[1] = Exchange(link, 1, environ, EMPTY)
        link.open[1].run()
        answer = Answer()
        for frame in map(bytes, link.out):
            if frames.HEADER.unpack_from(frame)[1] == frames.STAGE_EVENTS:
                answer.events += loads(frame[frames.HEADER_SIZE :])
        return answer.each()

    def own(self, app):
        """The time of each stage of a request that is its own."""
        events = self.told(self.link(app), loads(cost._SENT))
        self.spent = {event[1]: event[3:5] for event in events if event[0] == SPENT}
        return {index: own for index, (_, own) in self.spent.items()}

    def total(self, index):
        """How long a stage took with those within it."""
        return self.spent[index][0]
