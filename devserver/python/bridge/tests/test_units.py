"""The parts that need no process of their own."""

from __future__ import annotations

import contextlib
import functools
import gc
import io
import os
import sys
import tempfile
import traceback
import types
import unittest
from unittest import mock

from _snifter import frames, load, rules, sources, tracebacks
from _snifter.body import EMPTY, Input, ToldInput
from _snifter.streams import FileWrapper


class FakeLink:
    """Gives one more piece each time that the body waits."""

    def __init__(self, *pieces):
        self.pieces = list(pieces)
        self.told = []

    def put(self, kind, number, payload=b"", flags=0):
        self.told.append((kind, frames.U32.unpack(payload)[0], flags))

    def wait(self, number, ready):
        piece = self.pieces.pop(0)
        if isinstance(piece, bytes):
            self.stream.more(piece, not self.pieces)
        else:
            self.stream.fail(str(piece))

    def open(self, first=b""):
        self.stream = Input(self, 1, first, not self.pieces)
        return self.stream


class InputTest(unittest.TestCase):
    def test_like_a_file(self):
        """Whatever is read, in whatever pieces it came, is what a file gives."""
        text = b"abc\ndefgh\n\nij\nklmnop"
        calls = [
            ("read", 2),
            ("readline", 1),
            ("readline", -1),
            ("read", 0),
            ("readline", 3),
            ("readlines", 2),
            ("read", -1),
        ]
        for size in range(1, len(text) + 1):
            pieces = [text[at : at + size] for at in range(0, len(text), size)]
            for turn in range(len(calls)):
                stream, file = FakeLink(*pieces).open(), io.BytesIO(text)
                for name, arg in calls[turn:] + calls[:turn]:
                    self.assertEqual(
                        getattr(stream, name)(arg),
                        getattr(file, name)(arg),
                        (size, turn, name, arg),
                    )
                self.assertEqual(stream.read(), b"")

    def test_as_many_bytes_as_the_hint_are_enough(self):
        """As CPython's files have it, not PyPy's."""
        self.assertEqual(FakeLink(b"gh\nij\n").open().readlines(3), [b"gh\n"])

    def test_none_means_all(self):
        self.assertEqual(FakeLink(b"ab", b"c").open().read(None), b"abc")
        self.assertEqual(FakeLink(b"a\nb").open().readline(None), b"a\n")
        self.assertEqual(FakeLink(b"a\nb").open().readlines(None), [b"a\n", b"b"])
        self.assertEqual(list(FakeLink(b"a\nb").open()), [b"a\n", b"b"])

    def test_broken(self):
        stream = FakeLink(b"abc", ValueError("cut")).open()
        self.assertEqual(stream.read(2), b"ab")
        for read in (stream.read, stream.readline, lambda: stream.read(5), stream.readlines):
            with self.assertRaises(OSError):
                read()
        self.assertEqual(stream.read(1), b"c")

    def test_what_is_told(self):
        link = FakeLink(b"x" * 100_000, b"y" * 10, b"")
        stream = link.open(b"z")
        stream.read()
        self.assertEqual(link.told[0], (frames.READ, 1, frames.FLAG_CONTINUE))
        self.assertEqual(sum(n for _, n, _ in link.told), 100_011)

    def test_a_read_of_all_lines_is_one(self):
        for last, told in ((b"c", [(1, 5, 0)]), (ValueError("cut"), [(1, 4, 0)])):
            stream, reads = FakeLink(b"a\nb\n", last).open(), []
            call = types.SimpleNamespace(index=2)
            call.record = types.SimpleNamespace(
                over=False, read=lambda index, at, *told, reads=reads: reads.append(told)
            )
            ToldInput.tell_of(stream, lambda call=call: call, None)
            stream.__class__ = ToldInput
            with contextlib.suppress(OSError):
                stream.readlines()
            self.assertEqual(reads, told)

    def test_empty(self):
        self.assertEqual(
            (EMPTY.read(), EMPTY.readline(), EMPTY.readlines(), list(EMPTY)), (b"", b"", [], [])
        )
        EMPTY.fail("never")
        self.assertEqual(EMPTY.read(5), b"")


