"""What is found of the environs that stages pass on, and of the streams in them."""

from __future__ import annotations

import threading
import unittest
from unittest import mock

from _snifter.body import Input, ToldEmpty, ToldInput
from _snifter.stages.checking import lint_environ
from _snifter.stages.recording.environ import fresh
from _snifter.stages.stepping.reads import StoppingInput

from .linked import LinkedTest
from .linting import LintCase
from .test_handed import hands_on, stack
from .tracing import environ

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


class _Lazy:
    @property
    def __class__(self):
        raise AssertionError("it was asked for its class")


_ENVIRONS = (
    ({"REMOTE_USER": "gin"}, None),
    ({"REMOTE_USER": 7}, "environ-not-text"),
    ({"user": _Lazy()}, "environ-not-text"),
    ({"wsgi.run_once": _Lazy()}, None),
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


class StagesTest(LintCase):
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

    def test_environ(self):
        for changes, rule in _ENVIRONS:
            self.setUp()
            before = environ()
            after = {k: v for k, v in {**before, **changes}.items() if v is not _GONE}
            self.checker.given(self.calls[0], before, after, *fresh(before, after))
            self.assertEqual(self.found, [(2, rule)] if rule else [], changes)


class EnvironTest(unittest.TestCase):
    def test_a_class_of_streams_is_looked_at_once(self):
        class Odd:
            pass

        for n in range(3):
            after = {"wsgi.input": Odd(), "wsgi.errors": Odd()}
            with mock.patch.object(lint_environ, "_has", return_value=False) as has:
                found = [*lint_environ.check({}, after, [*after], False)]
            self.assertEqual([rule for rule, _ in found], ["environ-input", "environ-errors"])
            self.assertEqual(has.called, not n)

    def test_what_is_required_is_told_once(self):
        before = {"SERVER_NAME": "localhost", "HTTP_HOST": "localhost"}
        told = list(lint_environ.check(before, {}, *fresh(before, {})))
        self.assertEqual([rule for rule, _ in told], ["environ-missing"])


def closes(environ, start_response):
    environ["wsgi.input"].close()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"one"]


def in_a_thread(app):
    def middleware(environ, start_response):
        bodies = []
        thread = threading.Thread(target=lambda: bodies.append(app(environ, start_response)))
        thread.start()
        thread.join()
        return bodies[0]

    return middleware


class ThreadsTest(LinkedTest):
    def test_a_stage_closes_its_input_in_whatever_thread_it_runs(self):
        for makes in ([hands_on, hands_on], [in_a_thread, hands_on], [hands_on, in_a_thread]):
            with self.subTest([make.__name__ for make in makes]):
                self.assertEqual(self.found(stack(closes, *makes))[0], [(3, "input-method")])
