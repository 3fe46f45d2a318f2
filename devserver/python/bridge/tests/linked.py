"""Requests that are run as a worker runs them, on a link that keeps what it would send."""

from __future__ import annotations

import unittest
from marshal import loads
from unittest import mock

from _snifter import frames
from _snifter.body import EMPTY
from _snifter.exchange import Exchange
from _snifter.stages.checking import lint
from _snifter.stages.running import calls

from . import cost

_MAKE = lint.Checker._make


def run(link, number=1):
    """Run a request on a link."""
    exchange = link.open[number] = Exchange(link, number, loads(cost._SENT), EMPTY)
    exchange.run()


def told(link, wanted):
    """What frames of a kind tell, each with the stage that it is of."""
    for frame in link.out:
        _, kind, _, stage, _, _ = frames.HEADER.unpack_from(frame)
        if kind == wanted:
            yield stage, loads(frame[frames.HEADER_SIZE :])


def findings(link):
    """The rules that were found broken, each with the stage that has."""
    return [(stage, finding["rule"]) for stage, finding in told(link, frames.LINT)]


class LinkedTest(unittest.TestCase):
    def link(self, app):
        """A link of an application that is traced."""
        link = cost.traced(app)
        self.addCleanup(link.close)
        self.addCleanup(calls.stop)
        link.flush = lambda: None
        return link

    def found(self, app):
        """What a request finds, and how many stages had to be looked at."""
        link = self.link(app)
        with mock.patch.object(lint.Checker, "_make", autospec=True) as made:
            made.side_effect = _MAKE
            for number in (1, 2):  # the first has the head become known
                link.out.clear()
                made.reset_mock()
                run(link, number)
        return findings(link), made.call_count
