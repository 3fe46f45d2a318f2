"""Functions whose frames are not to be seen: they do what they did, and nobody is shown them."""

from __future__ import annotations

import dis
import inspect
import os
import subprocess
import sys
import traceback
import types
import unittest
import warnings

from _snifter import unseen
from _snifter.stages import ours

from .server import BRIDGE, PATIENCE

#: The tests of what can go wrong where frames are not to be seen.
MODULES = ("test_hide", "test_debugged", "test_swap", "test_tracing", "test_unseen")


def called(call, *args):
    __traceback_hide__ = True  # noqa: F841 (the mark)
    return call(*args)


def many(call, times):
    """Jumps over more than an argument has room for, and out of all that there is."""
    __traceback_hide__ = True  # noqa: F841 (the mark)
    found = []
    for number in range(times):
        if number == 7:
            return (found, "seven", [each for each in found if each])
        try:
            with Context(number) as given:
                if given == 3:
                    continue
                found.append(
                    (call(given), given + 1, given - 1, given * 2, [given], {given: given})
                )
                found.append((given, given + 1, given - 1, given * 2, [given], {given: given}, "a"))
                found.append((given, given + 1, given - 1, given * 2, [given], {given: given}, "b"))
                found.append((given, given + 1, given - 1, given * 2, [given], {given: given}, "c"))
        except KeyError as error:
            found.append(error.args)
        finally:
            found.append(number)
        while found:
            if found[-1] == 6:
                return None
            break
    return found, "all"


class Context:
    def __init__(self, given):
        self.given = given

    def __enter__(self):
        return self.given

    def __exit__(self, *exc):
        return self.given == 5


def fails(given):
    if given == 2:
        raise KeyError("two")
    if given == 5:
        raise ValueError("five")
    if given == 12:
        raise LookupError("twelve")
    return given


def closing(value):
    def inner(call):
        __traceback_hide__ = True  # noqa: F841 (the mark)
        nonlocal value
        value += 1
        return call(lambda: value)

    return inner


def caller():
    return sys._getframe(1).f_code.co_name


def copy(function):
    """The same function, not to be seen."""
    code, scope, closure = function.__code__, function.__globals__, function.__closure__
    return types.FunctionType(unseen.of(code), scope, function.__name__, None, closure)


def marked(code):
    """The codes within a code that are marked."""
    if unseen.MARK in code.co_varnames:
        yield code
    for const in code.co_consts:
        if type(const) is types.CodeType:
            yield from marked(const)


def of_bridge():
    for directory, _, names in os.walk(os.path.join(BRIDGE, "_snifter")):
        for name in sorted(names):
            if name.endswith(".py"):
                path = os.path.join(directory, name)
                with open(path, encoding="utf-8") as file:
                    yield compile(file.read(), path, "exec", dont_inherit=True)


class UnseenTest(unittest.TestCase):
    def test_they_do_what_they_did(self):
        for times in (0, 1, 4, 9):
            self.assertEqual(copy(many)(fails, times), many(fails, times))
        for function in (many, copy(many)):
            with self.assertRaisesRegex(LookupError, "twelve"):
                function(lambda given: fails(given + 10), 5)
        self.assertEqual(copy(closing(1))(lambda read: read()), 2)

    def test_nobody_is_shown_them(self):
        function, name = copy(called), inspect.currentframe().f_code.co_name
        shown = [] if unseen.WORKS else ["called"]
        self.assertEqual(function(caller), [*shown, name][0])
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            function(warnings.warn, "of the caller's")
        line = inspect.currentframe().f_lineno - 1
        if not unseen.WORKS:
            line = called.__code__.co_firstlineno + 2
        self.assertEqual([(each.filename, each.lineno) for each in caught], [(__file__, line)])
        try:
            function(fails, 2)
        except KeyError as error:
            names = [frame.f_code.co_name for frame, _ in traceback.walk_tb(error.__traceback__)]
        self.assertEqual(names, [name, *shown, "fails"])

    def test_each_end_that_is_told_has_a_beginning(self):
        """So that what counts the time of functions is not led astray."""
        function, events = copy(called), []

        def profile(frame, event, arg):
            if frame.f_code.co_filename == __file__:
                events.append((event, frame.f_code.co_name))

        for given in (1, 2, 1):  # what is told of once may be told of from then on
            sys.setprofile(profile)
            try:
                function(fails, given)
            except KeyError:
                pass
            finally:
                sys.setprofile(None)
        names = []
        for event, name in events:
            if event == "call":
                names.append(name)
            elif event == "return":
                self.assertEqual(names.pop(), name)
        self.assertEqual(names, [])
        self.assertEqual(events.count(("call", "fails")), 3)

    def test_what_is_marked_can_be_so(self):
        found = [code for module in of_bridge() for code in marked(module)]
        self.assertGreater(len(found), 50)
        never = inspect.CO_GENERATOR | inspect.CO_COROUTINE
        for code in found:
            with self.subTest(code.co_name, file=code.co_filename):
                self.assertNotIn("super", code.co_names)
                if code.co_flags & never or not unseen.WORKS:
                    self.assertIs(unseen.of(code), code)
                else:
                    list(dis.get_instructions(unseen.of(code)))

    def test_all_of_the_bridge(self):
        """These tests, of a bridge that is loaded as a worker loads it."""
        if not (unseen.WORKS and ours.are_seen()):
            return  # these are those
        start = (
            "import sys, unittest; sys.path[0] = sys.argv[1]; from _snifter import bytecode; "
            "bytecode.keep(); unittest.main(module=None, argv=sys.argv[1:])"
        )
        names = [f"tests.{name}" for name in MODULES]
        done = subprocess.run(
            [sys.executable, "-c", start, BRIDGE, *names],
            cwd=BRIDGE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=PATIENCE,
            check=False,
        )
        self.assertEqual(done.returncode, 0, done.stdout.decode())


if __name__ == "__main__":
    unittest.main()
