"""Finding stages: by what is loaded, by what a request makes known, and in their order."""

from __future__ import annotations

import functools
import operator
import subprocess
import sys
import threading
import types
import unittest
from typing import Callable
from unittest import mock

from _snifter.stages import calls, holders, layers, scan, serve, shapes, swap, tree
from _snifter.stages import names as names_of

from . import (
    decorated_roots_app,
    holders_app,
    imported_again,
    keyword_roots_app,
    odd_roots_app,
    tracing,
    wrapped_holders_app,
)
from .server import PATIENCE


def names(rows):
    return [row["name"] for row in rows]


def decorated(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args)

    return wrapper


def second(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"second"]


class HeldByName:
    __annotations__ = {"app": Callable}
    app = second

    def __call__(self, environ, start_response):
        return type(self).app(environ, start_response)


class Decorated:
    @decorated
    def __call__(self, environ, start_response):
        return second(environ, start_response)


class HoldersTest(unittest.TestCase):
    def test_every_holder(self):
        """By one request: each stage once, none invented, each within the one that calls it."""
        rows, notes = tree.find(holders_app.application, ["/"])
        self.assertEqual(names(rows), holders_app.EXPECTED)
        self.assertEqual([row["within"] for row in rows], list(range(len(rows))))
        self.assertEqual({row["kind"] for row in rows}, {"wsgi"})
        self.assertEqual(notes, ["GET /: 200 OK"])
        for row in rows:
            with open(row["file"], encoding="utf-8") as file:
                line = file.read().splitlines()[row["line"] - 1]
            last = row["name"].rpartition(".")[2]
            if last.startswith("Holder_"):
                continue  # it was named when it was made
            # The first line of what is decorated is that of its decorator.
            self.assertTrue(last.strip("<>") in line or line.strip().startswith("@"), row)

    def test_what_is_around_applications_in_objects_of_a_library(self):
        for urls in [], ["/"], ["/", "/", "/"]:
            rows, _ = tree.find(wrapped_holders_app.application, urls)
            self.assertEqual(names(rows), wrapped_holders_app.EXPECTED)

    def test_what_each_request_makes_is_one_stage_though_it_is_still_held(self):
        class Responder:
            def __call__(self, environ, start_response):
                start_response("200 OK", [])
                return [b""]

        class Keeps:
            def __init__(self, most):
                self.most, self.kept = most, {}

            def __call__(self, environ, start_response):
                responder = self.kept.setdefault(environ["PATH_INFO"], Responder())
                while len(self.kept) > self.most:
                    del self.kept[next(iter(self.kept))]
                return responder(environ, start_response)

        urls = ["/a", "/b", "/c"]
        # Those that are made once each, and kept, are as many.
        for most, expected in (1, 1), (2, 1), (3, 3):
            rows, _ = tree.find(Keeps(most), urls)
            found = [name.rpartition(".")[2] for name in names(rows)]
            self.assertEqual(found, ["Keeps", *["Responder"] * expected], most)

    def test_layers_stand_within_the_innermost_stage_of_their_application(self):
        """What each request puts between two calls of it is seen by a request alone."""

        def hook():
            pass

        class Between:
            def __init__(self, app):
                self.app = app

            def __call__(self, environ, start_response):
                return self.app(environ, start_response)

        class Site:
            def serve(self, environ, start_response):
                hook()
                start_response("200 OK", [])
                return [b""]

            def __call__(self, environ, start_response):
                return Between(self.serve)(environ, start_response)

        site = Site()
        inside = layers.Inside([layers.function(hook, "test", "hook")], closed=False)
        inside.value = site
        with mock.patch.dict(layers._inside, {id(site): inside}):
            for urls, expected in ([], [0, 1]), (["/"], [0, 1, 2, 3]), (["/", "/"], [0, 1, 2, 3]):
                rows, _ = tree.find(site, urls)
                self.assertEqual([row["within"] for row in rows], expected)
                self.assertTrue(rows[-1]["name"].endswith("hook"))

    def test_a_class_that_has_no_hash_is_in_nobodys_way(self):
        meta = type("Meta", (type,), {"__eq__": operator.is_})
        kept = meta("Kept", (), {})()
        self.assertRaises(TypeError, hash, type(kept))
        rows, _ = tree.find(wrapped_holders_app.application, ["/"])
        self.assertEqual(names(rows), wrapped_holders_app.EXPECTED)

    def test_where_a_function_stands_whose_code_an_agent_has_changed(self):
        """To call what is a constant of that: the function as it was."""

        def view():
            pass

        class Kind:
            def method(self):
                pass

        expected = names_of.place(view), names_of.place(Kind)
        for function in view, Kind.method:
            kept = swap.plain(function)
            consts = (*function.__code__.co_consts, kept)
            function.__code__ = function.__code__.replace(co_consts=consts, co_firstlineno=1)
        names_of._place_of_class.forget()
        self.assertEqual((names_of.place(view), names_of.place(Kind)), expected)

    def test_where_a_class_stands_whose_attributes_were_written_elsewhere(self):
        places = [names_of.place(kind)[1] for kind in (HeldByName, Decorated)]
        with open(__file__, encoding="utf-8") as file:
            lines = file.read().splitlines()
        self.assertEqual(
            [lines[line - 1] for line in places], ["class HeldByName:", "class Decorated:"]
        )

    def test_what_a_class_says_of_the_types_of_its_attributes_is_no_stage(self):
        for urls in [], ["/"]:
            rows, _ = tree.find(HeldByName(), urls)
            last = [name.rpartition(".")[2] for name in names(rows)]
            self.assertEqual(last, ["HeldByName", "second"])

    def test_what_python_itself_has_in_a_namespace_is_no_stage(self):
        made = {"second": second}
        exec("def made(environ, start_response): return second(environ, start_response)", made)

        def first(environ, start_response):
            return made["made"](environ, start_response)

        for urls in [], ["/"]:
            rows, _ = tree.find(first, urls)
            last = [name.rpartition(".")[2] for name in names(rows)]
            self.assertEqual(last, ["first", "made", "second"])

    def test_what_a_decorated_method_names_is_found_without_a_request(self):
        rows, _ = tree.find(Decorated(), [])
        self.assertEqual([name.rpartition(".")[2] for name in names(rows)], ["Decorated", "second"])

    def test_several_that_are_held_stand_in_their_order(self):
        class Stage:
            def __init__(self, *held):
                self.held = held

            def __call__(self, environ, start_response):
                return self.held[-1](environ, start_response)

        kinds = [type(name, (Stage,), {}) for name in "abcd"]
        one, two, *more = (kind(second) for kind in kinds)
        for urls in [], ["/"]:
            rows, _ = tree.find(Stage(more, one, two), urls)
            last = [name.rpartition(".")[2] for name in names(rows)]
            self.assertEqual([name for name in last if len(name) == 1], list("abcd"))

    def test_a_start_response_that_a_stage_keeps_is_no_stage(self):
        class Named:
            def __call__(self, environ, start_response):
                self.begin = start_response
                return second(environ, self.start)

            def start(self, status, headers, exc_info=None):
                return self.begin(status, headers, exc_info)

        class Unnamed(Named):
            def start(self, one, two, three=None):
                return self.begin(one, two, three)

        for kind in Named, Unnamed:
            rows, _ = tree.find(kind(), ["/"])
            self.assertEqual([name.rpartition(".")[2] for name in names(rows)][1:], ["second"])

    def test_what_a_stage_was_given_is_not_looked_through(self):
        class Keeps:
            def __call__(self, environ, start_response):
                self.begin = start_response
                return second(environ, start_response)

        stage = Keeps()
        around = calls.Call(None, None, {}, HeldByName(), None, tracing.Recording())
        stage.begin = calls.Call(None, around, {}, stage, None, tracing.Recording()).start_response
        last = [node.stage.name.rpartition(".")[2] for node in holders.nodes(stage).values()]
        self.assertEqual(last, ["Keeps", "second"])

    def test_without_a_request(self):
        """In a process of its own, where nothing was learned: none invented, most are found."""
        code = (
            "from tests import holders_app\n"
            "from _snifter.stages.tree import find\n"
            "rows, notes = find(holders_app.application, [])\n"
            "print([row['name'] for row in rows])\n"
            "print(notes)\n"
        )
        out = subprocess.run(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, check=True, timeout=PATIENCE
        )
        found, notes = out.stdout.decode().splitlines()
        found = eval(found)
        missing = [name for name in holders_app.EXPECTED if name not in found]
        self.assertEqual(found, [name for name in holders_app.EXPECTED if name in found])
        self.assertIn("no request was made", notes)
        # An import within a request, and what it makes, nobody can see before.
        lazily = holders_app.EXPECTED.index("tests.holders_app.lazily.<locals>.inner")
        self.assertEqual(missing, holders_app.EXPECTED[lazily + 1 :])

    def test_every_root_without_a_request(self):
        for module in (odd_roots_app, keyword_roots_app, decorated_roots_app):
            code = (
                f"from {module.__name__} import *\n"
                "from _snifter.stages.tree import find\n"
                "for name in EXPECTED:\n"
                "    rows, _ = find(globals()[name], [])\n"
                "    print([name, *(row['name'] for row in rows)])\n"
            )
            out = subprocess.run(
                [sys.executable, "-c", code], stdout=subprocess.PIPE, check=True, timeout=PATIENCE
            )
            found = {name: names for name, *names in map(eval, out.stdout.decode().splitlines())}
            for name, expected in module.EXPECTED.items():
                seen = [each for each in expected if each not in module.UNSEEN[name]]
                self.assertEqual(found[name], seen, name)

    def test_every_root_by_a_request(self):
        for name, expected in decorated_roots_app.EXPECTED.items():
            rows, _ = tree.find(getattr(decorated_roots_app, name), ["/"])
            self.assertEqual(names(rows), expected, name)

    def test_same_output(self):
        app = holders_app.application
        plain = tracing.ask(app, b"hello")
        with tracing.traced():
            self.assertEqual(tracing.ask(app, b"hello"), plain)
        self.assertEqual(plain[1], [b"LEAF:HELLO"])


