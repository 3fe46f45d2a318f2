"""Telling by what a function does that it is an application."""

from __future__ import annotations

import os
import types
import unittest

from _snifter.stages.finding import holders
from _snifter.stages.finding.scan import Scanner
from _snifter.stages.hooking.swap import hook_of, original_code
from _snifter.stages.reading import acts, declines

from . import tracing

held = shared = os


def status(a, b):
    b("404 Not Found", [])


def looks(a, b):
    b(a["x"], list(a["wsgi.input"]))


def begins(a, b):
    b(a.status, a.headers)


def redirects(a, start_response):
    start_response("303 See Other", [("Location", a)])


def passes(a, b, following=None):
    return following(a, b)


def copies(a, b):
    return held.application(dict(a, x=1), b, 3)[0] or (yield from shared(a.copy(), b))


def wraps(a, b):
    return shared(a, lambda *args: b(*args))  # noqa: PLW0108


def method(self, a, b):
    return self.inner(a, b)


def following(a, b, n):
    return n(a, b, following)


def by_name(a, b):
    return shared(environ=a, start_response=b)


def by_name_reversed(a, b):
    return shared(start_response=b, environ=a)


def runs(a, b, c=None):
    return shared(c, a, b)


class Inherits:
    def inherited(self, a, b):
        return super().inherited(a, b)


def in_a_condition(a, b):
    return shared(a.copy() if held else a, b)


def in_a_context(a, b):
    with held(a), shared:
        return held[0](a, b)


def with_anything(a, b, **more):
    return shared(*(a, b), **more)


def changes_fields(s, h):
    h = [each for each in h if each]
    return shared(s, h)


def pools(a, b, pool=None):
    return pool.submit(shared, a, b)


def pools_in_a_context(self, a, b):
    return self.pool.submit(self.context.run, self.app, a, b).result()


def switches(self, a, b):
    return shared(self.app).switch(a, b)


def spreads(a, b):
    both = (a, b)
    return shared(*both)


def starts_a_thread(self, a, b):
    return held.Thread(target=self.app, args=(a, b))


def applies(self, a, b):
    return self.pool.apply(self.app, (a, b))


def pairs(self, a, b):
    return self.known.get(self.app, (a, b))


def collects(a, b, found=None):
    found.append(shared(a, b))


def collects_in_passing(a, b):
    held.append(shared(a, b))
    return held


def of_a_module(a, b):
    return os.rename(a, b)


def of_builtins(a, b):
    return isinstance(a, b)


def of_the_first(a, b):
    return a.get(a, b)


def of_itself(self, a, b):
    return self(a, b)


def calls_back(a, b):
    return b(a, 1)


def returns_start(a, b):
    def begin(*args):
        return b(*args)

    return begin


def own_start(status, headers):
    return shared(status, headers)


def asks_around(a, b):
    def own(status_line, fields, c=None):
        if "debug" in a["QUERY_STRING"] and "HTTP_X" in a and a.get("REMOTE_USER"):
            fields = [*fields, ("X-Debug", "1")]
        return b(status_line, fields, c)

    return shared(a, own)


def prepares(a, b):
    def begin(one, two, three=None):
        return b(one, [*two, ("X-Prepared", "1")], three)

    return a, begin


def compares(a, b):
    return [a] == [b]


async def waits(a, b):
    return shared(a, b)


FIRM, DOUBTFUL, NONE = True, False, None


