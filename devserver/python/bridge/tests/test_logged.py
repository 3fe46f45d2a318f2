"""Exceptions that the application handles and tells of."""

from __future__ import annotations

import gc
import logging
import os
import sys
import tempfile
import textwrap
import traceback
import types
import unittest
import weakref
from marshal import loads
from threading import get_ident

from _snifter import frames, logged
from _snifter.response import ClientGone
from _snifter.streams import Errors, running

from .server import Server


class FakeLink:
    def __init__(self):
        self.told = []

    def put(self, kind, number, payload=b"", flags=0, stage=0):
        if kind == frames.EXCEPTION:
            self.told.append(loads(payload))


class FakeExchange(types.SimpleNamespace):
    def __init__(self):
        super().__init__(link=FakeLink(), number=1, over=False, gone=False, texts=None, record=None)

    def types(self):
        return [(told["type"], told["handled"], told["minor"]) for told in self.link.told]


class Unlike(Exception):
    """One that can be referred to weakly, and that can't be printed."""

    def __str__(self):
        raise SystemError


class LoggedTest(unittest.TestCase):
    def setUp(self):
        self.exchange = FakeExchange()
        running[get_ident()] = self.exchange
        self.addCleanup(running.pop, get_ident())
        self.addCleanup(logging.setLogRecordFactory, logging.getLogRecordFactory())
        self.log = logging.Logger("test")
        self.log.addHandler(logging.NullHandler())

    def test_levels(self):
        logged.overhear()
        for level, minor in ((logging.INFO, True), (logging.ERROR, False), (logging.FATAL, False)):
            try:
                raise KeyError("x")
            except KeyError:
                self.log.log(level, "said", exc_info=True)
            self.assertEqual(self.exchange.types(), [("KeyError", True, minor)])
            self.exchange.link.told.clear()

    def test_without(self):
        """Nothing is told of other records, nor outside of a request, nor after it."""
        logged.overhear()
        self.log.error("said")
        self.log.exception("no exception")
        self.log.error("of another kind", exc_info=("a", "b", "c"))
        self.exchange.over = True
        self.log.error("said", exc_info=ValueError())
        running[get_ident()] = None
        self.log.error("said", exc_info=ValueError())
        self.assertEqual(self.exchange.types(), [])

    def test_once(self):
        logged.overhear()
        error = ValueError("x")
        for _ in range(3):
            self.log.warning("said", exc_info=error)
        for _ in range(3):
            self.log.error("said", exc_info=error)
        self.log.warning("said", exc_info=error)
        self.assertEqual(
            self.exchange.types(), [("ValueError", True, True), ("ValueError", True, False)]
        )

    def test_bounded(self):
        logged.overhear()
        for _ in range(100):
            self.log.warning("said", exc_info=ValueError("x"))
        self.log.error("said", exc_info=KeyError("x"))
        got = self.exchange.types()
        self.assertEqual(len(got), 11)
        self.assertEqual(got[-1], ("KeyError", True, False))

    def test_records_are_as_they_were(self):
        """The factory before makes the record, and one that is set later is left in peace."""

        class Own(logging.LogRecord):
            pass

        logging.setLogRecordFactory(Own)
        logged.overhear()
        made = []
        self.log.handle = made.append
        self.log.error("said %d", 1, exc_info=ValueError(), extra={"more": 2})
        self.assertIs(type(made[0]), Own)
        self.assertEqual(
            (made[0].getMessage(), made[0].more, made[0].filename, made[0].funcName),
            ("said 1", 2, "test_logged.py", "test_records_are_as_they_were"),
        )
        logging.setLogRecordFactory(logging.LogRecord)
        self.log.error("said", exc_info=ValueError())
        self.assertEqual(self.exchange.types(), [("ValueError", True, False)])

    def test_nothing_is_raised(self):
        logged.overhear()
        self.log.error("said", exc_info=Unlike())
        self.assertEqual(len(self.exchange.link.told), 1)
        self.exchange.link = None
        self.log.error("said", exc_info=ValueError())

    def test_the_client_went(self):
        logged.overhear()
        self.exchange.gone = True
        self.log.error("said", exc_info=ClientGone())
        self.assertEqual(self.exchange.types(), [])

    def test_let_go(self):
        """The exceptions, whose frames hold the exchange, live no longer than it does."""
        logged.overhear()
        gc.disable()
        self.addCleanup(gc.enable)

        def fail(own):
            error = Unlike()
            try:
                raise error
            except Unlike:
                self.log.error("said", exc_info=True)
            ref = weakref.ref(error)
            del error
            return ref

        error = fail(self.exchange)
        for text in self.exchange.texts:
            text.finish()
        if sys.implementation.name == "pypy":
            gc.collect()  # nothing goes without it
        self.assertIsNone(error())

    def test_printed(self):
        self.exchange.texts = []
        stream = Errors(self.exchange)
        stream.write("Traceback (most recent call last): of nothing\n")
        try:
            raise KeyError("x")
        except KeyError:
            stream.write("said\n")
            self.assertEqual(self.exchange.types(), [])
            traceback.print_exc(file=stream)
            traceback.print_exc(file=stream)
        self.assertEqual(self.exchange.types(), [("KeyError", True, True)])