def hidden(number, first, second):
    begin = [second]
    begin[0]("200 OK", [])
    return [b"%d" % number]


class TreeTest(unittest.TestCase):
    def test_mounts(self):
        """Those that a request did not reach stay where they are held."""

        def one(environ, start_response):
            start_response("200 OK", [])
            return [b"one"]

        def two(environ, start_response):
            start_response("200 OK", [])
            return [b"two"]

        class Log:
            def __init__(self, app, site):
                self.site = site  # held as well as the application, and further in
                self.app = app

            def __call__(self, environ, start_response):
                return self.app(environ, start_response)

        class Dispatcher:
            def __init__(self, **apps):
                self.apps = apps

            def __call__(self, environ, start_response):
                return self.apps[environ["PATH_INFO"].strip("/")](environ, start_response)

        site = Dispatcher(one=Log(one, one), two=two, again=two)
        application = Log(Log(site, site), site)
        for urls in ([], ["/one"], ["/one", "/two", "/again", "/missing"]):
            rows, notes = tree.find(application, urls)
            self.assertEqual(
                [(row["within"], row["name"].rpartition(".")[2]) for row in rows],
                [(0, "Log"), (1, "Log"), (2, "Dispatcher"), (3, "Log"), (4, "one"), (3, "two")],
                urls,
            )
        self.assertEqual(notes[-1], "GET /missing: KeyError: 'missing'")

    def test_many_made_by_requests(self):
        """What is made for each request is one stage."""

        class Answer:
            def __call__(self, environ, start_response):
                start_response("200 OK", [])
                return [b""]

        def application(environ, start_response):
            return Answer()(environ, start_response)

        rows, _ = tree.find(application, ["/", "/a", "/b?c=d"])
        self.assertEqual(len(rows), 2)
        self.assertTrue(rows[1]["name"].endswith("Answer"))

    def test_classes_made_by_requests(self):
        """They are the same stages in each request, and nothing grows with it."""

        def application(environ, start_response):
            class Passing:
                def __call__(self, environ, start_response):
                    return Body(environ, start_response)

            class Body:
                def __init__(self, environ, start_response):
                    self.start = start_response

                def __iter__(self):
                    self.start("200 OK", [])
                    yield b"made"

            return Passing()(environ, start_response)

        seen, counts = [], []
        with tracing.traced() as tracer:
            for number in range(1, 201):
                self.assertEqual(tracing.ask(application)[1:], ([b"made"], None))
                if number in (1, 200):
                    seen.append([call.stage for call in tracer.calls()])
                    counts.append(len(swap.hooks()))
                tracer.events.clear()
        self.assertEqual(
            [stage.name.rpartition(".")[2] for stage in seen[0]][1:], ["Passing", "Body"]
        )
        self.assertEqual(seen[0], seen[1])
        self.assertEqual(counts[0], counts[1])

    def test_what_a_compiled_object_calls(self):
        """As that of lru_cache(), and proxies."""

        class Inner:
            def __init__(self, following):
                self.following = following

            def __call__(self, e, s):
                return self.following(e, s)

        def outer(environ, start_response):
            return app(environ, start_response)

        app = functools.lru_cache(maxsize=0)(Inner(tracing.answer([b"inner"])))
        for urls in ([], ["/"]):
            found = [name.rpartition(".")[2] for name in names(tree.find(outer, urls)[0])]
            self.assertEqual(found, ["outer", "Inner", "application"], urls)

    def test_odd_names_are_learned(self):
        application = functools.partial(hidden, 7)
        before = swap.original_code(hidden)
        rows, notes = tree.find(application, ["/"])
        self.assertEqual(names(rows), [__name__ + ".hidden"])
        self.assertEqual(notes, ["GET /: 200 OK"])
        self.assertIs(swap.original_code(hidden), before)

    def test_failures_are_told(self):
        def application(environ, start_response):
            raise SystemExit("enough")

        rows, notes = tree.find(application, ["/"])
        self.assertEqual(len(rows), 1)
        self.assertEqual(notes, ["GET /: SystemExit: enough"])

    def test_what_is_not_seen_is_told(self):
        _, notes = tree.find(odd_roots_app.executes, ["/"])
        note = "made (<string>:1) is made anew by each request, by exec or the like: not seen"
        self.assertEqual(notes, ["GET /: 200 OK", note])
        note = f"{odd_roots_app.__name__}.executes calls exec: a stage that it makes so is not seen"
        self.assertEqual(tree.find(odd_roots_app.executes, [])[1][0], note)

    def test_endless_body(self):
        closed = []

        def application(environ, start_response):
            start_response("200 OK", [])
            try:
                while True:
                    yield b"more"
            finally:
                closed.append(True)

        rows, notes = tree.find(application, ["/"])
        self.assertEqual((len(rows), notes), (1, ["GET /: 200 OK"]))
        self.assertTrue(closed)

    def test_each_holds_the_other(self):
        class Ring:
            def __call__(self, environ, start_response):
                start_response("200 OK", [])
                return []

        first, second, third = Ring(), Ring(), Ring()
        first.a, first.b = second, third
        second.other, third.other = third, second
        self.assertEqual(len(tree.find(first, [])[0]), 3)


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

    def test_learned_within_what_is_known(self):
        """A def whose defaults nobody knows before it runs."""

        def application(environ, start_response):
            def inner(environ, start_response, more=None):
                start_response("200 OK", [])
                return [b""]

            return inner(environ, start_response)

        rows, _ = tree.find(application, ["/"])
        self.assertEqual(
            [name.rpartition(".")[2] for name in names(rows)], ["application", "inner"]
        )


if __name__ == "__main__":
    unittest.main()
