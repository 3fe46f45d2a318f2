"""What is found of bodies that are lists, of few blocks and of many."""

import unittest

from . import test_relaying
from .relaying import PLAIN, Rightly


def listing(block, count, *headers):
    def application(environ, start_response):
        start_response("200 OK", [PLAIN, *headers])
        return [block] * count

    return application


class ListFindingsTest(unittest.TestCase):
    link = test_relaying.RelayingTest.link
    findings = test_relaying.RelayingTest.findings

    def test_blamed_on_the_stage_that_made_the_list(self):
        for block, count, expected in (
            (b"x", 63, []),
            (b"x", 64, [(3, "blocks-tiny")]),
            (b"x", 99, [(3, "blocks-tiny")]),
            (b"x", 100, [(3, "blocks-tiny")]),
            (b"longer", 64, []),
            (bytearray(b"x"), 64, [(3, "block-not-bytes")]),
            (bytearray(b"x"), 100, [(3, "block-not-bytes")]),
        ):
            with self.subTest(block=block, count=count):
                self.assertEqual(self.findings(Rightly(Rightly(listing(block, count)))), expected)

    def test_what_is_no_bytes_has_no_size(self):
        for count in 1, 100:
            app = listing("one", count, ("Content-Length", str(3 * count)))
            with self.subTest(count=count):
                self.assertEqual(self.findings(Rightly(Rightly(app))), [(3, "block-not-bytes")])


if __name__ == "__main__":
    unittest.main()
