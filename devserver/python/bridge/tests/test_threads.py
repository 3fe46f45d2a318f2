"""The parents of stages that run in a thread which knows of the request by its environ alone."""

from __future__ import annotations

import os
import sys
import tempfile
import textwrap
import unittest
from unittest import mock

from _snifter.stages.events import ENTER

from .server import Server
from .stepping import Stepping

_APP = """
    import contextvars
    import queue
    import sys
    import threading
    from concurrent.futures import ThreadPoolExecutor
    from multiprocessing.pool import ThreadPool

    # Threads run as soon as they can.
    sys.setswitchinterval(1e-6)
    pool = ThreadPoolExecutor(3)
    another = ThreadPool(3)
    another.map(str, range(100))

    def leaf(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"leaf"]

    def within(environ, start_response):
        return leaf(environ, start_response)

    def answer(environ):
        given = []
        body = within(dict(environ), lambda status, headers, exc_info=None: given.append(headers))
        return given[0], b"".join(body)

    def maps(environ, start_response):
        environs = [environ] * 3
        if environ["QUERY_STRING"] == "context":
            contexts = [contextvars.copy_context() for _ in environs]
            found = list(pool.map(lambda context: context.run(answer, environ), contexts))
        else:
            found = list(pool.map(answer, environs))
        start_response("200 OK", found[0][0])
        return [b" ".join(body for _, body in found)]

    def joins(environ, start_response):
        found = []
        threads = [threading.Thread(target=lambda: found.append(answer(environ))) for _ in "123"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        start_response("200 OK", found[0][0])
        return [b" ".join(body for _, body in found)]

    def gets(environ, start_response):
        found = queue.Queue()
        for _ in "123":
            threading.Thread(target=lambda: found.put(answer(environ))).start()
        found = [found.get() for _ in "123"]
        start_response("200 OK", found[0][0])
        return [b" ".join(body for _, body in found)]

    given, done = queue.Queue(), queue.Queue()

    def works():
        # A thread that no stage has started: who waits for it is known once that one waits.
        while True:
            environ, thread = given.get()
            while sys._current_frames()[thread].f_code.co_name not in ("get", "wait"):
                pass
            done.put(answer(environ))

    threading.Thread(target=works, daemon=True).start()

    def asks(environ, start_response):
        given.put((environ, threading.get_ident()))
        headers, body = done.get()
        start_response("200 OK", headers)
        return [body + b" leaf leaf"]

    def waits(environ, start_response):
        body = another.apply_async(answer, (environ,)).get()[1]
        body += b" " + another.apply(answer, (dict(environ),))[1]
        for headers, more in another.imap(answer, [environ]):
            body += b" " + more
        start_response("200 OK", headers)
        return [body]

    def hands_on(environ, start_response):
        # The body is made there, and iterated here.
        return another.apply(three, (environ, start_response))

    def three(environ, start_response):
        yield from leaf(environ, start_response)
        for _ in "23":
            yield b" "
            yield from leaf(environ, lambda *args: None)

    def gives(environ, start_response):
        # As a queue does that is known by what it calls alone.
        simple = queue.SimpleQueue()
        jobs.put((simple, three, environ, start_response))
        return simple.get()

    def does():
        while True:
            to, what, environ, start_response = jobs.get()
            to.put(list(what(environ, start_response)))
            del to, what, environ, start_response

    jobs = queue.SimpleQueue()
    threading.Thread(target=does, daemon=True).start()

    def goes_on(environ, start_response):
        begun, done = [], []

        def run():
            while not begun:
                pass
            done.append(answer(environ))

        begins = BEGINS[environ["QUERY_STRING"]]
        given = begins(run)
        begun.append(given)
        while not done:
            pass
        start_response("200 OK", done[0][0])
        return [b"leaf leaf leaf"]

    BEGINS = {
        "thread": lambda run: threading.Thread(target=run).start(),
        "future": lambda run: pool.submit(run),
        "result": lambda run: another.apply_async(run),
        "results": lambda run: another.imap(lambda _: run(), "1"),
    }

    def runs(environ, start_response):
        # Nothing that it has is the request's but the environ.
        start_response, starts = None, [start_response]
        headers, body = contextvars.Context().run(answer, environ)
        starts[0]("200 OK", headers)
        return [body + b" leaf leaf"]

    def around(environ, start_response):
        wanted = globals()[environ["PATH_INFO"][1:]]
        return wanted(environ, start_response)

    def app(environ, start_response):
        return around(environ, start_response)
"""


class ThreadsTest(unittest.TestCase):
    server_class = Stepping

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        with open(os.path.join(folder.name, "threads.py"), "w") as f:
            f.write(textwrap.dedent(_APP))
        plan = {"kind": "module", "module": "threads", "attr": "app", "sys_path": [folder.name]}
        self.server = self.server_class(plan)
        self.addCleanup(self.server.close)
        self.server.ready()
        self.number = 0

    def parents(self, path, query=""):
        """The names of the stages that were entered, each with that of its parent."""
        self.number += 1
        self.server.request(self.number, PATH_INFO=path, QUERY_STRING=query)
        answer = self.server.end(self.number)
        self.assertEqual(answer.body, b"leaf leaf leaf")
        names = {1: "app"}
        told = []
        for _, index, _, parent, stage, _ in answer.of(ENTER):
            names[index] = self.server.stages[stage][0].rpartition(".")[2]
            told.append((names[parent], names[index]))
        return told

    def test_the_stage_that_started_it(self):
        for path in "/maps", "/joins", "/gets":
            for query in ("", "context") if path == "/maps" else ("",):
                for _ in range(3):
                    with self.subTest(path + query):
                        name = path[1:]
                        want = [("app", "around"), ("around", name)]
                        want += 3 * [(name, "within"), ("within", "leaf")]
                        self.assertEqual(sorted(self.parents(path, query)), sorted(want))

    def test_the_stage_that_started_it_and_goes_on(self):
        for begins in "thread", "future", "result", "results":
            with self.subTest(begins):
                self.assertEqual(
                    self.parents("/goes_on", begins)[1:],
                    [("around", "goes_on"), ("goes_on", "within"), ("within", "leaf")],
                )

    def test_the_stage_that_waits(self):
        for _ in range(3):
            self.assertEqual(
                self.parents("/asks")[1:],
                [("around", "asks"), ("asks", "within"), ("within", "leaf")],
            )

    def test_the_stage_that_waits_for_a_thread_of_its_pool(self):
        for _ in range(3):
            self.assertEqual(
                self.parents("/waits")[1:],
                [("around", "waits"), *3 * [("waits", "within"), ("within", "leaf")]],
            )

    def test_the_stage_whose_start_response_it_has(self):
        for path in "/hands_on", "/gives":
            for _ in range(3):
                self.assertEqual(
                    self.parents(path)[1:],
                    [("around", path[1:]), (path[1:], "three"), *3 * [("three", "leaf")]],
                )

    def test_the_stage_that_runs_it_in_another_context(self):
        for _ in range(3):
            self.assertEqual(
                self.parents("/runs")[1:],
                [("around", "runs"), ("runs", "within"), ("within", "leaf")],
            )


if sys.version_info >= (3, 14):

    class InheritingTest(ThreadsTest):
        """Threads begin with the context of what starts them; those of a pool keep it."""

        class server_class(Stepping):
            start = Server.start

        def setUp(self):
            with mock.patch.dict(os.environ, PYTHON_THREAD_INHERIT_CONTEXT="1"):
                super().setUp()


if __name__ == "__main__":
    unittest.main()
