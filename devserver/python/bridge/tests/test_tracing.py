"""Running hooked stages: what a tracer is told, and that nothing else is any different."""

from __future__ import annotations

import contextvars
import gc
import threading
import traceback
import types
import unittest
import weakref
from wsgiref.validate import validator

from _snifter.stages import context
from _snifter.stages.hooking import swap
from _snifter.streams import FileWrapper

from . import holders_app, tracing
from .tracing import answer, middleware, yielding


class EventsTest(unittest.TestCase):
    def test_in_order(self):
        def application(environ, start_response):
            write = start_response("200 OK", [])
            write(b"first")
            yield b"second"
            yield b"third"

        app = middleware(application)
        with tracing.traced() as tracer:
            heads, blocks, error = tracing.ask(app)
        self.assertEqual((blocks, error), ([b"first", b"second", b"third"], None))
        self.assertEqual(
            tracer.story(),
            [
                ("inner", "enter"),
                ("application", "enter"),
                ("application", "exit"),
                ("inner", "exit"),
                # A generator runs from its first step on.
                ("application", "start_response"),
                ("inner", "start_response"),
                ("application", "write", b"first"),
                ("inner", "write", b"first"),
                ("application", "chunk", b"second"),
                ("application", "chunk", b"third"),
                ("application", "close"),
            ],
        )

    def test_exceptions(self):
        class Failing:
            def __init__(self, where):
                self.where = where

            def __iter__(self):
                return self

            def __next__(self):
                if self.where == "iterate":
                    raise LookupError(self.where)
                raise StopIteration

            def close(self):
                if self.where == "close":
                    raise LookupError(self.where)

        def application(environ, start_response):
            start_response("200 OK", [])
            if environ["PATH_INFO"] == "/call":
                raise LookupError("call")
            return Failing(environ["PATH_INFO"][1:])

        app = middleware(application)
        for where in ("call", "iterate", "close"):
            with tracing.traced() as tracer:
                error = tracing.ask(app, PATH_INFO="/" + where)[2]
            self.assertEqual(str(error), where)
            raised = [told for told in tracer.story() if told[1] == "exception"]
            # The body is the inner stage's alone.
            stages = ("application", "inner") if where == "call" else ("application",)
            self.assertEqual(raised, [(name, "exception", where, "LookupError") for name in stages])

    def test_class_application(self):
        closed = []

        class Application:
            def __init__(self, environ, start_response):
                self.start = start_response

            def __iter__(self):
                self.start("200 OK", [])
                yield b"block"

            def close(self):
                closed.append(self)

        app = middleware(Application)
        with tracing.traced() as tracer:
            self.assertEqual(tracing.ask(app)[1], [b"block"])
        self.assertEqual(len(closed), 1)
        self.assertIs(type(closed[0]), Application)
        told = [each for each in tracer.story() if each[0] == "Application"]
        self.assertEqual(
            [each[1] for each in told], ["enter", "exit", "start_response", "chunk", "close"]
        )
        closed.clear()
        del tracer
        gc.collect()
        from _snifter.stages.running import instances

        self.assertFalse(instances._made)

    def test_same_layer_once(self):
        class Site:
            def __call__(self, environ, start_response):
                return self.wsgi_app(environ, start_response)

            def wsgi_app(self, environ, start_response):
                return self.respond(environ, start_response)

            def respond(self, environ, start_response):
                start_response("200 OK", [])
                return []

        with tracing.traced() as tracer:
            tracing.ask(Site())
            site = Site()
            site.wsgi_app = middleware(site.wsgi_app)
            tracing.ask(site)
        self.assertEqual(
            [name.rpartition(".")[2] for name in tracer.names()],
            ["Site", "Site", "inner", "wsgi_app"],
        )

    def test_bad_bodies(self):
        """What is no body reaches the server as it is."""
        for body in (None, "text", b"bytes", 7, object()):
            app = middleware(answer(body))
            with tracing.traced():
                self.assertIs(app(tracing.environ(), lambda *args: None), body)

    def test_bad_calls_of_start_response(self):
        """Are the server's to complain of."""

        def application(environ, start_response):
            start_response("200 OK")

        def serve(app):
            try:
                app(tracing.environ(), lambda status, headers, exc_info=None: None)
            except TypeError as error:
                return str(error)
            return None

        plain = serve(application)
        with tracing.traced():
            self.assertEqual(serve(middleware(application)), plain)


