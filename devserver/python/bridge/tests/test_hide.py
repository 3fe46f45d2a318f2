"""What an application sees of its own stack, and of exceptions: the same with its stages told
apart."""

from __future__ import annotations

import dataclasses
import inspect
import io
import logging
import os
import sys
import tempfile
import textwrap
import traceback
import types
import unittest
import warnings
from contextlib import contextmanager
from unittest import mock

from _snifter.frames import HEAD
from _snifter.stages.hooking import swap

from . import tracing
from .server import Server


def fails(environ, start_response):
    raise KeyError("no")


def fails_late(environ, start_response):
    start_response("200 OK", [])
    yield b"one"
    raise KeyError("late")


def fails_from(environ, start_response):
    try:
        fails(environ, start_response)
    except KeyError as error:
        raise ValueError("from") from error


@dataclasses.dataclass(frozen=True)
class Frozen(KeyError):
    """An exception of which nothing can be set."""

    code: int


def fails_frozen(environ, start_response):
    raise Frozen(3)


def fails_frozen_late(environ, start_response):
    start_response("200 OK", [])
    yield b"one"
    raise Frozen(4)


class Body:
    def __iter__(self):
        return iter([b"one"])

    def close(self):
        raise KeyError("close")


def fails_to_close(environ, start_response):
    start_response("200 OK", [])
    return Body()


def fails_to_end(environ, start_response):
    start_response("200 OK", [])
    try:
        yield b"one"
        yield b"two"
        yield b"three"
    finally:
        raise KeyError("end")


def passing(app):
    def passes(environ, start_response):
        return app(environ, start_response)

    return passes


def catching(app, look):
    """A middleware that looks at what leaves the application."""

    def catches(environ, start_response):
        try:
            body = app(environ, lambda *args: None)
            try:
                for block in body:
                    if block == b"two":
                        break
            finally:
                body.close()
        except (KeyError, ValueError) as error:
            seen.append(look(error))
        start_response("200 OK", [])
        return []

    return catches


def refusing(app):
    """A middleware whose start_response fails, or what it returns."""

    def refuses(environ, start_response):
        def start(status, headers, exc_info=None):
            if exc_info is not None or not headers:
                raise KeyError("start")
            return write

        def write(block):
            raise KeyError("write")

        return app(environ, start)

    return refuses


def refused(start, look):
    """An application that looks at what it gets for its start."""

    def is_refused(environ, start_response):
        try:
            start(start_response)
        except KeyError as error:
            seen.append(look(error))
        return []

    return is_refused


STARTS = {
    "start_response": lambda start: start("200 OK", []),
    "None as exc_info": lambda start: start("200 OK", [], None),
    "exc_info": lambda start: start("200 OK", [("A", "b")], (KeyError, KeyError(), None)),
    "by keyword": lambda start: start("200 OK", headers=[]),
    "write": lambda start: start("200 OK", [("A", "b")])(b"one"),
}


def seeing(look):
    """An application that looks at its stack."""

    def sees(environ, start_response):
        seen.append(look())
        start_response("200 OK", [])
        return []

    return sees


seen = []


def printed(error):
    return traceback.format_exc()


def extracted(error):
    return traceback.extract_tb(error.__traceback__)


def listed(error):
    return [entry[1:4] for entry in inspect.getinnerframes(error.__traceback__)]


def raw(error):
    """The frames, by no function of a module's."""
    found = []
    while error is not None:
        tb = error.__traceback__
        while tb is not None:
            found.append((tb.tb_frame.f_code.co_name, tb.tb_lineno))
            tb = tb.tb_next
        error = error.__cause__
    return found


#: Before Python 3.11, an exception that is raised again is so with all that it has gathered.
ERRORS = (printed, extracted, listed, *([raw] if sys.version_info >= (3, 11) else []))


def stack():
    return [entry[1:4] for entry in inspect.stack()][1:]


def outer():
    return [entry[1:4] for entry in inspect.getouterframes(inspect.currentframe().f_back)]


def walked():
    return [(frame.f_code.co_name, line) for frame, line in traceback.walk_stack(None)]


def walked_from():
    frame = inspect.currentframe().f_back
    return [(frame.f_code.co_name, line) for frame, line in traceback.walk_stack(frame)]


def printed_stack():
    file = io.StringIO()
    traceback.print_stack(file=file)
    return file.getvalue()


