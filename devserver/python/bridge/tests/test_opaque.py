"""What was compiled and can't be hooked is told of, and no more than is there."""

from __future__ import annotations

import ctypes
import functools
import sys
import types
import unittest
from importlib.machinery import EXTENSION_SUFFIXES
from unittest import mock

from _snifter.stages import tree
from _snifter.stages.finding import holders, opaque

from .test_compiled import cython_function_or_method

_FILE = "/x/site-packages/extension" + EXTENSION_SUFFIXES[0]


#: On PyPy ctypes is written in Python, so that its objects are called as any others.
IS_CPYTHON = sys.implementation.name == "cpython"
KIND = opaque.KIND if IS_CPYTHON else "wsgi"


class InC(ctypes._CFuncPtr):
    """Its objects are called in C, as those of a cdef class."""

    __module__ = "extension"
    _argtypes_, _restype_ = (ctypes.py_object, ctypes.py_object), ctypes.py_object
    _flags_ = ctypes._FUNCFLAG_CDECL | ctypes._FUNCFLAG_PYTHONAPI


class Passes:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


def leaf(environ, start_response):
    start_response("200 OK", [])
    return [b"leaf"]


class CyFunction:
    """What Cython makes of a function that closes over one to call, as far as it is looked at."""

    __slots__ = ("following", "__code__", "__name__", "__qualname__", "__globals__")
    __module__ = "extension"

    def __init__(self, following):
        self.following, self.__code__ = following, leaf.__code__
        self.__name__ = self.__qualname__ = "inner"
        self.__globals__ = {"others": another}

    __call__ = InC(leaf)  # that is, without itself


CyFunction.__name__ = cython_function_or_method.__name__


def another(environ, start_response):
    return []


class Opaque(unittest.TestCase):
    def setUp(self):
        module = types.ModuleType("extension")
        module.__file__ = _FILE
        patched = mock.patch.dict(sys.modules, {"extension": module})
        patched.start()
        self.addCleanup(patched.stop)

    def check(self, application, *expected):
        """With requests and without, it is these rows, each within the one before."""
        for urls in [], ["/"], ["/", "/"]:
            rows, notes = tree.find(application, urls)
            found = [(row["name"].rpartition(".")[2], row["kind"]) for row in rows]
            self.assertEqual(found, list(expected))
            self.assertEqual([row["within"] for row in rows], list(range(len(rows))))
            told = [note for note in notes if "is compiled" in note]
            self.assertEqual(len(told), [kind for _, kind in expected].count("compiled"))

    def test_an_object_that_a_stage_calls(self):
        self.check(
            Passes(InC(Passes(InC(leaf)))),
            ("Passes", "wsgi"),
            *(("InC", KIND), ("Passes", "wsgi"), ("InC", KIND), ("leaf", "wsgi")),
        )
        _, notes = tree.find(Passes(InC(leaf)), [])
        note = (
            "extension.InC is compiled: "
            "what it does in a request is told of as of the stage that calls it"
        )
        self.assertIs(note in notes, IS_CPYTHON)

    def test_a_function(self):
        function = CyFunction(leaf)
        self.check(Passes(function), ("Passes", "wsgi"), ("inner", "compiled"), ("leaf", "wsgi"))
        table = {"/": [function]}

        def outer(environ, start_response):
            return table["/"][0](environ, start_response)

        self.check(outer, ("outer", "wsgi"), ("inner", "compiled"), ("leaf", "wsgi"))

    def test_the_outermost_is_seen(self):
        """It is called by the server."""
        self.check(InC(Passes(leaf)), ("InC", "wsgi"), ("Passes", "wsgi"), ("leaf", "wsgi"))

    def test_what_calls_it_is_passed_over_for_it(self):
        compiled = InC(leaf)
        self.assertEqual(holders.nearest(Passes(compiled)), [("app", compiled)])

    def test_what_is_none(self):
        """What is called by nobody, what is a library's of Python, and what is seen otherwise."""

        class Keeps(Passes):
            def __init__(self, app, cache):
                super().__init__(app)
                self.cache = cache

        compiled = InC(len) if IS_CPYTHON else len
        self.check(Keeps(leaf, compiled), ("Keeps", "wsgi"), ("leaf", "wsgi"))
        cached = functools.lru_cache()(leaf)
        for value in (cached, len, [].append, leaf, Passes(leaf), InC, object()):
            self.assertFalse(opaque.is_one(value), value)


if __name__ == "__main__":
    unittest.main()
