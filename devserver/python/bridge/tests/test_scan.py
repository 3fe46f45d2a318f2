"""What is looked for, and when it is looked for again."""

from __future__ import annotations

import collections
import functools
import sys
import threading
import types
import unittest
from unittest import mock

from _snifter.stages import serve, tree
from _snifter.stages.finding import scan
from _snifter.stages.hooking import swap
from _snifter.stages.reading import shapes

from . import imported_again, tracing
from .tracing import row_names


class ShapesTest(unittest.TestCase):
    def test_no_applications(self):
        def policy(environ, router):
            pass

        def needs_more(environ, start_response, request):
            pass

        def start_response(status, headers):
            pass

        async def asgi(environ, start_response):
            pass

        class Request:
            def __init__(self, environ, start_response):
                pass

        for value in (policy, needs_more, start_response, asgi, Request, Request.__init__, 7, dict):
            self.assertFalse(shapes.is_application(value), value)

    def test_what_gives_its_keys_is_no_body(self):
        class Keeps:
            def __init__(self, environ, start_response):
                self.begin = start_response

        for base in dict, collections.OrderedDict, collections.UserDict:
            kept = type("Kept", (Keeps, base), {})
            self.assertFalse(shapes.is_application(kept), base)
            blocks = type("Blocks", (kept,), {"__iter__": lambda self: iter([b""])})
            self.assertTrue(shapes.is_application(blocks), base)
        self.assertTrue(shapes.is_application(type("Body", (Keeps, list), {})))

    def test_a_router_is_no_start_response(self):
        """As Pyramid calls its execution policy: with an environ and an application."""

        class Router:
            def __call__(self, environ, start_response):
                pass

        def application(environ, start_response):
            pass

        for second in (Router(), application, Router, functools.partial(application), 7, None):
            self.assertEqual(shapes.position((tracing.environ(), second)), -1)
        self.assertEqual(shapes.position((tracing.environ(), print)), 0)
        self.assertEqual(shapes.position((self, tracing.environ(), lambda *a: 0)), 1)
        self.assertEqual(shapes.position(({"wsgi.input": 1}, print)), -1)

    def test_nothing_is_asked(self):
        """A proxy to what is not there yet, such as a session, is not touched."""

        class Lazy:
            def __getattribute__(self, name):
                raise AssertionError("touched: " + name)

        def application(environ, start_response, lazy=Lazy()):  # noqa: B008
            start_response("200 OK", [])
            return [b""]

        self.assertEqual(len(tree.find(application, ["/"])[0]), 1)