class RulesTest(unittest.TestCase):
    def headers(self, *headers):
        return rules.check_headers(list(headers), lambda *_: None)

    def status(self, status):
        return rules.check_status(status, lambda *_: None)

    def test_good(self):
        for status in ("200 OK", "404 ", "999 x", "200 D\xe9j\xe0"):
            self.assertEqual(self.status(status), status)
        self.assertEqual(
            self.headers(("A", "b"), ("Content-Length", "5")),
            ([("A", "b"), ("Content-Length", "5")], 5),
        )
        self.assertEqual(self.headers(("X-Empty", ""), ("a!#$%&'*+-.^_`|~9", "\xff"))[1], None)

    def test_bad_status(self):
        for status in (
            "",
            "200",
            "20 OK",
            "200OK",
            "2x0 OK",
            "099 x",
            "100 Continue",
            "200 \n",
            "200 \x7f",
            "\u0662\u0660\u0660 OK",
            None,
            200,
        ):
            with self.assertRaises(rules.Breach, msg=repr(status)):
                self.status(status)

    def test_short_reasons(self):
        for status, told in (
            ("502 ", ["the status has no reason: '502 '"]),
            ("502 C", ["the status has hardly a reason: '502 C'"]),
            ("502 OK", []),
        ):
            lint = mock.Mock()
            rules.check_status(status, lint)
            self.assertEqual([call[0][1] for call in lint.call_args_list], told)

    def test_bad_headers(self):
        for header in (
            ("", "x"),
            ("a b", "x"),
            ("a:", "x"),
            ("\xe9", "x"),
            ("a\n", "x"),
            ("a", "\t"),
            ("a", "x\n"),
            ("a", "\0"),
            ("a", "\u0100"),
            ("Keep-Alive", "x"),
            ("TRANSFER-ENCODING", "chunked"),
            ("content-length", "-1"),
            ("content-length", "1_0"),
            ("content-length", "\u0661"),
            ("a",),
            "ab",
            ["a", "b"],
            None,
        ):
            with self.assertRaises(rules.Breach, msg=repr(header)):
                self.headers(header)
        with self.assertRaises(rules.Breach):
            self.headers(("Content-Length", "1"), ("content-length", "2"))

    def test_names_that_are_remembered_are_valid(self):
        for name in ("Good", "bad name", "connection"):
            try:
                self.headers((name, "x"))
            except rules.Breach:
                pass
        self.assertIn("Good", rules.NAMES)
        self.assertNotIn("bad name", rules.NAMES)
        self.assertNotIn("connection", rules.NAMES)


class LoadTest(unittest.TestCase):
    def test_literals(self):
        self.assertEqual(load.literals("  "), ([], {}))
        self.assertEqual(
            load.literals("1, 'a', b={'c': [None, -2]}"), ([1, "a"], {"b": {"c": [None, -2]}})
        )
        for source in ("f()", "a", "*[1]", "**{}", "1)(2", "1 if 1 else 2", "'"):
            with self.assertRaises(load.ApplicationNotFound, msg=source):
                load.literals(source)

    def test_several_applications(self):
        class Framework:
            wsgi_app = None

            def __call__(self, environ, start_response):
                pass

        module = types.ModuleType("m")
        module.one = Framework()
        self.assertEqual(load.find(module, {}), (module.one, "one"))
        module.two = Framework()
        with self.assertRaisesRegex(load.ApplicationNotFound, "one, two"):
            load.find(module, {})
        module.two = module.one
        self.assertIs(load.find(module, {})[0], module.one)

    def test_factory_or_application(self):
        module = types.ModuleType("m")
        made = object()
        module.build = lambda config=None: made
        module.either = lambda a=None, b=None: made
        module.create_app = module.either
        module.wsgi = lambda environ, start_response: made
        module.varied = lambda *args: made
        # A decorator of classes, which gives what it makes all that functools.wraps does.
        module.adapted = functools.wraps(object, updated=())(lambda environ, start_response: made)
        self.assertIs(load.find(module, {"attr": "build"})[0], made)
        self.assertIs(load.find(module, {"attr": "create_app"})[0], made)
        self.assertIs(load.find(module, {"attr": "either"})[0], module.either)
        self.assertIs(load.find(module, {"attr": "wsgi"})[0], module.wsgi)
        self.assertIs(load.find(module, {"attr": "varied"})[0], module.varied)
        self.assertIs(load.find(module, {"attr": "adapted"})[0], module.adapted)


