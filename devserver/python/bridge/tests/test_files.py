"""What is told of a file that a stage within has wrapped, and another reads or closes."""

from __future__ import annotations

import os
import tempfile
import textwrap
import unittest

from _snifter.stages.events import CHUNK, CLOSE, EXIT

from .stepping import Stepping

_APP = """
    import io

    def file(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return environ["wsgi.file_wrapper"](io.BytesIO(b"of a file"), 4)

    class Slotted:
        __slots__ = ("file", "size")

        def __init__(self, file, size=8192):
            self.file, self.size = file, size

        def __iter__(self):
            return iter(lambda: self.file.read(self.size), b"")

        def close(self):
            self.file.close()

    class Wrapper(Slotted):
        pass

    class Reads:
        def __init__(self, app, wrapper=None, closes=1):
            self.app, self.wrapper, self.closes = app, wrapper, closes

        def __call__(self, environ, start_response):
            if self.wrapper:
                environ["wsgi.file_wrapper"] = self.wrapper
            body = self.app(environ, start_response)
            assert self.wrapper in (None, type(body))
            try:
                yield from body
            finally:
                for _ in range(self.closes):
                    body.close()
                    assert body.file.closed if self.wrapper else body.filelike.closed

    def site(app):
        def outermost(environ, start_response):
            return app(environ, start_response)
        return outermost

    ours = site(Reads(file))
    passed = site(site(file))
    class Unequal(type):
        def __subclasscheck__(cls, kind):
            raise RuntimeError("it was asked")

    class Odd(Slotted, metaclass=Unequal):
        pass

    class Own:
        def __init__(self, body):
            self.body, self.blocks = body, iter(body)

        def __iter__(self):
            return self

        def __next__(self):
            return next(self.blocks)

        def close(self):
            self.body.close()

    def owns(app):
        def middleware(environ, start_response):
            return Own(app(environ, start_response))
        return middleware

    odd = site(Reads(file, Odd))
    owned = site(owns(Reads(file, Odd)))
    other = site(Reads(file, Wrapper))
    left_open = site(Reads(file, Wrapper, 0))
    slotted = site(Reads(file, Slotted))
"""


class FilesTest(unittest.TestCase):
    def ask(self, attr):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        with open(os.path.join(folder.name, "files.py"), "w") as f:
            f.write(textwrap.dedent(_APP))
        plan = {"kind": "module", "module": "files", "attr": attr, "sys_path": [folder.name]}
        server = Stepping(plan)
        self.addCleanup(server.close)
        server.ready()
        server.request(1)
        answer = server.end(1)
        self.assertEqual((answer.body, answer.exceptions), (b"of a file", []))
        self.assertEqual(server.printed, b"")
        self.blamed = answer.blamed
        return answer

    def told(self, answer, kind):
        """The stages within the outermost one that such events are told of."""
        return [event[1] for event in answer.of(kind) if event[1] > 1]

    def test_what_a_stage_reads_is_of_the_one_that_wrapped_it(self):
        answer = self.ask("ours")
        self.assertEqual(self.blamed, [(2, "file-wrapper-lost")])
        self.assertEqual(self.told(answer, CHUNK), [3, 2] * 3)
        self.assertEqual(self.told(answer, CLOSE), [3, 2])

    def test_what_the_server_reads_is_its_own(self):
        answer = self.ask("passed")
        self.assertEqual(self.blamed, [])
        self.assertEqual(self.told(answer, CHUNK), [])
        self.assertEqual(self.told(answer, CLOSE), [3])
        self.assertEqual([event[5] for event in answer.of(EXIT)], [True] * 3)

    def test_the_wrapper_of_a_middleware(self):
        """It is given back as it is, and its close(), which is its class's, is seen."""
        answer = self.ask("other")
        self.assertEqual(self.blamed, [])
        self.assertEqual(self.told(answer, CLOSE), [3, 2])
        self.ask("left_open")
        self.assertEqual(self.blamed, [(2, "close-not-called")])

    def test_a_wrapper_of_an_odd_metaclass(self):
        """It is not asked whether it has made a body."""
        answer = self.ask("odd")
        self.assertEqual((answer.body, self.blamed), (b"of a file", []))
        self.assertEqual(self.told(answer, CLOSE), [3, 2])
        answer = self.ask("owned")
        self.assertEqual((answer.body, self.blamed), (b"of a file", []))
        self.assertEqual(self.told(answer, CLOSE), [4, 2, 3])

    def test_what_cannot_be_seen_is_not_guessed(self):
        self.ask("slotted")
        self.assertEqual(self.blamed, [])


if __name__ == "__main__":
    unittest.main()
