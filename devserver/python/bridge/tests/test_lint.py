"""What is found at the boundaries of stages, and whom it is blamed on."""

from __future__ import annotations

import io
import unittest

from _snifter.body import Input, ToldEmpty, ToldInput
from _snifter.findings import RULES
from _snifter.rules import UNTYPED
from _snifter.stages import lint_environ
from _snifter.stages.environ import fresh
from _snifter.stages.lint import Checker
from _snifter.stages.reads import StoppingInput
from _snifter.streams import FileWrapper

from .tracing import environ

_PLAIN = [("Content-Type", "text/plain")]


class Exchange:
    """What a checker looks at of an exchange."""

    def __init__(self):
        self.no_body = self.gone = self.failed = False
        self.told = None
        self.blocks = 0
        self.given_headers = None
        self.headers = []


class Call:
    """What a checker looks at of a call."""

    usual = False
    due = lint = None
    gave = -1
    body = 0

    def __init__(self, checker, index, parent):
        self.index, self.parent = index, parent
        self.environ = environ()
        self.record = Record(checker)


class Record:
    def __init__(self, checker):
        self.lint = checker


class LintTest(unittest.TestCase):
    def setUp(self):
        self.found = []
        self.exchange = Exchange()
        self.exchange.report = self.report
        self.checker = Checker()
        self.checker.begin(self.exchange)
        #: The stages 2 and 3 of a request, the one within the other.
        self.calls = [Call(self.checker, 2, None)]
        self.outer = self.checker.of(self.calls[0])
        self.inner = self.enter(3)
        self.within = []

    def enter(self, index):
        """The pass of another stage within the outer one."""
        self.calls.append(Call(self.checker, index, self.calls[0]))
        self.checker.enter(self.calls[-1])
        return self.checker.of(self.calls[-1])

    def enter_within(self):
        """The pass of a stage within the inner one, which returns its body."""
        made = self.enter(4)
        self.within.append(made)
        made.exit([b"one"])
        self.inner.exit([b"one"], made)
        return made

    def report(self, stage, rule, message, pep):
        self.assertEqual(pep, RULES[rule])
        self.found.append((stage, rule))

    def start(self, status="200 OK", headers=None, *more, stages=None, **keywords):
        """The inner stage calls start_response, and the outer one passes that on."""
        headers = _PLAIN[:] if headers is None else headers
        for stage in stages or (self.inner, self.outer):
            stage.start_response((status, headers, *more), keywords)

    def give(self, *blocks):
        """A block comes out, through both."""
        for block in blocks:
            for stage in (*self.within, self.inner, self.outer):
                stage.chunk(block)
            self.exchange.blocks += 1

    def body(self):
        """Both return what is to be closed."""
        self.inner.exit(iter_and_close())
        self.outer.exit(iter_and_close())

    def over(self):
        """Both are exhausted, closed, and the request is over."""
        self.inner.exhausted()
        self.outer.exhausted()
        self.outer.close()
        self.inner.close()
        self.checker.end()

    def whole(self, *arguments, blocks=(b"one", b"two"), **keywords):
        """A whole request."""
        self.start(*arguments, **keywords)
        self.body()
        self.give(*blocks)
        self.over()

    def test_nothing_is_found_where_nothing_is(self):
        cookie = ("Set-Cookie", " a=b")  # as http.cookies puts it out, and Django gives it
        self.whole("200 OK", [*_PLAIN, ("Content-Length", "6"), ("X-Other", "é"), cookie])
        self.assertEqual(self.found, [])

    def test_the_innermost_is_blamed(self):
        self.whole("200", [*_PLAIN, ("X_Name", " 1")], blocks=("one", b"two"))
        rules = ["status-invalid", "header-value-space", "header-name-odd", "block-not-bytes"]
        self.assertEqual(self.found, [(3, rule) for rule in rules])

    def test_none_is_no_status(self):
        """Be it the first that is looked at, or one after another that was none."""
        for status in (None, None, 200, None):
            with self.subTest(status):
                self.setUp()
                for stage in (self.inner, self.outer):
                    self.assertFalse(self.checker.is_right(status, _PLAIN[:]))
                    stage.start_response((status, _PLAIN[:]), {})
                self.assertEqual(self.found, [(3, "status-invalid")])

    def test_who_adds_is_blamed(self):
        self.start(stages=[self.inner])
        self.start("200 OK", [*_PLAIN, ("Connection", "close")], stages=[self.outer])
        self.assertEqual(self.found, [(2, "hop-by-hop-header")])

    def test_arguments(self):
        self.start(exc_info=None)
        self.inner.start_response((), {})
        self.outer.start_response((1, 2, 3, 4), {})
        self.start("200 OK", _PLAIN[:], ("no", "triple"))
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
        self.start("500 Failed", _PLAIN[:], (None, None, None))
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
        headers = _PLAIN[:]
        self.start("200 OK", headers)
        self.exchange.given_headers, self.exchange.headers = headers, headers[:]
        self.inner.exit([b""])
        headers.append(("X-Late", "1"))
        self.outer.exit([b""])
        self.assertEqual(self.found, [(2, "header-changed-late")])

    def test_what_is_no_body(self):
        for result, rule in ((None, "not-iterable"), (b"x", "body-is-string"), (7, "not-iterable")):
            self.setUp()
            self.start(stages=[self.inner])
            self.inner.exit(result)
            self.assertEqual(self.found, [(3, rule)])

    def test_content_length(self):
        for length, rule in (("5", "content-length-exceeded"), ("7", "content-length-short")):
            self.setUp()
            self.whole("200 OK", [*_PLAIN, ("Content-Length", length)])
            self.assertEqual(self.found, [(3, rule)])

    def test_a_body_that_is_another_stages(self):
        self.start(stages=[self.inner])
        self.start("200 OK", [*_PLAIN, ("Content-Length", "2")], stages=[self.outer])
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
            self.start("200 OK", [*_PLAIN, ("Content-Length", length)])
            self.inner.write(b"one")
            self.outer.write(b"one")
            self.inner.returned(None, [b"two"])
            self.outer.returned(self.inner, ())
            self.checker.end()
            expected = [(3, "write-used"), *((3, rule) for rule in rules)]
            self.assertEqual(self.found, expected)

    def test_head_has_the_length_of_what_is_not_sent(self):
        self.exchange.no_body = True
        self.whole("200 OK", [*_PLAIN, ("Content-Length", "100")], blocks=())
        self.assertEqual(self.found, [])

    def test_no_content(self):
        self.whole("204 No Content", _PLAIN[:])
        self.assertEqual(self.found, [(3, "content-type-unexpected"), (3, "body-not-allowed")])

    def test_untyped(self):
        for status, blocks in ("200 OK", (b"one",)), ("302 Found", (b"",)), ("201 Created", ()):
            with self.subTest(status):
                self.setUp()
                self.whole(status, [], blocks=blocks)
                self.assertEqual(self.found, [(3, "content-type-missing")])
        self.setUp()
        self.whole("304 Not Modified", [], blocks=())
        self.assertEqual(self.found, [])

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

    def test_an_answer_by_hand_is_nobodys_fault(self):
        self.inner.by_hand = True
        self.start("299 Odd", [("Connection", "close")])
        self.inner.exit([b"one"])
        self.inner.chunk(b"one")
        self.outer.exit([b"one"], self.inner)
        self.checker.end()
        self.assertEqual(self.found, [])

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

    def test_streams_have_no_other_methods(self):
        for kind in Input, ToldInput, ToldEmpty, StoppingInput:
            self.setUp()
            with self.assertRaises(AttributeError) as caught:
                kind(None, 0, b"", True).seek(0)
            self.assertEqual(str(caught.exception), "'Input' object has no attribute 'seek'")
            self.inner.exception("call", caught.exception)
            self.outer.exception("call", caught.exception)
            self.inner.exception("call", AttributeError("'Other' object has no attribute 'seek'"))
            self.assertEqual(self.found, [(3, "input-method")])

    def test_subclasses(self):
        class Text(str):
            pass

        class Bytes(bytes):
            pass

        self.whole(Text("200 OK"), [(Text("X-A"), "1"), *_PLAIN], blocks=(Bytes(b"x"),))
        rules = ["status-subclass", "header-subclass", "block-subclass"]
        self.assertEqual(self.found, [(3, rule) for rule in rules])

    def test_environ(self):
        for changes, rule in _ENVIRONS:
            self.setUp()
            before = environ()
            after = {k: v for k, v in {**before, **changes}.items() if v is not _GONE}
            self.checker.given(self.calls[0], before, after, *fresh(before, after))
            self.assertEqual(self.found, [(2, rule)] if rule else [], changes)

    def test_no_more_than_a_hundred_findings(self):
        for n in range(1000):
            self.inner.tell("header-name-odd", str(n))
        self.assertEqual(len(self.found), 100)