def found_callers():
    """What records of a log have as their callers, and as their stack."""
    logger, records = logging.Logger("test"), []
    handler = logging.Handler()
    handler.emit = records.append
    logger.addHandler(handler)
    logger.warning("one", stack_info=True)
    for level in (*range(2, 5), 1000):
        logger.warning("further out", stacklevel=level)
    return [(each.funcName, each.lineno, each.stack_info) for each in records]


def warned():
    """What warnings are about."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for level in range(5):
            warnings.warn("of whoever has called", stacklevel=level)
    return [(each.filename, each.lineno) for each in caught]


FAILING = (
    fails,
    fails_late,
    fails_from,
    fails_frozen,
    fails_frozen_late,
    fails_to_close,
    fails_to_end,
)
STACKS = (stack, outer, walked, walked_from, printed_stack, found_callers, warned)


@contextmanager
def untraced():
    yield


class HideTest(unittest.TestCase):
    def compare(self, app):
        told = []
        for how in (untraced, tracing.traced):
            seen.clear()
            with how():
                self.assertIsNone(tracing.ask(app)[2])
            told.append(list(seen))
        self.assertEqual(len(told[0]), 1)
        # A request is asked for from different places within this test, but asked for alike.
        self.assertEqual(*told)

    def test_exceptions(self):
        for app in FAILING:
            for look in ERRORS:
                with self.subTest(app=app.__name__, look=look.__name__):
                    self.compare(catching(passing(passing(app)), look))

    def test_exceptions_that_do_not_give_their_traceback(self):
        """They are what the application gets all the same."""

        class Refusing(Exception):
            @property
            def __traceback__(self):
                raise ValueError("it was asked for")

        def refuses(environ, start_response):
            raise Refusing

        def catches(environ, start_response):
            with self.assertRaises(Refusing):
                passing(refuses)(environ, start_response)
            start_response("200 OK", [])
            return []

        plain = tracing.ask(passing(catches))[2]
        # PyPy asks for it itself.
        self.assertIs(plain is None, sys.implementation.name == "cpython")
        with tracing.traced():
            self.assertEqual(repr(tracing.ask(passing(catches))[2]), repr(plain))

    def test_exceptions_of_a_start_response(self):
        for name, start in STARTS.items():
            for look in ERRORS:
                with self.subTest(start=name, look=look.__name__):
                    self.compare(refusing(passing(refused(start, look))))

    def test_what_is_pickled_with_its_code(self):
        """By libraries that reduce a code to what it is made of."""

        def reduces(code):
            return code.co_names

        def saves(pickler, code):
            return code.co_names

        found = {
            "cloudpickle.cloudpickle": types.SimpleNamespace(_code_reduce=reduces),
            "dill._dill": types.SimpleNamespace(save_code=saves),
        }
        with mock.patch.dict(sys.modules, found), tracing.traced():
            for names in reduces(fails.__code__), saves(object(), fails.__code__):
                self.assertEqual(names, ("KeyError",))
        self.assertIsNotNone(swap.hook_of(fails))

    def test_stacks(self):
        for look in STACKS:
            with self.subTest(look.__name__):
                self.compare(passing(passing(seeing(look))))


_REFUSED = """
    import sys, traceback

    def leaf(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        try:
            start_response("200 OK", [])
        except AssertionError as error:
            told, tb = traceback.format_exc(), error.__traceback__
        # Before Python 3.11, see above.
        while tb is not None and sys.version_info >= (3, 11):
            told, tb = told + tb.tb_frame.f_code.co_filename, tb.tb_next
        return [told.encode()]

    def app(environ, start_response):
        return leaf(environ, start_response)
"""


class ServedTest(unittest.TestCase):
    def test_what_the_server_refuses(self):
        """It is told of by the server's own frames."""
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "refused.py"), "w") as f:
                f.write(textwrap.dedent(_REFUSED))
            plan = {"kind": "module", "module": "refused", "attr": "app", "sys_path": [folder]}
            with Server(plan) as server:
                server.ready()
                for number in (1, 2):
                    server.request(number)
                    got = [value for kind, _, value in server.response(number) if kind == HEAD]
                    [(_, _, told)] = got
                    self.assertIn(b"AssertionError", told)
                    self.assertNotIn(os.path.join("_snifter", "stages").encode(), told)


if __name__ == "__main__":
    unittest.main()
