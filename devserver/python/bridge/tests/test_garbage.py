"""What a recorded request leaves behind: nothing that a collection would have to find."""

from __future__ import annotations

import gc
import threading
import unittest
import weakref
from functools import reduce
from itertools import permutations
from marshal import loads

from _snifter.body import EMPTY
from _snifter.exchange import Exchange
from _snifter.stages import serve
from _snifter.stages.finding.scan import Scanner
from _snifter.stages.running import calls, instances
from _snifter.stages.stepping import late, stops
from _snifter.worker import freeze

from . import cost


def writing(app):
    def middleware(environ, start_response):
        write = start_response("200 OK", [("Content-Type", "text/plain")])
        write(b"written")
        app(environ, lambda status, headers, exc_info=None: write)
        return []

    return middleware


def copying(app):
    def middleware(environ, start_response):
        return [block.upper() for block in app(dict(environ), start_response)]

    return middleware


class iterating:
    """A body of its own around the one of the stage within."""

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        return Blocks(self.app(environ, start_response))


class Blocks:
    def __init__(self, blocks):
        self.blocks = blocks

    def __iter__(self):
        return iter(self.blocks)

    def close(self):
        pass


def attending(app):
    """Requests get to know of places to stop while they run."""

    def middleware(environ, start_response):
        late.attend(list(environ["test.link"].open.values()))
        for block in app(environ, start_response):
            late.attend(list(environ["test.link"].open.values()))
            yield block

    return middleware


def ignoring(status, headers, exc_info=None):
    return [].append


def in_a_thread(app):
    """A stage runs in a thread that has nothing of its request but the environ."""

    def middleware(environ, start_response):
        bodies = []
        thread = threading.Thread(target=lambda: bodies.append(app(environ, ignoring)))
        thread.start()
        thread.join()
        start_response("200 OK", [("Content-Type", "text/plain")])
        return bodies[0]

    return middleware


def raising(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    raise ValueError


def paging(app):
    """A class that is an application."""

    class Page:
        def __init__(self, environ, start_response):
            self.environ, self.start_response = environ, start_response

        def __iter__(self):
            yield from app(self.environ, self.start_response)

    return Page


def joining(app):
    def middleware(environ, start_response):
        return [b"".join(app(environ, start_response))]

    return middleware


class GarbageTest(unittest.TestCase):
    MAKERS = (
        cost.told_by_names,
        cost.changing,
        cost.relaying,
        writing,
        copying,
        iterating,
        attending,
        in_a_thread,
    )

    def test_a_request_leaves_no_cycles(self):
        self.look()

    def test_one_that_may_stop_leaves_none(self):
        stops.replace([{"id": 1, "stage": "nowhere", "boundary": "*"}])
        self.addCleanup(stops.replace, [])
        self.look()

    def look(self):
        gc.disable()
        self.addCleanup(gc.enable)
        chains = [(make,) * 3 for make in self.MAKERS]
        pairs = permutations((cost.told_by_names, cost.relaying, copying, iterating), 2)
        chains += [pair * 2 for pair in pairs]
        for chain in chains:
            with self.subTest([make.__name__ for make in chain]):
                link = cost.traced(reduce(lambda app, make: make(app), chain, cost.application))
                self.addCleanup(link.close)
                self.addCleanup(calls.stop)
                for n in range(1, 11):
                    # What is made once, as a stage is named, is no part of it.
                    if n == 10:
                        while gc.collect():
                            pass
                    environ = dict(loads(cost._SENT), **{"test.link": link})
                    exchange = link.open[1] = Exchange(link, 1, environ, EMPTY)
                    exchange.run()
                    self.assertIsNone(exchange.record)
                    del exchange, environ
                    link.out.clear()
                self.assertIn(gc.collect(), (0, None))  # PyPy counts nothing

    def test_what_is_raised_through_a_stage_leaves_nothing(self):
        """That has called a class which is an application."""
        link = cost.traced(cost.told_by_names(joining(paging(raising))))
        self.addCleanup(link.close)
        self.addCleanup(calls.stop)
        for _ in range(3):
            exchange = link.open[1] = Exchange(link, 1, loads(cost._SENT), EMPTY)
            exchange.run()
            self.assertTrue(exchange.failed)
            del exchange
        gc.collect()
        self.assertEqual([*instances._made.values()], [])

    def test_what_a_request_leaves_is_not_kept_by_a_search(self):
        """A whole search looks into what was frozen when the application was loaded, and freezes
        what there is by then: of an application that leaves cycles, nothing of those."""

        class Left:
            pass

        freeze()
        self.addCleanup(getattr(gc, "unfreeze", gc.collect))
        if hasattr(gc, "set_threshold"):  # no collection comes by itself, and yet they are enabled
            self.addCleanup(gc.set_threshold, *gc.get_threshold())
            gc.set_threshold(0)
        left = Left()
        left.itself = left
        gone = weakref.ref(left)
        del left
        serve._scan_all(Scanner())
        gc.collect()
        self.assertIsNone(gone())


if __name__ == "__main__":
    unittest.main()