_GONE = object()


class _Reading:
    def read(self, size=-1):
        return b""

    readline = readlines = __iter__ = read


class _Delegating:
    def __iter__(self):
        return self

    def __getattr__(self, name):
        raise AssertionError("it was asked for " + name)


_ENVIRONS = (
    ({"REMOTE_USER": "gin"}, None),
    ({"REMOTE_USER": 7}, "environ-not-text"),
    ({"REMOTE_USER": "\u2603"}, "environ-not-text"),
    ({"REMOTE_USER": type("Text", (str,), {})("x")}, "environ-subclass"),
    ({"my.own": 7}, None),
    ({7: "x"}, "environ-not-text"),
    ({"HTTP_CONTENT_TYPE": "x"}, "environ-content-key"),
    ({"wsgi.version": [1, 0]}, "environ-version"),
    ({"wsgi.url_scheme": "ftp"}, "environ-url-scheme"),
    ({"wsgi.multithread": 1}, None),
    ({"wsgi.multithread": "no"}, "environ-flag"),
    ({"wsgi.input": _Reading()}, None),
    ({"wsgi.input": _Delegating()}, None),
    ({"wsgi.input": b"text"}, "environ-input"),
    ({"wsgi.errors": None}, "environ-errors"),
    ({"REQUEST_METHOD": "BREW"}, "environ-method"),
    ({"SCRIPT_NAME": "/"}, "environ-script-name"),
    ({"SCRIPT_NAME": "x"}, "environ-script-name"),
    ({"PATH_INFO": "x"}, "environ-path-info"),
    ({"PATH_INFO": "*"}, None),
    ({"PATH_INFO": _GONE}, "environ-path-info"),
    ({"CONTENT_LENGTH": "-1"}, "environ-content-length"),
    ({"CONTENT_LENGTH": ""}, None),
    ({"CONTENT_LENGTH": _GONE}, None),
    ({"QUERY_STRING": _GONE}, "environ-query-string"),
    ({"wsgi.input": _GONE}, "environ-missing"),
)


def iter_and_close():
    """A body that is no list, and is to be closed."""
    return io.BytesIO()


class EnvironTest(unittest.TestCase):
    def test_what_is_required_is_told_once(self):
        before = {"SERVER_NAME": "localhost", "HTTP_HOST": "localhost"}
        told = list(lint_environ.check(before, {}, *fresh(before, {})))
        self.assertEqual([rule for rule, _ in told], ["environ-missing"])
