"""Methods of what stages hold, by which they pass the two on: listed once, however often they are
called, and what has them is asked for nothing (see `sends_app`)."""

from __future__ import annotations

import subprocess
import sys
import unittest

from _snifter.stages import tree

from . import sends_app
from .server import PATIENCE
from .tracing import row_names

_ASKED = (
    "from tests import sends_app\n"
    "from _snifter.stages.tree import find\n"
    "for name in sends_app.EXPECTED:\n"
    "    find(getattr(sends_app, name), [])\n"
    "print(sends_app.Counted.asked)\n"
)


class SendsTest(unittest.TestCase):
    def test_by_several_requests(self):
        for name, expected in sends_app.EXPECTED.items():
            rows, _ = tree.find(getattr(sends_app, name), ["/", "/", "/"])
            self.assertEqual(row_names(rows), expected, name)

    def test_nothing_is_asked(self):
        run = [sys.executable, "-c", _ASKED]
        out = subprocess.run(run, stdout=subprocess.PIPE, check=True, timeout=PATIENCE)
        self.assertEqual(out.stdout.strip(), b"0")


if __name__ == "__main__":
    unittest.main()
