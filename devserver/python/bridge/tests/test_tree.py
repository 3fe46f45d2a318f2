"""In which tree the stages stand, and what requests make known of it."""

from __future__ import annotations

import functools
import inspect
import unittest

from _snifter.stages import tree
from _snifter.stages.hooking import swap

from . import given_roots_app, odd_roots_app, tracing
from .tracing import row_names


def hidden(number, first, second):
    begin = [second]
    begin[0]("200 OK", [])
    return [b"%d" % number]


_SOURCE = """
    class Site:
        def __call__(self, environ, start_response):
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [b"site"]

    def made(path, errors):
        return site

    def lazy(environ, start_response):
        app = made(environ["PATH_INFO"], environ["wsgi.errors"])
        return app(environ, start_response)

    site = Site()
"""
_library = {"__name__": "library"}
exec(compile(inspect.cleandoc(_SOURCE), "/x/lib/site-packages/library.py", "exec"), _library)


def other(environ, start_response):
    """It is in the names of this module, and nobody calls it."""
    start_response("200 OK", [])
    return [b"other"]


class Named:
    """Looks up by name what it calls, which is no application, as templates or routes do."""

    def __init__(self, app, names):
        self.app = app
        self.names = names

    def __call__(self, environ, start_response):
        handler = self.names[environ["test.handler"]]
        handler()
        return self.app(environ, start_response)


class TreeTest(unittest.TestCase):
    def test_the_names_of_a_module(self):
        """Who knows them holds nothing of what they are of; other names it does."""
        for names, expected in (
            (globals(), ["Named", "hidden"]),
            ({"other": other}, ["Named", "hidden", "other"]),
        ):

            def hidden(environ, start_response):
                start_response("200 OK", [])
                return [b"hidden"]

            rows, _ = tree.find(Named(hidden, names), [])
            self.assertEqual([name.split(".")[-1] for name in row_names(rows)], expected)

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

    def test_classes_of_one_call(self):
        """Each is a stage, wherever its objects come from."""

        class Response:
            def __call__(self, environ, start_response):
                start_response("200 OK", [])
                return [b""]

        class NotFound(Response):
            pass

        def application(environ, start_response):
            kind = Response if environ["PATH_INFO"] == "/" else NotFound
            return kind()(environ, start_response)

        for urls in ["/", "/a", "/", "/b"], ["/a", "/"]:
            rows, _ = tree.find(application, urls)
            names = [name.rpartition(".")[2] for name in row_names(rows)]
            self.assertEqual(sorted(names), ["NotFound", "Response", "application"])
            self.assertEqual([row["within"] for row in rows], [0, 1, 1])

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
            found = [name.rpartition(".")[2] for name in row_names(tree.find(outer, urls)[0])]
            self.assertEqual(found, ["outer", "Inner", "application"], urls)

    def test_odd_names_are_learned(self):
        application = functools.partial(hidden, 7)
        before = swap.original_code(hidden)
        rows, notes = tree.find(application, ["/"])
        self.assertEqual(row_names(rows), [__name__ + ".hidden"])
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

    def test_what_makes_an_application_is_none(self):
        """It is not called with the two, but what it gives is."""
        for urls in ([], ["/"]):
            rows, _ = tree.find(_library["lazy"], urls)
            self.assertEqual(row_names(rows), ["library.lazy", "library.Site"], urls)

    def test_what_is_seen_is_not_told_of(self):
        """Though the code of what has made it makes others. It has not been looked at before."""
        source = (
            "def make():\n"
            "    class Passes:\n"
            "        def __call__(self, *args): return view(*args)\n"
            "    return Passes()\n"
            "def application(environ, start_response): return passes(environ, start_response)\n"
            "passes = make()\n"
        )
        made = {"__name__": __name__, "view": odd_roots_app.leaf}
        exec(compile(source, odd_roots_app.__file__, "exec"), made)
        rows, notes = tree.find(made["application"], ["/"])
        self.assertEqual((len(rows), notes), (3, ["GET /: 200 OK"]))

    def test_an_object_that_is_entered_by_another_method_than_it_is_held_for(self):
        leaf = odd_roots_app.leaf

        class Site:
            def __call__(self, environ, start_response):
                return self.one(environ, start_response)

            def one(self, environ, start_response):
                return leaf(environ, start_response)

        class Outer:
            def __init__(self):
                self.site = Site()

            def __call__(self, environ, start_response):
                name = environ["PATH_INFO"].strip("/")
                return getattr(self.site, name)(environ, start_response)

        for urls, expected in (
            ([], ["Outer", "Site", "leaf"]),
            (["/one"], ["Outer", "one", "leaf"]),
            (["/one", "/one", "/__call__"], ["Outer", "one", "leaf"]),
            (["/__call__", "/one"], ["Outer", "one", "Site", "leaf"]),
        ):
            rows, _ = tree.find(Outer(), urls)
            found = [name.rpartition(".")[2] for name in row_names(rows)]
            self.assertEqual(found, expected, urls)

    def test_those_that_the_same_code_makes_for_each_call_stand_within_each_other(self):
        stage = given_roots_app.Makes
        for urls in ["/"], ["/", "/"]:
            rows, _ = tree.find(stage(stage(stage(given_roots_app.leaf))), urls)
            found = [name.rpartition(".")[2] for name in row_names(rows)]
            self.assertEqual(found, ["call", "call", "call", "leaf"])
            self.assertEqual([row["within"] for row in rows], [0, 1, 2, 3])

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


if __name__ == "__main__":
    unittest.main()
