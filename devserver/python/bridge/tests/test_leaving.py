"""Requests whose client goes as soon as it has the first bytes of the body."""

from __future__ import annotations

import os
import tempfile
import textwrap
import unittest
from ast import literal_eval
from marshal import dumps, loads

from _snifter import frames

from .server import Server, ends

_APP = """
    import gc
    import sys

    done = []

    def stream(blocks):
        try:
            for block in blocks:
                done.append(block)
                yield block
        finally:
            done.append("left")

    def lax(app):
        def middleware(environ, start_response):
            body = app(environ, start_response)
            for block in body:
                yield block
            body.close()

        return middleware

    class Page:
        def __init__(self, environ, start_response):
            start_response("200 OK", [("Content-Type", "text/plain")])

        def __iter__(self):
            return stream([b"one", b"two"])

        def close(self):
            done.append("closed")

    def written(environ, start_response):
        write = start_response("200 OK", [("Content-Type", "text/plain")])
        for block in stream([b"one", b"two", b"three"]):
            write(block)
        return []

    def answer(environ, start_response):
        path = environ["PATH_INFO"][1:]
        status, length = path.split("/") if "/" in path else ("200 OK", None)
        headers = [("Content-Length", length)] if length else []
        start_response(status, headers)
        return stream([b"one", b"two"] if length != "0" else [b"zero"])

    def told(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        if sys.implementation.name != "cpython":
            gc.collect()  # what nobody holds goes by itself elsewhere
        text = repr(done)
        done.clear()
        return [text.encode()]

    apps = {"/lax": lax(Page), "/page": Page, "/written": written, "/told": told}

    def app(environ, start_response):
        return apps.get(environ["PATH_INFO"], answer)(environ, start_response)
"""


class LeavingTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        with open(os.path.join(folder.name, "leaves.py"), "w") as f:
            f.write(textwrap.dedent(_APP))
        plan = {"kind": "module", "module": "leaves", "attr": "app", "sys_path": [folder.name]}
        self.server = Server(plan, threads=1)
        self.addCleanup(self.server.close)
        self.server.ready()
        self.number = 0

    def ask(self, path, awaited=True, **changes):
        """The blocks of a response whose client goes if that is awaited, and what was found."""
        self.number += 1
        if awaited:
            self.server.send(frames.SURGERY, self.number, dumps({"leave": True}, 2))
        self.server.request(self.number, PATH_INFO=path, **changes)
        blocks, found = [], []
        while True:
            kind, flags, of, payload = self.server.frame()
            if of != self.number:
                continue
            if kind == frames.HEAD:
                if awaited:
                    self.server.send(frames.GONE, of)
                payload = payload[4 + frames.U32.unpack_from(payload)[0] :]
            if kind in (frames.HEAD, frames.DATA):
                blocks.append(payload)
            elif kind in (frames.LINT, frames.EXCEPTION):
                found.append(loads(payload).get("rule", kind))
            if ends(kind, flags):
                return blocks, found

    def done(self):
        return self.ask("/told", awaited=False)[0]

    def test_it_is_left_at_the_first_block(self):
        for _ in range(3):
            self.assertEqual(self.ask("/page"), ([b"one"], []))
            self.assertEqual(self.done(), [b"[b'one', 'closed', 'left']"])
        self.assertEqual(self.ask("/page", awaited=False), ([b"one", b"two"], []))

    def test_who_closes_at_the_end_alone_is_found(self):
        for _ in range(3):
            self.assertEqual(self.ask("/lax", awaited=False), ([b"one", b"two"], []))
            self.assertEqual(self.ask("/lax"), ([b"one"], ["close-not-called"]))

    def test_what_is_written(self):
        self.assertEqual(self.ask("/written"), ([b"one"], ["write-used"]))
        self.assertEqual(self.done(), [b"[b'one', b'two', 'left']"])

    def test_where_nobody_gets_any_nothing_is_waited_for(self):
        for path, method in (("/204 No Content/", "GET"), ("/", "HEAD"), ("/200 OK/0", "GET")):
            with self.subTest(path):
                self.number += 1
                self.server.send(frames.SURGERY, self.number, dumps({"leave": True}, 2))
                self.server.request(self.number, PATH_INFO=path, REQUEST_METHOD=method)
                self.server.response(self.number)
                self.assertEqual(literal_eval(self.done()[0].decode())[-1], "left")


if __name__ == "__main__":
    unittest.main()