class ActsTest(unittest.TestCase):
    def test_what_it_does(self):
        for function, expected in (
            (status, FIRM),
            (looks, FIRM),
            (begins, DOUBTFUL),
            (redirects, DOUBTFUL),
            (passes, DOUBTFUL),
            (copies, DOUBTFUL),
            (wraps, DOUBTFUL),
            (method, DOUBTFUL),
            (following, DOUBTFUL),
            (by_name, DOUBTFUL),
            (by_name_reversed, DOUBTFUL),
            (runs, DOUBTFUL),
            (in_a_condition, DOUBTFUL),
            (in_a_context, DOUBTFUL),
            (with_anything, DOUBTFUL),
            (changes_fields, NONE),
            (pools, DOUBTFUL),
            (pools_in_a_context, DOUBTFUL),
            (switches, DOUBTFUL),
            (spreads, DOUBTFUL),
            (starts_a_thread, DOUBTFUL),
            (applies, DOUBTFUL),
            (pairs, NONE),
            (collects, NONE),
            (collects_in_passing, DOUBTFUL),
            (of_a_module, NONE),
            (of_builtins, NONE),
            (of_the_first, NONE),
            (of_itself, NONE),
            (calls_back, NONE),
            (returns_start, NONE),
            (own_start, NONE),
            (Inherits.inherited, NONE),
            (prepares, NONE),
            (compares, NONE),
            (waits, NONE),
        ):
            code = original_code(function)
            found = acts.of(code)
            told = found.firm if found.place >= 0 else NONE
            self.assertIs(told, expected, function.__name__)
            if found.place >= 0:
                self.assertEqual(code.co_varnames[found.place], "a", function.__name__)
                defaults = len(function.__defaults__ or ())
                self.assertTrue(acts.is_application(code, defaults), function.__name__)

    def test_keys_of_the_environ_around(self):
        """What asks the environ of the application around it is that one's start_response, and an
        application by its own alone."""

        class Keeps:
            def __init__(self, a, b):
                self.environ, self.begin = a, b

            def own(self, status_line, fields, c=None):
                fields = [*fields, ("X-Path", self.environ["PATH_INFO"])]
                return self.begin(status_line, fields, c)

        def asks(a, b):
            return shared(a, b) if a.get("PATH_INFO") else []

        consts = original_code(asks_around).co_consts
        own = next(const for const in consts if isinstance(const, types.CodeType))
        for code in (own, original_code(Keeps.own)):
            self.assertFalse(acts.of(code).firm, code.co_name)
        self.assertTrue(acts.of(original_code(asks)).firm)

    def test_what_declines(self):
        """What is told of a request is none, whatever it calls; what makes a list may answer."""
        code = (
            "def answers(environ, start_response):\n"
            "    page = render(environ); start_response('200 OK', HEADERS)\n"
            "    return page\n"
            "def lists(environ, start_response):\n"
            "    return [each for each in render(environ)]\n"
            "def told(environ, start_response):\n"
            "    page = render(environ); tell(page)\n"
            "def manager(environ, start_response):\n"
            "    yield\n"
            "def wrapped(environ, start_response):\n"
            "    return lambda *args: start_response(*args)\n"
            "def two(environ, start_response):\n"
            "    return dict(environ), start_response\n"
            "def in_two_ways(environ, start_response):\n"
            "    def start(*args):\n"
            "        return start_response(*args)\n"
            "    if 'HTTP_X' in environ:\n"
            "        return copy(environ), start\n"
            "    return environ, start_response\n"
            "def two_blocks(environ, start_response):\n"
            "    block = render(environ); start_response('200 OK', HEADERS)\n"
            "    return block, render(environ)\n"
            "def makes_blocks(environ, start_response):\n"
            "    def blocks():\n"
            "        yield render(environ)\n"
            "    return blocks()\n"
            "def makes_a_body(environ, start_response):\n"
            "    class Body:\n"
            "        def __iter__(self):\n"
            "            return render(environ)\n"
            "    return Body()\n"
            "def looks(environ, start_response):\n"
            "    return any(render(key) for key in environ)\n"
        )
        functions = {}
        exec(compile(code, "/x/own.py", "exec"), functions)
        for name, expected in (
            ("answers", False),
            ("lists", False),
            ("told", True),
            ("manager", True),
            ("wrapped", True),
            ("two", True),
            ("in_two_ways", True),
            ("two_blocks", False),
            ("makes_blocks", False),
            ("makes_a_body", False),
            ("looks", True),
        ):
            self.assertIs(declines.declines(functions[name].__code__), expected, name)

    def test_what_it_must_be_given(self):
        def responds(a, b, body):
            b("200 OK", [])
            return [body]

        self.assertFalse(acts.is_application(original_code(responds), 0))
        self.assertTrue(acts.is_application(original_code(responds), 1))
        self.assertTrue(acts.is_application(original_code(following), 0))

    def test_libraries_are_not_judged(self):
        code = original_code(status).replace(co_filename="/x/lib/site-packages/library.py")
        self.assertFalse(acts.is_application(code, 0))
        module = types.ModuleType("library")
        module.library = types.FunctionType(code, vars(module))
        module.own = types.FunctionType(original_code(status).replace(), vars(module))
        Scanner().scan_modules([module])
        self.assertIsNone(hook_of(module.library))
        self.assertIsNotNone(hook_of(module.own))

    def test_what_never_answers_is_no_application_whatever_its_name(self):
        """An interface tells of a method by an object that can be called, and raises."""

        class Told:
            def __call__(self, *args, **kwargs):
                raise NotImplementedError(self)

        class Given:
            def __call__(self, *args, **kwargs):
                return status(*args, **kwargs)

        for kind in (Told, Given):
            function = kind.__call__
            function.__code__ = function.__code__.replace(
                co_filename="/x/lib/site-packages/library.py"
            )

        class Response:
            told_app = Told()

            def __init__(self, given_app=None):
                self.given_app = given_app

            def __call__(self, environ, start_response):
                return []

        self.assertEqual(holders.nearest(Response()), [])
        given = Given()
        self.assertEqual(holders.nearest(Response(given)), [("given_app", given)])

    def test_what_a_library_has_made_an_application_of(self):
        """The function bears the name of another, which has other parameters."""
        code = (
            "import functools\n"
            "def adapt(view):\n"
            "    @functools.wraps(view)\n"
            "    def application(environ, start_response):\n"
            "        start_response('200 OK', [])\n"
            "        return [view(environ)]\n"
            "    return application\n"
            "def adapt_method(view):\n"
            "    @functools.wraps(view)\n"
            "    def application(self, environ, start_response):\n"
            "        start_response('200 OK', [])\n"
            "        return [view(self, environ)]\n"
            "    return application\n"
        )
        library = {}
        exec(compile(code, "/x/lib/site-packages/library.py", "exec"), library)
        adapt, adapt_method = library["adapt"], library["adapt_method"]

        @adapt
        def view(request):
            return b"view"

        class Site:
            @adapt_method
            def page(self, request):
                return b"page"

        def application(environ, start_response):
            return view(environ, start_response) + Site().page(environ, start_response)

        with tracing.traced() as tracer:
            for _ in range(2):  # it is known by then
                self.assertEqual(tracing.ask(application)[1:], ([b"view", b"page"], None))
        self.assertEqual(
            [name.rpartition(".")[2] for name in tracer.names()],
            ["application", "view", "page"] * 2,
        )


class SuspectsTest(unittest.TestCase):
    def test_called_by_others(self):
        """What is called often, and by no server, is left alone; the other stays a stage."""

        def leaf(a, b):
            b("200 OK", [])
            return [b""]

        class Both:
            def __init__(self, following):
                self.following = following

            def serve(self, a, b):
                return self.following(a, b)

            def apply(self, a, b):
                return self.following(a, b)

        both, pair = Both(leaf), Both(lambda a, b: (a, b))
        before = original_code(Both.apply)
        with tracing.traced() as tracer:
            self.assertIsNotNone(hook_of(Both.apply))
            tracing.ask(both.serve)
            for number in range(200):
                self.assertEqual(pair.apply(number, 1), (number, 1))
                self.assertEqual(pair.serve(number, 1), (number, 1))
            tracing.ask(both.serve)
            Scanner().scan()
        self.assertIsNone(hook_of(Both.apply))
        self.assertIs(Both.apply.__code__, before)
        names = [name.rpartition(".")[2] for name in tracer.names()]
        self.assertEqual(names, ["serve", "leaf", "serve", "leaf"])


if __name__ == "__main__":
    unittest.main()
