"""Applications that are told to be such by nothing but how what holds them calls them: seen without
a request, and by the first one."""

from __future__ import annotations

import subprocess
import sys
import unittest

from . import named_app
from .server import PATIENCE

#: What stages a holder's application has, of each kind of callable, alone or with these URLs.
_FIND = (
    "import sys\n"
    "from tests import named_app\n"
    "from _snifter.stages.tree import find\n"
    "for kind in named_app.CALLED:\n"
    "    rows, _ = find(named_app.application(sys.argv[1], kind), sys.argv[2:])\n"
    "    print([kind, *(row['name'].rpartition('.')[2].lower() for row in rows)])\n"
)


class NamedHoldersTest(unittest.TestCase):
    maxDiff = None

    def test_each_with_each(self):
        """In processes of their own, where nothing was learned."""
        for name in named_app.HOLDERS:
            for urls in [], ["/"]:
                with self.subTest(holder=name, urls=urls):
                    out = subprocess.run(
                        [sys.executable, "-c", _FIND, name, *urls],
                        stdout=subprocess.PIPE,
                        check=True,
                        timeout=PATIENCE,
                    )
                    rows = map(eval, out.stdout.decode().splitlines())
                    found = {kind: names for kind, *names in rows}
                    expected = ["outer", "holder", "inner", "leaf"]
                    self.assertEqual(found, dict.fromkeys(named_app.CALLED, expected))


if __name__ == "__main__":
    unittest.main()
