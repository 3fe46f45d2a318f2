"""Classes that are applications by their __new__, or have one that makes nothing of the kind."""

from __future__ import annotations

import subprocess
import sys
import unittest

from _snifter.stages import tree

from . import news_app, tracing
from .server import PATIENCE
from .tracing import row_names

_FIND = (
    "from tests.news_app import *\n"
    "from _snifter.stages.tree import find\n"
    "for name in EXPECTED:\n"
    "    rows, _ = find(globals()[name], [])\n"
    "    print([name, *(row['name'] for row in rows)])\n"
)


class NewsTest(unittest.TestCase):
    def test_without_a_request(self):
        """In a process of its own, where nothing was learned."""
        out = subprocess.run(
            [sys.executable, "-c", _FIND], stdout=subprocess.PIPE, check=True, timeout=PATIENCE
        )
        found = {name: names for name, *names in map(eval, out.stdout.decode().splitlines())}
        self.assertEqual(found, news_app.EXPECTED)

    def test_by_a_request(self):
        for name, expected in news_app.EXPECTED.items():
            rows, _ = tree.find(getattr(news_app, name), ["/"])
            self.assertEqual(row_names(rows), expected, name)

    def test_same_output(self):
        for name in (*news_app.EXPECTED, "makes", "defines"):
            app = news_app.Mid(getattr(news_app, name))
            plain = tracing.ask(app)
            self.assertEqual((len(plain[0]), plain[2]), (1, None), name)
            with tracing.traced():
                self.assertEqual(tracing.ask(app), plain, name)


if __name__ == "__main__":
    unittest.main()