class ParentsTest(unittest.TestCase):
    def assertChain(self, entered):
        for number, call in enumerate(entered):
            self.assertEqual(call.depth, number, call.stage)
            self.assertIs(call.parent, entered[number - 1] if number else None, call.stage)
            self.assertIs(call.request, entered[0])

    def test_every_holder(self):
        """Through generators, threads, and start_responses of the stages' own."""
        with tracing.traced(learned=_odd_codes()) as tracer:
            tracing.ask(holders_app.application)
        self.assertEqual(tracer.names(), holders_app.EXPECTED)
        self.assertChain(tracer.calls())

    def test_many_at_once(self):
        app = middleware(yielding(middleware(answer([b"a", b"b"]))))
        app = yielding(app)
        tracers = tracing.Recording()
        start = threading.Barrier(8)

        def run():
            start.wait()
            for _ in range(20):
                tracing.ask(app)

        with tracing.traced(tracers):
            threads = [threading.Thread(target=run) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        requests = {}
        for call in tracers.calls():
            requests.setdefault(call.request, []).append(call)
        self.assertEqual(len(requests), 160)
        for entered in requests.values():
            self.assertEqual(len(entered), 5)
            self.assertChain(entered)

    def test_two_requests_in_turns(self):
        """Generators of one thread, as an event loop or greenlets take them."""
        app = yielding(yielding(answer(iter([b"a", b"b"]))))
        with tracing.traced() as tracer:
            bodies = [iter(app(tracing.environ(), lambda *a: None)) for _ in range(2)]
            while bodies:
                for body in list(bodies):
                    if next(body, None) is None:
                        bodies.remove(body)
        for entered in ({c.request for c in tracer.calls()},):
            self.assertEqual(len(entered), 2)
        for first in {call.request for call in tracer.calls()}:
            self.assertChain([call for call in tracer.calls() if call.request is first])

    def test_context_variables_are_the_applications_own(self):
        variable = contextvars.ContextVar("variable", default="none")

        def application(environ, start_response):
            variable.set("set in the call")
            start_response("200 OK", [])
            yield variable.get().encode()
            variable.set("set in the body")

        def run():
            return tracing.ask(middleware(application))[1], variable.get()

        plain = contextvars.copy_context().run(run)
        with tracing.traced():
            self.assertEqual(contextvars.copy_context().run(run), plain)
        self.assertIsNone(context.current())

    def test_a_subrequest(self):
        """An application that is asked by another's view is within it."""

        def outer(environ, start_response):
            tracing.ask(answer([b"inner"]))
            start_response("200 OK", [])
            return []

        with tracing.traced() as tracer:
            tracing.ask(outer)
        self.assertChain(tracer.calls())


def _odd_codes():
    return {
        swap.unswapped(const)
        for make in (holders_app.odd_names, holders_app.any_arguments, holders_app.checked)
        for const in make.__code__.co_consts
        if isinstance(const, types.CodeType)
    }


class BodiesTest(unittest.TestCase):
    def relayed(self, body, **changes):
        """What a server gets of a body, untraced and traced."""
        app = middleware(answer(body))
        with tracing.traced():
            return app(tracing.environ(**changes), lambda *args: None)

    def test_passed_through(self):
        wrapper = FileWrapper(open(__file__, "rb"))
        self.addCleanup(wrapper.close)
        for body in ([b"a"], (b"a", b"b"), [], wrapper):
            self.assertIs(self.relayed(body), body)

    def test_only_what_the_body_has(self):
        class Plain:
            def __iter__(self):
                return iter([b"a", b"b"])

        class Sized(Plain):
            def __len__(self):
                return 2

        class Closing(Sized):
            closed = 0
            mark = "own"

            def close(self):
                self.closed += 1
                return "result"

        for kind, sized, closes in ((Plain, 0, 0), (Sized, 1, 0), (Closing, 1, 1)):
            body = kind()
            relayed = self.relayed(body)
            self.assertIsNot(relayed, body)
            self.assertIsInstance(relayed, kind)
            self.assertEqual(type(relayed).__name__, kind.__name__)
            self.assertEqual(hasattr(relayed, "__len__"), bool(sized))
            self.assertEqual(hasattr(relayed, "close"), bool(closes))
            self.assertFalse(hasattr(relayed, "__next__"))
            # As often as the body itself can be iterated.
            self.assertEqual([list(relayed), list(relayed)], [[b"a", b"b"]] * 2)
            if sized:
                self.assertEqual(len(relayed), 2)
            if closes:
                self.assertEqual((relayed.close(), body.closed, relayed.mark), ("result", 1, "own"))

    def test_one_that_fails_where_it_is_asked_for_close(self):
        class Failing:
            def __iter__(self):
                return iter([b"a"])

            def __getattr__(self, name):
                raise RuntimeError(name)

        relayed = self.relayed(Failing())
        self.assertEqual(list(relayed), [b"a"])
        with self.assertRaisesRegex(RuntimeError, "close"):
            relayed.close()

    def test_generators(self):
        ended = []

        def body():
            try:
                yield b"a"
                yield b"b"
            finally:
                ended.append(True)

        relayed = self.relayed(body())
        self.assertIsInstance(relayed, types.GeneratorType)
        self.assertEqual(type(relayed).__name__, "generator")
        self.assertEqual(next(relayed), b"a")
        relayed.close()
        self.assertEqual(ended, [True])
        self.assertEqual(list(relayed), [])

    def test_nothing_is_kept(self):
        class Body(list):
            pass

        body = Body([b"a"])
        gone = weakref.ref(body)
        relayed = self.relayed(body)
        self.assertEqual(list(relayed), [b"a"])
        del body, relayed
        gc.collect()
        self.assertIsNone(gone())


class TransparencyTest(unittest.TestCase):
    def test_tracebacks(self):
        """Whoever prints one, within the stack or outside: the same text."""

        def failing(environ, start_response):
            raise ValueError("wrong")

        def failing_body(environ, start_response):
            start_response("200 OK", [])
            yield b""
            raise ValueError("wrong")

        def printing(app):
            def inner(environ, start_response):
                try:
                    return [b"".join(app(environ, start_response))]
                except ValueError:
                    start_response("500 Error", [])
                    return [traceback.format_exc().encode()]

            return inner

        def printed(app):
            error = tracing.ask(app)[2]
            return "".join(traceback.format_exception(type(error), error, error.__traceback__))

        for failure in (failing, failing_body):
            inside = printing(middleware(yielding(middleware(failure))))
            outside = yielding(middleware(failure))
            plain = tracing.ask(inside), printed(outside)
            with tracing.traced():
                traced = tracing.ask(inside), printed(outside)
            self.assertEqual(traced, plain)
            self.assertIn("ValueError: wrong", plain[1])
            self.assertIn("in failing", plain[1])

    def test_frames_left_to_those_who_walk_by_themselves(self):
        """Each of ours that is left has the variable by which error pages leave it out."""

        def failing(environ, start_response):
            raise ValueError("wrong")

        with tracing.traced():
            error = tracing.ask(middleware(middleware(failing)))[2]
        names, tb = [], error.__traceback__
        while tb is not None:
            if "__traceback_hide__" not in tb.tb_frame.f_locals:
                names.append(tb.tb_frame.f_code.co_name)
            tb = tb.tb_next
        self.assertEqual(names, ["ask", "inner", "inner", "failing"])

    def test_under_validation(self):
        """wsgiref.validate finds nothing new, outside of the stages or between them."""
        app = validator(
            middleware(validator(yielding(validator(answer([b"a"], [("Content-Type", "a/b")])))))
        )
        environ = tracing.environ()
        with tracing.traced():
            body = app(environ, lambda status, headers, exc_info=None: lambda block: None)
            self.assertEqual(list(body), [b"a"])
            body.close()

    def test_a_failing_tracer(self):
        """Fails no request, and is reported once for each method."""

        class Failing(tracing.Recording):
            def __getattribute__(self, name):
                if name.startswith("_") or name in ("events", "calls"):
                    return super().__getattribute__(name)

                def failing(*args):
                    raise ValueError(name + " failed")

                failing.__qualname__ = "Failing." + name
                return failing

        def application(environ, start_response):
            start_response("200 OK", [])(b"written")
            yield b"a"
            if environ["PATH_INFO"] == "/fail":
                raise KeyError("own")

        app = middleware(application)
        plain = tracing.ask(app)
        with tracing.stderr() as told, tracing.traced(Failing()):
            for _ in range(3):
                self.assertEqual(tracing.ask(app), plain)
                self.assertEqual(str(tracing.ask(app, PATH_INFO="/fail")[2]), "'own'")
        lines = told.getvalue().splitlines()
        self.assertEqual(len(lines), len(set(lines)), lines)
        methods = ("enter", "start_response", "write", "exit", "chunk", "close", "exception")
        self.assertEqual(len(lines), len(methods), lines)
        for name in methods:
            self.assertTrue(any(f"in Failing.{name}: ValueError" in line for line in lines), lines)

    def test_off(self):
        app = middleware(answer([b"a"]))
        with tracing.traced() as tracer:
            pass
        tracing.ask(app)
        self.assertEqual(tracer.events, [])


if __name__ == "__main__":
    unittest.main()
