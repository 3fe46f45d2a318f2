"""What is found of the bodies of stages, and whom it is blamed on."""

from __future__ import annotations

import io

from _snifter.streams import FileWrapper

from .linting import PLAIN, LintCase, iter_and_close


class BodiesTest(LintCase):
    def test_what_is_no_body(self):
        for result, rule in ((None, "not-iterable"), (b"x", "body-is-string"), (7, "not-iterable")):
            self.setUp()
            self.start(stages=[self.inner])
            self.inner.exit(result)
            self.checker.end()
            self.assertEqual(self.found, [(3, rule)])

    def test_content_length(self):
        for length, rule in (("5", "content-length-exceeded"), ("7", "content-length-short")):
            self.setUp()
            self.whole("200 OK", [*PLAIN, ("Content-Length", length)])
            self.assertEqual(self.found, [(3, rule)])

    def test_what_is_too_much_is_that_although_the_client_has_gone(self):
        """And what it has not had is not too little."""
        for length, found in (("5", [(3, "content-length-exceeded")]), ("7", [])):
            self.setUp()
            self.exchange.gone = True
            self.whole("200 OK", [*PLAIN, ("Content-Length", length)])
            self.assertEqual(self.found, found)

    def test_a_body_that_is_another_stages(self):
        self.start(stages=[self.inner])
        self.start("200 OK", [*PLAIN, ("Content-Length", "2")], stages=[self.outer])
        body = iter_and_close()
        self.inner.exit(body)
        self.outer.exit(body, self.inner)
        self.inner.chunk(b"one")
        self.inner.exhausted()
        self.inner.close()
        self.checker.server("content-length-exceeded", "the body has more", "")
        self.checker.end()
        self.assertEqual(self.found[0], (2, "content-length-exceeded"))

    def test_what_is_written_within_counts_once_in_whose_body_is_passed_on(self):
        for length, rules in (
            ("6", []),
            ("5", ["content-length-exceeded"]),
            ("7", ["content-length-short"]),
        ):
            self.setUp()
            self.start("200 OK", [*PLAIN, ("Content-Length", length)])
            self.inner.write(b"one")
            self.outer.write(b"one")
            self.inner.returned(None, [b"two"])
            self.outer.returned(self.inner, ())
            self.checker.end()
            expected = [(3, "write-used"), *((3, rule) for rule in rules)]
            self.assertEqual(self.found, expected)

    def test_head_has_the_length_of_what_is_not_sent(self):
        self.exchange.no_body = True
        self.whole("200 OK", [*PLAIN, ("Content-Length", "100")], blocks=())
        self.assertEqual(self.found, [])

    def test_no_content(self):
        self.whole("204 No Content", PLAIN[:])
        self.assertEqual(self.found, [(3, "content-type-unexpected"), (3, "body-not-allowed")])

    def test_close_not_called(self):
        self.start()
        self.body()
        self.give(b"one")
        self.outer.exhausted()
        self.outer.close()
        self.checker.end()
        self.assertEqual(self.found, [(2, "close-not-called")])

    def test_who_is_not_closed_need_not_close(self):
        self.start()
        self.body()
        self.checker.end()
        self.assertEqual(self.found, [(1, "close-not-called")])

    def test_closed_too_often(self):
        self.start()
        self.body()
        self.inner.close()
        self.inner.close()
        self.inner.chunk(b"one")
        self.assertEqual(self.found, [(2, "close-twice"), (2, "body-after-close")])

    def test_asked_for_more_after_its_close(self):
        """Where it has no more to give, too."""
        self.start()
        self.body()
        self.inner.chunk(b"one")
        self.outer.chunk(b"one")
        self.inner.exhausted()
        self.inner.close()
        self.assertEqual(self.found, [])
        self.inner.exhausted()
        self.assertEqual(self.found, [(2, "body-after-close")])

    def test_who_gives_away_what_is_closed_is_to_blame(self):
        """And not who takes it for a body, and closes it."""
        self.start()
        body = iter_and_close()
        self.inner.exit(body)
        self.inner.close()
        self.outer.exit(body, self.inner)
        self.inner.chunk(b"one")
        self.inner.close()
        self.assertEqual(self.found, [(2, "body-after-close"), (2, "close-twice")])

    def test_what_is_closed_twice_closes_twice(self):
        self.start()
        self.body()
        for _ in range(2):
            self.outer.close()
            self.inner.close()
        self.give(b"one")
        self.checker.end()
        self.assertEqual(self.found, [(1, "close-twice"), (1, "body-after-close")])

    def test_held_back(self):
        self.start()
        self.body()
        self.inner.chunk(b"one")
        self.outer.chunk(b"")
        self.inner.chunk(b"two")
        self.assertEqual(self.found, [])
        self.inner.chunk(b"three")
        self.assertEqual(self.found, [(2, "blocks-held-back")])

    def test_what_is_made_of_a_body_is_given_in_its_place(self):
        # As webob.dec.wsgify does: it makes a response of what the stage within gave, calls that
        # and returns what it returned.
        response = self.enter(4)
        self.start(stages=(self.inner, response, self.outer))
        self.inner.exit(iter_and_close())
        response.exit(iter_and_close())
        self.outer.exit(iter_and_close(), response)
        for _ in range(4):
            self.inner.chunk(b"one")
            response.chunk(b"one")
            self.outer.chunk(b"one")
            self.exchange.blocks += 1
        self.assertEqual(self.found, [])

    def test_what_is_written_in_its_place_is_given(self):
        """As the above, though both of them write: each by the start_response of who has called
        it, whatever that has returned."""
        response = self.enter(4)
        self.start(stages=(self.inner, response, self.outer))
        self.inner.exit(iter_and_close())
        response.exit(iter_and_close())
        self.outer.exit(iter_and_close(), response)
        for _ in range(4):
            self.inner.write(b"one")
            self.outer.write(b"one")
            self.inner.chunk(b"two")
            response.write(b"two")
            self.outer.write(b"two")
        self.assertNotIn("blocks-held-back", [rule for _, rule in self.found])

    def test_lists_are_there_as_a_whole(self):
        self.start()
        self.inner.exit([b"one", b"two"])
        self.inner.chunk(b"one")
        self.inner.chunk(b"two")
        self.outer.exit([b"onetwo"])
        self.outer.chunk(b"onetwo")
        self.checker.end()
        self.assertEqual(self.found, [])

    def test_tiny(self):
        self.whole(blocks=[b"x"] * 100)
        self.assertEqual(self.found, [(3, "blocks-tiny")])

    def test_file(self):
        self.start()
        file = FileWrapper(io.BytesIO(b"file"))
        self.inner.exit(file)
        self.outer.exit(file)
        self.assertEqual(self.found, [])
        self.outer.file_within = id(file)
        self.outer.exit([b"file"])
        self.assertEqual(self.found, [(2, "file-wrapper-lost")])

    def test_write(self):
        self.start()
        self.inner.write(b"one")
        self.outer.write(b"one")
        self.assertEqual(self.found, [(3, "write-used")])
        self.body()
        self.inner.write("two")
        self.assertEqual(self.found[1:], [(3, "block-not-bytes")])
        self.checker.end()
        self.assertIn((3, "write-in-body"), self.found)

    def test_who_writes_in_its_body_is_blamed_and_not_who_passes_it_on_so(self):
        self.start()
        self.outer.exit(iter_and_close())
        for _ in range(2):
            self.inner.write(b"one")
            self.outer.write(b"one")
            self.inner.exit([])
        self.checker.end()
        found = [stage for stage, rule in self.found if rule == "write-in-body"]
        self.assertEqual(found, [3])
