"""Finding stages: by what is loaded, by what a request makes known, and in their order."""

from __future__ import annotations

import functools
import operator
import subprocess
import sys
import unittest
from typing import Callable
from unittest import mock

from _snifter.stages import names as names_of
from _snifter.stages import tree
from _snifter.stages.finding import holders
from _snifter.stages.frameworks import layers
from _snifter.stages.hooking import swap
from _snifter.stages.running import calls

from . import (
    asked_roots_app,
    awaits_app,
    classes_app,
    decorated_roots_app,
    functools_app,
    given_roots_app,
    holders_app,
    importing_roots_app,
    kept_app,
    keyword_roots_app,
    news_app,
    nobodies_app,
    odd_roots_app,
    sends_app,
    tracing,
    wrapped_holders_app,
)
from .server import PATIENCE
from .tracing import row_names

_ROOTS = (
    *(odd_roots_app, importing_roots_app, keyword_roots_app, decorated_roots_app),
    *(given_roots_app, asked_roots_app, kept_app, functools_app, news_app, classes_app, sends_app),
    *(awaits_app, nobodies_app),
)


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
    """To be written so:

    class Decorated:
    """

    @decorated
    def __call__(self, environ, start_response):
        return second(environ, start_response)


class HoldersTest(unittest.TestCase):
    def test_every_holder(self):
        """By one request: each stage once, none invented, each within the one that calls it."""
        rows, notes = tree.find(holders_app.application, ["/"])
        self.assertEqual(row_names(rows), holders_app.EXPECTED)
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
            self.assertEqual(row_names(rows), wrapped_holders_app.EXPECTED)
            lines = {row["name"].rpartition(".")[2]: row["line"] for row in rows}
            written = vars(wrapped_holders_app.Serves)["respond"].__wrapped__.__wrapped__
            self.assertEqual(lines["respond"], swap.original_code(written).co_firstlineno)

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
            found = [name.rpartition(".")[2] for name in row_names(rows)]
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
        self.assertEqual(row_names(rows), wrapped_holders_app.EXPECTED)

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

    def test_where_a_class_stands_whose_call_is_no_method(self):
        with open(odd_roots_app.__file__, encoding="utf-8") as file:
            lines = file.read().splitlines()
        for name, app in odd_roots_app.EXPECTED.items():
            last = app[0].rpartition(".")[2]
            if last in ("New", "Static", "Classmethod"):
                stage = holders.node_of(getattr(odd_roots_app, name)).stage
                self.assertEqual(lines[stage.line - 1].strip(":"), f"class {last}")

    def test_what_a_class_says_of_the_types_of_its_attributes_is_no_stage(self):
        for urls in [], ["/"]:
            rows, _ = tree.find(HeldByName(), urls)
            last = [name.rpartition(".")[2] for name in row_names(rows)]
            self.assertEqual(last, ["HeldByName", "second"])

    def test_what_python_itself_has_in_a_namespace_is_no_stage(self):
        made = {"second": second}
        exec("def made(environ, start_response): return second(environ, start_response)", made)

        def first(environ, start_response):
            return made["made"](environ, start_response)

        for urls in [], ["/"]:
            rows, _ = tree.find(first, urls)
            last = [name.rpartition(".")[2] for name in row_names(rows)]
            self.assertEqual(last, ["first", "made", "second"])

    def test_what_a_decorated_method_names_is_found_without_a_request(self):
        rows, _ = tree.find(Decorated(), [])
        found = [name.rpartition(".")[2] for name in row_names(rows)]
        self.assertEqual(found, ["Decorated", "second"])

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
            last = [name.rpartition(".")[2] for name in row_names(rows)]
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
            self.assertEqual([name.rpartition(".")[2] for name in row_names(rows)][1:], ["second"])

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
        """In a process of its own, where nothing was learned: none invented, all but one found."""
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
        # What a request makes nobody can see before.
        made = "tests.holders_app.per_request.<locals>.outer.<locals>.inner"
        self.assertEqual(missing, [made])

    def test_every_root_without_a_request(self):
        for module in _ROOTS:
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
        for module in _ROOTS[2:]:
            for name, expected in module.EXPECTED.items():
                rows, _ = tree.find(getattr(module, name), ["/"])
                self.assertEqual(row_names(rows), expected, name)

    def test_a_method_that_an_object_decorates_stands_where_it_was_written(self):
        methods, leaf = given_roots_app.Methods, given_roots_app.leaf
        code = swap.original_code(vars(methods)["second"].method)
        for application in methods(leaf).second, given_roots_app.Passes(methods(leaf).second):
            for urls in [], ["/"]:
                rows, _ = tree.find(application, urls)
                lines = {row["name"].rpartition(".")[2]: row["line"] for row in rows}
                self.assertEqual(lines["second"], code.co_firstlineno)

    def test_a_decorated_method_that_was_put_into_its_class_later(self):
        class Site(given_roots_app.Decorated):
            pass

        def patched(self, environ, start_response):
            return self.app(environ, start_response)

        site = Site(given_roots_app.leaf)
        for put in None, given_roots_app.Decorates(patched):
            if put is not None:
                Site.__call__ = put
            rows, _ = tree.find(site, ["/"])
            names = [name.rpartition(".")[2] for name in row_names(rows)]
            self.assertEqual(names, ["Site", "leaf"])

    def test_a_class_of_which_all_methods_are_decorated_stands_where_it_was_written(self):
        class Twin:
            @given_roots_app.manages()
            def __call__(self, environ, start_response):
                return second(environ, start_response)

        def other():
            class Twin:
                pass

        line = vars(Twin)["__call__"].__wrapped__.__code__.co_firstlineno
        self.assertEqual(names_of.place(Twin)[1], line - 1)

    def test_same_output(self):
        app = holders_app.application
        plain = tracing.ask(app, b"hello")
        with tracing.traced():
            self.assertEqual(tracing.ask(app, b"hello"), plain)
        self.assertEqual(plain[1], [b"LEAF:HELLO"])


if __name__ == "__main__":
    unittest.main()
