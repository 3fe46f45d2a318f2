"""Functions that take whatever they are given, of which some never return anything."""

from __future__ import annotations

import contextlib
import threading
import unittest
from unittest import mock

from _snifter.stages.reading import declines

noted = []


def refuse(code):
    raise PermissionError(code)


def inner(*args):
    return [b"inner"]


def notes(*args):
    noted.append(args)


def notes_early(*args):
    if not args:
        return
    noted.append(args)


def counts(*args):
    for each in args:
        noted.append(each)


def refuses_some(*args):
    if not args:
        refuse(400)


def fails_at_times(*args):
    if not args:
        raise PermissionError(args)


def fails_otherwise(*args):
    if args:
        return
    raise PermissionError(args)


def set_by_another(*args):
    result = None

    def work():
        nonlocal result
        result = inner(*args)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    return result


def set_by_a_loop(*args):
    result = None
    for result in map(inner, args):
        noted.append(result)
    return result


def set_in_a_loop(*args):
    for _ in args:
        result = inner(*args)
        break
    else:
        result = None
    return result


def set_as_it_enters(*args):
    result = None
    noted.append(result)
    with contextlib.nullcontext(inner(*args)) as result:
        noted.append(args)
    return result


def set_with_others(*args):
    result = None
    result, *_ = [inner(*args)]
    return result


def fails(*args):
    raise PermissionError(args)


def fails_elsewhere(*args):
    refuse(404)


class NothingTest(unittest.TestCase):
    def test_what_makes_a_note(self):
        for function in notes, notes_early, counts, refuses_some, fails_at_times, fails_otherwise:
            self.assertTrue(declines.gives_nothing(function), function.__name__)

    def test_what_answers(self):
        for function in (
            *(set_by_another, set_by_a_loop, set_in_a_loop, set_as_it_enters, set_with_others),
            *(fails, fails_elsewhere),
        ):
            self.assertFalse(declines.gives_nothing(function), function.__name__)

    def test_what_says_that_it_never_returns(self):
        namespace = {"__name__": __name__}
        source = (
            "from typing import NoReturn\n"
            "def leave(code) -> NoReturn: print(code)\n"
            "def leaves(*args): leave(404)\n"
        )
        exec(compile(source, __file__, "exec", dont_inherit=True), namespace)
        with mock.patch("_snifter.stages.reading.acts.is_own", return_value=True):
            self.assertFalse(declines.gives_nothing(namespace["leaves"]))
            namespace["leave"].__annotations__ = {}
            self.assertTrue(declines.gives_nothing(namespace["leaves"]))

    def test_no_annotation_is_run(self):
        ran = []

        class Loud:
            def __repr__(self):
                ran.append("repr")
                raise LookupError

        def made():
            ran.append("made")
            return Loud()

        namespace = {"__name__": __name__, "made": made}
        source = "def note(code) -> made(): print(code)\ndef notes(*args): note(404)\n"
        exec(compile(source, __file__, "exec", dont_inherit=True), namespace)
        ran.clear()  # before 3.14 it is made with the function
        with mock.patch("_snifter.stages.reading.acts.is_own", return_value=True):
            self.assertTrue(declines.gives_nothing(namespace["notes"]))
        self.assertEqual(ran, [])


if __name__ == "__main__":
    unittest.main()
