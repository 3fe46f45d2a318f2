"""A worker process, spoken to by the protocol."""

from __future__ import annotations

import os
import socket
import tempfile
import textwrap
import unittest
from marshal import dumps, loads

from _snifter import frames

from .server import PATIENCE, Server, ends

#: What says when a response is whole, and when its request is over.
_WHEN = frames.FLAG_END | frames.FLAG_AHEAD

_APP = """
    import os, sys, threading
    from wsgiref.validate import validator

    gate = threading.Event()
    kept = []

    def hello(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
        return [b"hello"]

    @validator
    def validated(environ, start_response):
        body = environ["wsgi.input"].read(3) + environ["wsgi.input"].readline()
        environ["wsgi.errors"].write("noted\\n")
        write = start_response("200 OK", [("Content-Type", "text/plain")])
        write(body)
        return iter([b"a", b"b"])

    def relayed(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        yield b"a"
        yield b"b"

    def wait(environ, start_response):
        gate.wait(600)
        return hello(environ, start_response)

    def go(environ, start_response):
        gate.set()
        return hello(environ, start_response)

    def fails(environ, start_response):
        raise ValueError("no")

    def count(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"%d %d" % (threading.active_count(), os.getpid())]

    def spawns(environ, start_response):
        import multiprocessing
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            got = pool.apply(abs, (-7,))
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"%d" % got]

    def keeps(environ, start_response):
        kept.append(environ["wsgi.input"])
        return hello(environ, start_response)

    def keeps_twice(environ, start_response):
        return [*keeps(environ, start_response), b""]

    def reads(environ, start_response):
        try:
            told = kept.pop().read()
        except OSError as error:
            told = str(error).encode()
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [told]

    def app(environ, start_response):
        return globals()[environ["PATH_INFO"][1:]](environ, start_response)
"""


class WorkerTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = os.path.realpath(folder.name)
        with open(os.path.join(self.folder, "app.py"), "w") as f:
            f.write(textwrap.dedent(_APP))

    def plan(self, **changes):
        return dict(
            {"kind": "module", "module": "app", "attr": "app", "sys_path": [self.folder]}, **changes
        )

    def test_ready(self):
        with Server(self.plan()) as server:
            ready = server.ready()
        self.assertEqual(ready["language"], "python")
        self.assertEqual(ready["app"], "app:app")
        self.assertEqual(ready["files"], [os.path.join(self.folder, "app.py")])
        self.assertIn("os", ready["libraries"])

    def test_one_frame_for_one_block(self):
        with Server(self.plan()) as server:
            server.ready()
            server.request(1, PATH_INFO="/hello")
            [(kind, flags, head)] = server.response(1)
        self.assertEqual(kind, frames.HEAD)
        self.assertEqual(flags, frames.FLAG_END | frames.FLAG_BLOCK | frames.FLAG_SIZED)
        self.assertEqual(
            head, ("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")], b"hello")
        )

    def test_an_answer_goes_ahead_of_what_led_to_it(self):
        told = (frames.STAGE_EVENTS, 0)
        whole = frames.FLAG_END | frames.FLAG_BLOCK | frames.FLAG_SIZED | frames.FLAG_AHEAD
        with Server(self.plan()) as server:
            server.ready()
            for path, first, last in (
                (
                    "/hello",
                    [(frames.HEAD, whole)],
                    [(frames.STAGE_EVENTS, frames.FLAG_END)],
                ),
                (
                    "/relayed",
                    [
                        (frames.HEAD, frames.FLAG_BLOCK),
                        (frames.DATA, 0),
                        (frames.END, frames.FLAG_AHEAD),
                    ],
                    [told, (frames.END, 0)],
                ),
            ):
                with self.subTest(path):
                    server.request(1, PATH_INFO=path)  # it is learned from
                    server.response(1)
                    server.request(1, PATH_INFO=path)
                    got = []
                    while not got or not ends(*got[-1]):
                        kind, flags, number, _ = server.frame()
                        if number == 1:
                            got.append((kind, flags))
                    # Its close() may take so long that it is told of.
                    besides = (told, (frames.CLOSED, 0))
                    answer, end = got[: -len(last)], got[-len(last) :]
                    self.assertEqual([frame for frame in answer if frame not in besides], first)
                    self.assertEqual(end, last)

    def test_answers_wait_for_each_other_where_more_is_to_be_done(self):
        with Server(self.plan()) as server:
            server.ready()
            server.request(1, PATH_INFO="/hello")  # it is learned from
            server.response(1)
            server.requests_at_once({2: "/hello", 3: "/hello"})
            got = []
            while sum(ends(kind, flags) for kind, flags, _ in got) < 2:
                kind, flags, number, _ = server.frame()
                if number:
                    got.append((kind, flags, number))
        self.assertEqual(
            [(kind, flags & _WHEN, number) for kind, flags, number in got],
            [
                (frames.STAGE_EVENTS, 0, 2),
                (frames.HEAD, frames.FLAG_END, 2),
                (frames.HEAD, _WHEN, 3),
                (frames.STAGE_EVENTS, frames.FLAG_END, 3),
            ],
        )

    def test_validated(self):
        with Server(self.plan()) as server:
            server.ready()
            server.request(
                3,
                b"one two\nthree",
                REQUEST_METHOD="POST",
                PATH_INFO="/validated",
                CONTENT_LENGTH="13",
            )
            got = server.response(3)
        kinds = [(kind, flags) for kind, flags, _ in got]
        self.assertEqual(
            kinds,
            [
                (frames.ERRORS, 0),
                (frames.LINT, 0),
                (frames.HEAD, frames.FLAG_BLOCK | frames.FLAG_WRITE),
                (frames.DATA, 0),
                (frames.DATA, 0),
                (frames.END, 0),
            ],
        )
        self.assertEqual(got[0][2], b"noted\n")
        self.assertEqual(got[1][2]["rule"], "write-used")
        self.assertEqual(got[2][2][2], b"one two\n")

    def test_a_nudge_brings_another_thread(self):
        with Server(self.plan()) as server:
            server.ready()
            for number in range(1, 4):
                server.request(number, PATH_INFO="/wait")
            server.request(4, PATH_INFO="/go")
            # Nudges for as long as requests are open, as the server gives them.
            server.sock.settimeout(0.01)
            ended = set()
            for _ in range(100 * PATIENCE):
                server.nudge.sendall(b"\1")
                try:
                    while len(ended) < 4:
                        kind, _, number, _ = server.frame()
                        if kind == frames.HEAD:
                            ended.add(number)
                    break
                except socket.timeout:
                    pass
        self.assertEqual(ended, {1, 2, 3, 4})

    def test_threads_are_started_when_needed(self):
        with Server(self.plan()) as server:
            server.ready()
            for number in range(1, 20):
                server.request(number, PATH_INFO="/count")
                (_, _, head), *_ = server.response(number)
        self.assertEqual(head[2].split()[0], b"2")

    def test_a_failure_is_one_requests(self):
        with Server(self.plan()) as server:
            server.ready()
            server.request(1, PATH_INFO="/fails")
            exception, end = server.response(1)
            server.request(2, PATH_INFO="/hello")
            self.assertEqual(len(server.response(2)), 1)
        self.assertEqual(exception[2]["type"], "ValueError")
        self.assertEqual(exception[2]["frames"][-1]["function"], "fails")
        self.assertEqual(end, (frames.END, frames.FLAG_BROKEN, b""))

    def test_failed_load(self):
        with Server(self.plan(attr="absent")) as server:
            kind, _, _, payload = server.frame()
            self.assertEqual(kind, frames.FAILED)
            self.assertIsNone(server.frame())
        self.assertIn("no attribute 'absent'", loads(payload)["message"])

    def test_stop(self):
        with Server(self.plan()) as server:
            server.ready()
            server.request(1, PATH_INFO="/hello")
            server.send(frames.STOP, 0)
            server.response(1)
            self.assertIsNone(server.frame())
            self.assertEqual(server.process.wait(PATIENCE), 0)

    def test_it_ends_with_its_server(self):
        server = Server(self.plan())
        server.ready()
        server.request(1, PATH_INFO="/wait")
        server.close()
        self.assertNotEqual(server.process.returncode, None)

    def test_unknown_and_late_frames_are_skipped(self):
        with Server(self.plan()) as server:
            server.ready()
            server.send(99, 5, b"what?")
            server.send(frames.CREDIT, 77, frames.U32.pack(5))
            server.send(frames.GONE, 78)
            server.request(1, PATH_INFO="/hello")
            self.assertEqual(len(server.response(1)), 1)

    def test_input_that_was_kept_is_not_waited_for(self):
        for path in ("/keeps", "/keeps_twice"):
            with self.subTest(path), Server(self.plan()) as server:
                server.ready()
                server.request(1, b"half", end=False, PATH_INFO=path, CONTENT_LENGTH="9")
                server.response(1)
                server.request(2, PATH_INFO="/reads")
                (_, _, (_, _, body)), *_ = server.response(2)
                self.assertEqual(body, b"the request's body broke off: the request is over")

    def test_large_environ_and_split_frames(self):
        with Server(self.plan()) as server:
            server.ready()
            environ = dumps(
                {"REQUEST_METHOD": "GET", "PATH_INFO": "/hello", "BIG": "x" * 1_000_000}, 2
            )
            payload = frames.U32.pack(len(environ)) + environ
            frame = (
                frames.HEADER.pack(len(payload), frames.REQUEST, frames.FLAG_END, 0, 1, 0) + payload
            )
            for at in range(0, len(frame), 333_333):
                server.sock.sendall(frame[at : at + 333_333])
            self.assertEqual(len(server.response(1)), 1)

    def test_spawn_does_not_run_the_bridge_again(self):
        with Server(self.plan()) as server:
            server.ready()
            server.request(1, PATH_INFO="/spawns")
            [head] = [value for kind, _, value in server.response(1) if kind == frames.HEAD]
        self.assertEqual(head[2], b"7")


