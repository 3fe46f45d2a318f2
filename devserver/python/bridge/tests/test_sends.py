"""Methods of what stages hold, by which they pass the two on: seen without a request, as well as by
one, and then listed once."""

from __future__ import annotations

import subprocess
import sys
import unittest

from _snifter.stages import tree

from . import sends_app
from .server import PATIENCE
from .tracing import row_names

_FIND = (
    "from tests import sends_app\n"
    "from _snifter.stages.tree import find\n"
    "for name in sends_app.EXPECTED:\n"
    "    rows, _ = find(getattr(sends_app, name), [])\n"
    "    print([name, *(row['name'] for row in rows)])\n"
    "print(['asked', sends_app.Counted.asked])\n"
)


class SendsTest(unittest.TestCase):
    maxDiff = None

    def test_without_a_request(self):
        """In a process of its own, where nothing was learned."""
        out = subprocess.run(
            [sys.executable, "-c", _FIND], stdout=subprocess.PIPE, check=True, timeout=PATIENCE
        )
        found = {name: names for name, *names in map(eval, out.stdout.decode().splitlines())}
        self.assertEqual(found.pop("asked"), [0])
        self.assertEqual(found, sends_app.EXPECTED)

    def test_by_requests(self):
        for name, expected in sends_app.EXPECTED.items():
            for urls in ["/"], ["/", "/", "/"]:
                rows, _ = tree.find(getattr(sends_app, name), urls)
                self.assertEqual(row_names(rows), expected, name)


if __name__ == "__main__":
    unittest.main()
