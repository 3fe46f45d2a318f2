"""What the server is told of the files that an application is loaded from."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import tempfile
import types
import unittest
from marshal import loads
from typing import Any, Iterator
from unittest import mock

from _snifter import frames, sources

from .server import Server

_APP = """
import os
from importlib import util

_HERE = os.path.dirname(__file__)

def load(path):
    spec = util.spec_from_file_location("template", path)
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

def app(environ, start_response):
    path = os.path.join(_HERE, environ["PATH_INFO"][1:])
    if path.endswith("written.py"):
        with open(path, "w") as file:
            file.write("name = 'written'")
    if path.endswith("imported.py"):
        import imported as module
    else:
        module = load(path)
    environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [module.name.encode()]
"""


class SourcesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.write("user_app.py", _APP)
        self.write("old.py", "name = 'old'", seconds=-100)
        # Written when the worker is ready, however long that takes.
        self.write("imported.py", "name = 'imported'", seconds=1000)
        plan = {"kind": "module", "module": "user_app", "attr": "app", "sys_path": [self.folder]}
        self.server = Server(plan)
        self.addCleanup(self.server.close)
        self.server.ready()

    def write(self, name, text, seconds=0):
        path = os.path.join(self.folder, name)
        with open(path, "w") as file:
            file.write(text)
        changed = os.stat(path).st_mtime + seconds
        os.utime(path, (changed, changed))

    def told(self, kind):
        """What the next word of a kind tells, before there is any answer."""
        while True:
            found, _, _, payload = self.server.frame()
            self.assertNotEqual(found, frames.HEAD)
            if found == kind:
                return loads(payload)

    def ask(self, number, name):
        """What is told of what a request compiles, while it runs, and then what it answers."""
        self.server.request(number, end=False, PATH_INFO="/" + name, CONTENT_LENGTH="4")
        path, source = self.told(frames.COMPILED)  # while it waits for its body
        self.server.send(frames.BODY, number, b"body", frames.FLAG_END)
        self.assertEqual(os.path.basename(path), name)
        return source

    def answer(self, number):
        return [
            value[2]
            for kind, _, value in self.server.response(number)
            if kind == frames.HEAD
        ]

    def test_what_a_request_writes_and_loads(self):
        """It is told at once, each time, though no module is kept of it."""
        for number in 1, 2:
            self.assertEqual(self.ask(number, "written.py"), b"name = 'written'")
            self.assertEqual(self.answer(number), [b"written"])

    def test_what_was_there_before(self):
        self.assertIsNone(self.ask(1, "old.py"))
        self.assertEqual(self.answer(1), [b"old"])

    def test_what_a_request_imports(self):
        self.assertEqual(self.ask(1, "imported.py"), b"name = 'imported'")
        [path] = self.told(frames.MODULES)
        self.assertEqual(os.path.basename(path), "imported.py")
        self.assertEqual(self.answer(1), [b"imported"])


class Importing:
    """Garbage that imports something whenever it is found, as another thread may meanwhile."""

    def __init__(self, left: int) -> None:
        self._itself, self._left = self, left

    def __del__(self) -> None:
        self.another(self._left)
        if self._left:
            Importing(self._left - 1)

    @staticmethod
    def another(number: int) -> None:
        name = f"meanwhile_{number}"
        sys.modules[name] = types.ModuleType(name)


@contextlib.contextmanager
def importing() -> Iterator[None]:
    """Whatever is done may import something."""
    if sys.implementation.name != "cpython":
        # PyPy can't be told to look for garbage: what asks for a module's file imports another.
        left = iter(range(500, 0, -1))
        source_of = sources.source_of

        def imports(module: types.ModuleType) -> Any:
            Importing.another(next(left))
            return source_of(module)

        with mock.patch.object(sources, "source_of", imports):
            yield
        return
    Importing(500)
    before = gc.get_threshold()
    try:
        # Before Python 3.12 whatever makes a container may find garbage.
        gc.set_threshold(1)
        yield
    finally:
        gc.set_threshold(*before)


class Loaded(unittest.TestCase):
    def test_modules_that_are_imported_meanwhile(self) -> None:
        with mock.patch.dict(sys.modules), importing():
            _, libraries = sources.loaded()
        self.assertIn("gc", libraries)


if __name__ == "__main__":
    unittest.main()
