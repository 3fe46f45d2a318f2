"""Which bytecode is cached while a worker runs."""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import types
import unittest
from importlib.machinery import SourceFileLoader
from unittest import mock

from _snifter import bytecode

from .server import PATIENCE, Server

_APP = """
import sys

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"%d" % sys.dont_write_bytecode]
"""


class BytecodeTest(unittest.TestCase):
    def cached(self, age, dont_write=""):
        """The modules of which a worker leaves bytecode that serves an application of an age in
        seconds, and what that is told of bytecode."""
        with tempfile.TemporaryDirectory() as directory:
            cache, path = os.path.join(directory, "cache"), os.path.join(directory, "user_app.py")
            with open(path, "w") as file:
                file.write(_APP)
            saved = os.stat(path).st_mtime - age
            os.utime(path, (saved, saved))
            plan = {"kind": "module", "module": "user_app", "attr": "app", "sys_path": [directory]}
            chosen = {"PYTHONPYCACHEPREFIX": cache, "PYTHONDONTWRITEBYTECODE": dont_write}
            with mock.patch.dict(os.environ, chosen), Server(plan) as server:
                server.ready()
                server.request(1)
                [(_, _, (_, _, body))] = server.response(1)
            names = [name for *_, names in os.walk(cache) for name in names]
        return {name.partition(".")[0] for name in names}, body

    def test_of_what_was_just_saved_none_is(self):
        names, _ = self.cached(age=-600)  # so that it is, however long the worker takes to start
        self.assertIn("link", names)
        self.assertNotIn("user_app", names)

    def test_of_what_was_saved_long_ago(self):
        names, told = self.cached(age=60)
        self.assertLess({"link", "exchange", "hooks", "user_app"}, names)
        self.assertEqual(told, b"0")

    def test_the_users_is_not_where_they_say_so(self):
        names, told = self.cached(age=60, dont_write="1")
        self.assertLess({"link", "exchange", "hooks"}, names)
        self.assertNotIn("user_app", names)
        self.assertEqual(told, b"1")

    def test_what_the_bridge_imports_is_there_however_lazy_imports_are(self):
        modes = ["all"]
        with tempfile.TemporaryDirectory() as directory, mock.patch.object(
            sys, "get_lazy_imports", lambda: modes[-1], create=True
        ), mock.patch.object(sys, "set_lazy_imports", modes.append, create=True):
            for source in ("import sys\nmode = sys.get_lazy_imports()", "1 / 0"):
                path = os.path.join(directory, "own.py")
                with open(path, "w") as file:
                    file.write(source)
                module = types.ModuleType("own")
                loader = bytecode._Own("own", path)
                if source == "1 / 0":
                    self.assertRaises(ZeroDivisionError, loader.exec_module, module)
                else:
                    loader.exec_module(module)
                    self.assertEqual(module.mode, "normal")
                os.unlink(path)
                self.assertEqual(modes, ["all", "normal", "all"])
                del modes[1:]

    def test_what_they_say_stays_where_two_threads_load(self):
        there, left = threading.Event(), threading.Event()

        class Lock:
            def __enter__(self):
                if threading.current_thread() is other:
                    there.set()
                lock.acquire()

            def __exit__(self, *exc):
                lock.release()

        def get_code(self, fullname):
            if fullname == "first":
                other.start()
                there.wait(PATIENCE)
            else:
                there.set()
                left.wait(PATIENCE)

        lock, loader = threading.Lock(), bytecode._Own("module", "module.py")
        other = threading.Thread(target=loader.get_code, args=("second",))
        with mock.patch.object(SourceFileLoader, "get_code", get_code), mock.patch.object(
            sys, "dont_write_bytecode", True
        ), mock.patch.object(bytecode, "_choosing", Lock(), create=True):
            loader.get_code("first")
            left.set()
            other.join(PATIENCE)
            self.assertIs(sys.dont_write_bytecode, True)


if __name__ == "__main__":
    unittest.main()
