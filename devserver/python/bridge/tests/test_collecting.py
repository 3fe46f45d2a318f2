"""Bodies that nobody has closed, and that the collector of garbage closes at any moment."""

from __future__ import annotations

import subprocess
import sys
import unittest

from .server import BRIDGE, PATIENCE

#: Collects as often as can be while bodies are left behind in cycles.
_LEAVING = """
import gc
from marshal import loads

from _snifter.body import EMPTY
from _snifter.exchange import Exchange
from tests import cost


class Leaving(cost.relaying):
    def __call__(self, environ, start_response):
        body = self.app(environ, start_response)
        held = [body]
        held.append(held)
        return [next(body)]


class Draining(cost.relaying):
    def __call__(self, environ, start_response):
        body = self.app(environ, start_response)
        try:
            yield next(body)
        finally:
            list(body)


link = cost.traced(Leaving(Draining(cost.relaying(cost.stack(cost.relaying, 3)))))
if hasattr(gc, "set_threshold"):  # PyPy collects when it does
    gc.set_threshold({})
for _ in range(300):
    exchange = link.open[1] = Exchange(link, 1, loads(cost._SENT), EMPTY)
    exchange.run()
    link.out.clear()
print("served")
"""


class CollectingTest(unittest.TestCase):
    def test_what_a_collection_closes_ends_no_process(self):
        for threshold in (1, 7, 300):
            with self.subTest(threshold=threshold):
                done = subprocess.run(
                    [sys.executable, "-c", _LEAVING.format(threshold)],
                    cwd=BRIDGE,
                    capture_output=True,
                    timeout=PATIENCE,
                    check=False,
                )
                self.assertEqual((done.returncode, done.stdout), (0, b"served\n"), done.stderr)


if __name__ == "__main__":
    unittest.main()