class TracebackTest(unittest.TestCase):
    def test_a_cycle_of_causes_ends(self):
        a, b = ValueError("a"), ValueError("b")
        a.__cause__, b.__cause__ = b, a
        told = tracebacks.describe(a, "call")
        self.assertEqual(told["cause"]["message"], "b")
        self.assertIsNone(told["cause"]["cause"])

    def test_deep(self):
        def down():
            down()

        # On Python 3.8 the process dies if garbage is collected at the very deepest: what is
        # called then (gc.callbacks) can't be, and from there on nothing ends the descent.
        gc.disable()
        try:
            down()
        except RecursionError as error:
            told = tracebacks.describe(error, "call")
        finally:
            gc.enable()
        self.assertLess(len(told["frames"]), 500)
        self.assertTrue(any("left out" in frame["function"] for frame in told["frames"]))

    def test_where_it_rose_leaves_others_tracebacks_as_they_are(self):
        """The frames of what Cython has compiled name a file that Python itself does not find."""

        class Loader:
            def get_source(self, name):
                return None

        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "compiled.py"), "w", encoding="utf-8") as file:
                file.write("def fail(): raise KeyError\n")
            made = {"__name__": "compiled", "__loader__": Loader()}
            exec(compile("def fail(): raise KeyError\n", "compiled.py", "exec"), made)
            with mock.patch.object(sys, "path", [folder, *sys.path]):
                try:
                    made["fail"]()
                except KeyError as error:
                    self.assertEqual(tracebacks.walk(error.__traceback__)[-1][0], "compiled.py")
                    self.assertNotIn("raise KeyError", traceback.format_exc())

    def test_a_bad_message(self):
        class Bad(Exception):
            def __str__(self):
                raise RuntimeError

        told = tracebacks.describe(Bad(), "close")
        self.assertIn("__str__ failed", told["message"])
        self.assertEqual(told["where"], "close")
        with mock.patch.object(Bad, "__str__", sys.exit):
            self.assertIn("__str__ failed", tracebacks.message(Bad()))
        self.assertIn("Bad", told["text"])

    if sys.version_info >= (3, 11):

        def test_groups(self):
            group = ExceptionGroup("several", [ValueError("one"), KeyError("two")])  # noqa: F821
            told = tracebacks.describe(group, "call")
            self.assertEqual(told["type"], "ExceptionGroup")
            self.assertIn("ValueError: one", told["text"])
            self.assertIn("KeyError: 'two'", told["text"])


class SourcesTest(unittest.TestCase):
    def test_whose(self):
        self.assertTrue(sources.is_library(os.path.abspath(os.__file__)))
        self.assertTrue(
            sources.is_library(
                os.path.join(os.sep, "p", ".venv", "lib", "site-packages", "flask.py")
            )
        )
        self.assertTrue(sources.is_library(os.path.abspath(sources.__file__)))
        self.assertFalse(sources.is_library(os.path.join(os.sep, "usr", "src", "app", "views.py")))

    def test_loaded_survives_strange_modules(self):
        class Strange(types.ModuleType):
            def __getattribute__(self, name):
                raise RuntimeError(name)

        sys.modules["strange_module"] = Strange("strange_module")
        self.addCleanup(sys.modules.pop, "strange_module")
        files, libraries = sources.loaded()
        self.assertIn("io", libraries)
        self.assertNotIn("strange_module", libraries)


class FileWrapperTest(unittest.TestCase):
    def test_blocks(self):
        wrapper = FileWrapper(io.BytesIO(b"abcdefgh"), 3)
        self.assertEqual(list(wrapper), [b"abc", b"def", b"gh"])

    def test_no_more_than_asked(self):
        wrapper = FileWrapper(io.BytesIO(b"abcdefgh"), 3)
        wrapper.prepare(4, 3)
        self.assertEqual(list(wrapper), [b"abc", b"d"])

    def test_close(self):
        file = io.BytesIO(b"x")
        FileWrapper(file).close()
        self.assertTrue(file.closed)
        self.assertFalse(hasattr(FileWrapper(iter([])), "close"))


if __name__ == "__main__":
    unittest.main()
