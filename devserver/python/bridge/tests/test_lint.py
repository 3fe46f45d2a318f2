"""What is found at the boundaries of stages, and whom it is blamed on."""

from __future__ import annotations

from _snifter.rules import UNTYPED

from .linting import PLAIN, LintCase


class Text(str):
    pass


class LintTest(LintCase):
    def test_nothing_is_found_where_nothing_is(self):
        cookie = ("Set-Cookie", " a=b")  # as http.cookies puts it out, and Django gives it
        self.whole("200 OK", [*PLAIN, ("Content-Length", "6"), ("X-Other", "é"), cookie])
        self.assertEqual(self.found, [])

    def test_the_innermost_is_blamed(self):
        self.whole("200", [*PLAIN, ("X_Name", " 1")], blocks=("one", b"two"))
        rules = ["status-invalid", "header-value-space", "header-name-odd", "block-not-bytes"]
        self.assertEqual(self.found, [(3, rule) for rule in rules])

    def test_none_is_no_status(self):
        """Be it the first that is looked at, or one after another that was none."""
        for status in (None, None, 200, None):
            with self.subTest(status):
                self.setUp()
                for stage in (self.inner, self.outer):
                    self.assertFalse(self.checker.is_right(status, PLAIN[:]))
                    stage.start_response((status, PLAIN[:]), {})
                self.assertEqual(self.found, [(3, "status-invalid")])

    def test_who_adds_is_blamed(self):
        self.start(stages=[self.inner])
        self.start("200 OK", [*PLAIN, ("Connection", "close")], stages=[self.outer])
        self.assertEqual(self.found, [(2, "hop-by-hop-header")])

    def test_the_header_is_named(self):
        """That is told with what is found of one, whatever the message says."""
        for name, value in (
            ("X A", "1"),
            ("X-A", "a\nb"),
            ("X-A", "\u2603"),
            ("Content-Length", "-1"),
            ("Keep-Alive", "1"),
            ("X-A", "1 "),
            ("Status", "200"),
            ("X_A", "1"),
            (Text("X-A"), "1"),
            ("X-A", Text("1")),
        ):
            with self.subTest(name=name, value=value):
                self.setUp()
                self.whole("200 OK", [*PLAIN, (name, value)])
                self.assertEqual([told[0] for told in self.found], [3])
                self.assertEqual((self.headers, type(self.headers[0])), ([name], str))
        for status, headers in ("200 OK", []), ("204 No Content", PLAIN):
            self.setUp()
            self.whole(status, headers, blocks=())
            self.assertEqual(self.headers, ["Content-Type"])
        for length in "5", "7":
            self.setUp()
            self.whole("200 OK", [*PLAIN, ("Content-Length", length)])
            self.assertEqual(self.headers, ["Content-Length"])
        for arguments in ("200", PLAIN), ("200 OK", None), ("200 OK", [["X-A", "1"]]):
            self.setUp()
            self.inner.start_response(arguments, {})
            self.assertEqual(self.headers, [""])

    def test_arguments(self):
        self.start(exc_info=None)
        self.inner.start_response((), {})
        self.outer.start_response((1, 2, 3, 4), {})
        self.start("200 OK", PLAIN[:], ("no", "triple"))
        self.assertEqual(
            self.found,
            [
                (3, "start-response-keywords"),
                (3, "start-response-arguments"),
                (2, "start-response-arguments"),
                (3, "exc-info-invalid"),
            ],
        )

    def test_twice(self):
        self.start()
        self.start("500 Failed", PLAIN[:], (None, None, None))
        self.assertEqual(self.found, [])
        self.start()
        self.assertEqual(self.found, [(3, "start-response-twice")])

    def test_never(self):
        self.body()
        self.over()
        self.assertEqual(self.found, [(3, "start-response-not-called")])

    def test_blocks_before_the_start(self):
        self.body()
        self.give(b"too soon")
        self.start()
        self.over()
        self.assertEqual(self.found, [(3, "start-response-not-called")])

    def test_who_passes_no_start_on_is_blamed_alone(self):
        self.start(stages=[self.enter_within()])
        self.give(b"one")
        self.checker.server("start-response-not-called", "a block before", "")
        self.checker.end()
        self.assertEqual(self.found, [(3, "start-response-not-called")])

    def test_who_removes_the_type_is_blamed(self):
        self.start(stages=[self.enter_within()])
        self.start("200 OK", [])
        self.give(b"one")
        self.checker.server("content-type-missing", UNTYPED, "")
        self.checker.end()
        self.assertEqual(self.found, [(3, "content-type-missing")])

    def test_what_is_made_of_headers_that_are_none(self):
        self.start("200 OK", {"X-A": "1"}, stages=[self.inner])
        self.start("200 OK", ["X-A"], stages=[self.outer])
        self.assertEqual(self.found, [(3, "header-invalid")])
        again = (None, None, None)
        self.start("200 OK", [("Connection", "close")], again, stages=[self.outer])
        self.assertEqual(self.found[1:], [(2, "hop-by-hop-header")])

    def test_late(self):
        self.body()
        self.give(b"")
        self.start()
        self.over()
        self.assertEqual(self.found, [(3, "start-response-late")])

    def test_header_changed_late(self):
        headers = PLAIN[:]
        self.start("200 OK", headers)
        self.exchange.given_headers, self.exchange.headers = headers, headers[:]
        self.inner.exit([b""])
        headers.append(("X-Late", "1"))
        self.outer.exit([b""])
        self.assertEqual(self.found, [(2, "header-changed-late")])

    def test_untyped(self):
        for status, blocks in ("200 OK", (b"one",)), ("302 Found", (b"",)), ("201 Created", ()):
            with self.subTest(status):
                self.setUp()
                self.whole(status, [], blocks=blocks)
                self.assertEqual(self.found, [(3, "content-type-missing")])
        self.setUp()
        self.whole("304 Not Modified", [], blocks=())
        self.assertEqual(self.found, [])

    def test_an_answer_by_hand_is_nobodys_fault(self):
        self.inner.by_hand = True
        self.start("299 Odd", [("Connection", "close")])
        self.inner.exit([b"one"])
        self.inner.chunk(b"one")
        self.outer.exit([b"one"], self.inner)
        self.checker.end()
        self.assertEqual(self.found, [])

    def test_swallowed(self):
        self.start()
        self.body()
        self.inner.raised = self.inner.watch = True
        self.give(b"on")
        self.assertEqual(self.found, [(3, "exc-info-swallowed")])

    def test_let_through(self):
        self.start()
        self.body()
        self.inner.raised = self.inner.watch = True
        self.inner.exception("iterate", ValueError("no"))
        self.outer.exception("iterate", ValueError("no"))
        self.checker.end()
        self.assertEqual([rule for _, rule in self.found if rule != "close-not-called"], [])

    def test_subclasses(self):
        class Bytes(bytes):
            pass

        self.whole(Text("200 OK"), [(Text("X-A"), "1"), *PLAIN], blocks=(Bytes(b"x"),))
        rules = ["status-subclass", "header-subclass", "block-subclass"]
        self.assertEqual(self.found, [(3, rule) for rule in rules])

    def test_no_more_than_a_hundred_findings(self):
        for n in range(1000):
            self.inner.tell("header-name-odd", str(n))
        self.assertEqual(len(self.found), 100)