class UntoldTest(unittest.TestCase):
    def test_an_application_is_served_where_stages_can_not_be_told_apart(self):
        root, told = self.serve(
            untold="""
                from _snifter.stages.finding.scan import Scanner
                Scanner.scan = lambda self: 1 / 0

                def application(environ, start_response):
                    start_response("200 OK", [("Content-Type", "text/plain")])
                    return [b"served"]
            """,
        )
        self.assertEqual(root, 0)
        self.assertIn("can't be told apart: ZeroDivisionError", told)

    def test_an_application_whose_class_says_of_no_module(self):
        root, _ = self.serve(
            untold="""
                class Nowhere:
                    def __call__(self, environ, start_response):
                        start_response("200 OK", [("Content-Type", "text/plain")])
                        return [b"served"]

                Nowhere.__module__ = None
                application = Nowhere()
            """,
        )
        self.assertGreater(root, 0)

    def test_a_framework_of_another_shape_is_told_of_once(self):
        _, told = self.serve(
            bottle="""
                class Bottle:
                    def __call__(self, environ, start_response):
                        start_response("200 OK", [("Content-Type", "text/plain")])
                        import more  # which has the layers looked for again
                        return [b"served"]
            """,
            more="",
            untold="""
                import bottle
                application = bottle.Bottle()
            """,
        )
        message = "snifter: the layers of bottle could not be found: AttributeError"
        self.assertEqual(told.count(message), 1, told)

    def serve(self, **modules):
        """Have `untold` answer requests; return its outermost stage and what went to stderr."""
        with tempfile.TemporaryDirectory() as folder:
            for name, text in modules.items():
                with open(os.path.join(folder, name + ".py"), "w") as f:
                    f.write(textwrap.dedent(text))
            plan = {"kind": "module", "module": "untold", "attr": "application"}
            server = Server({**plan, "sys_path": [folder]})
            root = server.ready()["root"]
            for number in (1, 2):
                server.request(number)
                ((_, _, (status, _, body)),) = server.response(number)
                self.assertEqual((status, body), ("200 OK", b"served"))
            return root, server.close()[1]


if __name__ == "__main__":
    unittest.main()