class ScannerTest(unittest.TestCase):
    def test_looks_again_when_modules_were_imported(self):
        scanner = scan.Scanner()
        scanner.scan()
        self.assertEqual(scanner.look(), 0)
        module = type(sys)("tests_late")
        exec(
            "def application(environ, start_response):\n"
            "    start_response('200 OK', [])\n"
            "    return []\n",
            module.__dict__,
        )
        sys.modules[module.__name__] = module
        self.addCleanup(sys.modules.pop, module.__name__)
        self.assertEqual(scanner.look(), 1)
        self.assertEqual(scanner.look(), 0)
        self.assertEqual(scanner.scan(), 0)

    def test_while_it_runs(self):
        """What runs during a scan is hooked once, and so is what it makes afterwards."""
        source = """
def make():
    scan()  # the def below is a constant of another code from here on
    def application(environ, start_response):
        again.append(scan())
        start_response("200 OK", [])
        return [b"made"]
    return application
"""
        scanner, again = scan.Scanner(), []
        module = {"scan": scanner.scan, "again": again, "__name__": "tests_made"}
        exec(source, module)
        application = module["make"]()
        self.assertEqual(scanner.scan(), 1)
        with tracing.traced() as tracer:
            self.assertEqual(tracing.ask(application)[1:], ([b"made"], None))
        self.assertEqual(again, [0])
        self.assertEqual(len(tracer.calls()), 1)

    def test_looks_again_when_something_was_learned(self):
        def odd(x, *rest):
            pass

        scanner = scan.Scanner()
        scanner.scan()
        self.assertEqual(scanner.look(), 0)
        self.assertTrue(scanner.learn({odd.__code__}))
        self.assertFalse(scanner.learn({odd.__code__}))
        self.assertGreater(scanner.look(), 0)
        self.assertEqual(scanner.look(), 0)
        self.assertIsNotNone(swap.hook_of(odd))

    def test_what_two_requests_learn_at_once(self):
        """It is odd only where it had been looked for when a request began."""

        def odd(x, *rest):
            pass

        scanner = scan.Scanner()
        before = scanner.looked_for
        for _ in range(2):
            scanner.learn({odd.__code__}, before)
            scanner.scan()
        self.assertEqual([*scanner.unseen], [])
        scanner.learn({odd.__code__}, scanner.looked_for)
        self.assertIn("odd", " ".join(scanner.unseen))

    def test_a_part_that_needs_more_is_not_unseen(self):
        """A server would not give it that: it is called by an application, and none."""

        def answered(environ, start_response, text):
            start_response("200 OK", [])
            return [text]

        scanner = scan.Scanner()
        for _ in range(2):
            scanner.learn({answered.__code__}, scanner.looked_for)
            scanner.scan()
        self.assertIsNone(swap.hook_of(answered))
        self.assertEqual([*scanner.unseen], [])

    def test_what_is_being_collected_is_left_alone(self):
        """A function without globals, as CPython has it meanwhile: none can be made here."""

        def application(environ, start_response):
            return []

        def cleared(environ, start_response):
            return []

        garbage = types.SimpleNamespace(
            __code__=cleared.__code__, __globals__=None, __name__="cleared"
        )
        scan.Scanner()._hook_all([garbage, application], [])
        self.assertIsNotNone(swap.hook_of(application))

    def test_one_failure_is_not_told(self):
        """Garbage that is being collected is gone the next time."""
        for failures, told in ((1, []), (2, ["the search for stages"])):
            search = object.__new__(serve._Search)
            search._busy, search._said, search._scanner = threading.Lock(), set(), scan.Scanner()
            search._pass_by = search._look = lambda: None
            looked = []

            def look(scanner, looked=looked, failures=failures):
                looked.append(scanner)
                if len(looked) <= failures:
                    raise AttributeError("'NoneType' object has no attribute 'get'")
                return 0

            with mock.patch.object(serve.failures, "report") as report:
                search._scan(look)
            self.assertEqual([call.args[0] for call in report.call_args_list], told)
            self.assertEqual(len(looked), 2)

    def test_while_another_thread_looks(self):
        """What was imported meanwhile is looked for later: that thread may be past it."""
        link = types.SimpleNamespace(modules=1)
        search = object.__new__(serve._Search)
        search._link, search._busy, search._told = link, threading.Lock(), lambda: None
        with search._busy:
            search._imported()
        self.assertEqual(link.modules, 0)

    def test_code_that_is_run_again(self):
        """A module that each request runs anew has the same trampolines each time."""
        with open(imported_again.__file__, encoding="utf-8") as file:
            source = file.read()
        scanner, counts = scan.Scanner(), []
        for _ in range(3):
            module = type(sys)("tests_again")
            exec(compile(source, imported_again.__file__, "exec"), module.__dict__)
            scanner.scan_modules([module])
            with tracing.traced() as tracer:
                self.assertEqual(tracing.ask(module.application)[1:], ([b"leaf"], None))
            last = [name.rpartition(".")[2] for name in tracer.names()]
            self.assertEqual(last, ["Held", "inner", "leaf"])
            counts.append(len(swap.hooks()))
        self.assertEqual(counts[1:], counts[:1] * 2)

    def test_module_that_holds_what_is_compiled(self):
        """To PyPy a method of its own is a function like others, but without bytecode."""
        with open(imported_again.__file__, encoding="utf-8") as file:
            source = file.read()
        module = type(sys)("tests_compiled")
        module.get, module.append, module.length = dict.get, list.append, len
        exec(compile(source, imported_again.__file__, "exec"), module.__dict__)
        self.assertGreater(scan.Scanner().scan_modules([module]), 0)

    def test_learned_within_what_is_known(self):
        """A def whose defaults nobody knows before it runs."""

        def application(environ, start_response):
            def inner(environ, start_response, more=None):
                start_response("200 OK", [])
                return [b""]

            return inner(environ, start_response)

        rows, _ = tree.find(application, ["/"])
        self.assertEqual(
            [name.rpartition(".")[2] for name in row_names(rows)], ["application", "inner"]
        )


if __name__ == "__main__":
    unittest.main()