_APP = """
    import sys

    def lazily(environ, start_response):
        try:
            raise KeyError("lost")
        except KeyError:
            import logging
            logging.getLogger("own").exception("it went wrong")
        start_response("500 Oops", [])
        return [b"sorry"]

    def prints(environ, start_response):
        try:
            raise KeyError("lost")
        except KeyError:
            import traceback
            traceback.print_exc()
        start_response("500 Oops", [])
        return [b"sorry"]

    def lets_out(environ, start_response):
        try:
            raise KeyError("lost")
        except KeyError:
            import logging
            logging.getLogger("own").exception("it went wrong")
            raise

    def stages(environ, start_response):
        lazily(environ, lambda *_: None)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [" ".join(name for name in sys.modules if "_snifter.stages" in name).encode()]

    def app(environ, start_response):
        assert environ["PATH_INFO"] != "/first" or "logging" not in sys.modules
        return globals()[environ["QUERY_STRING"]](environ, start_response)
"""


class ServedTest(unittest.TestCase):
    def serve(self, *names, **more):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        with open(os.path.join(folder.name, "app.py"), "w") as f:
            f.write(textwrap.dedent(_APP))
        plan = dict(more, kind="module", module="app", attr="app", sys_path=[folder.name])
        told = []
        with Server(plan) as server:
            server.ready()
            for number, name in enumerate(names, 1):
                path = "/first" if number == 1 else "/"
                server.request(number, QUERY_STRING=name, PATH_INFO=path)
                got = server.response(number)
                self.bodies = [value[2] for kind, _, value in got if kind == frames.HEAD]
                told.append([value for kind, _, value in got if kind == frames.EXCEPTION])
        return told

    def test_logging_imported_later(self):
        """The very record is told of for which `logging` is imported."""
        [[first], [second]] = self.serve("lazily", "lazily")
        for told in (first, second):
            self.assertEqual((told["type"], told["message"]), ("KeyError", "'lost'"))
            self.assertEqual((told["where"], told["handled"], told["minor"]), ("call", True, False))
            self.assertEqual(
                [frame["function"].split(".")[-1] for frame in told["frames"]], ["lazily"]
            )

    def test_without_stages(self):
        """Nothing of what knows of stages is needed where they are not told apart."""
        [[told]] = self.serve("stages", no_stages=True)
        self.assertEqual((told["type"], self.bodies), ("KeyError", [b""]))
        self.serve("stages")
        self.assertIn(b"_snifter.stages.context", self.bodies[0])

    def test_printed(self):
        [[told]] = self.serve("prints")
        self.assertEqual((told["type"], told["handled"], told["minor"]), ("KeyError", True, True))

    def test_let_out_later(self):
        [[handled, out]] = self.serve("lets_out")
        self.assertTrue(handled["handled"])
        self.assertNotIn("handled", out)
        self.assertEqual([frame["function"] for frame in out["frames"]][-1:], ["lets_out"])
        self.assertEqual(out["type"], "KeyError")
