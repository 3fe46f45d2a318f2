"""Stages that call what is within them by the names of its arguments."""

from __future__ import annotations

import os
import tempfile
import textwrap
import unittest

from .stepping import Stepping

_APP = """
    import functools
    import gc
    import threading
    import weakref
    from concurrent.futures import ThreadPoolExecutor

    def leaf(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"a leaf"]

    class Stage:
        def __init__(self, app):
            self.app = app

        def __call__(self, environ, start_response):
            return self.app(environ, start_response)

    class Named(Stage):
        def __call__(self, environ, start_response):
            return self.app(environ=environ, start_response=start_response)

    class OneNamed(Stage):
        def __call__(self, environ, start_response):
            return self.app(environ, start_response=start_response)

    class Yields(Stage):
        def __call__(self, environ, start_response):
            yield from self.app(environ=environ, start_response=start_response)

    class Answers(Stage):
        def __call__(self, environ, start_response):
            if environ["PATH_INFO"] == "/":
                return leaf(environ, start_response)
            return self.app(environ=environ, start_response=start_response)

    class Refuses(Stage):
        def __call__(self, environ, start_response):
            if environ["PATH_INFO"] == "/":
                start_response("200 OK", [("Content-Type", "text/plain")])
                return [b"a leaf"]
            return self.app(environ=environ, start_response=start_response)

    class Odd(Stage):
        def __call__(self, e, s):
            return self.app(environ=e, start_response=s)

    class OddYields(Stage):
        def __call__(self, e, s):
            yield from self.app(e, start_response=s)

    class OddLooks(Stage):
        def __call__(self, e, s):
            if "REQUEST_METHOD" not in e:
                return []
            return self.app(start_response=s, environ=e)

    class OddRelays(Stage):
        def __call__(self, e, s):
            def begin(status, headers, exc_info=None):
                return s(status, headers)
            return self.app(environ=e, start_response=begin)

    class OddCopies(Stage):
        def __call__(self, e, s):
            copy = dict(e)
            return self.app(environ=copy, start_response=s)

    class OddCopiesLater(Stage):
        def __call__(self, e, s):
            copy = dict(e)
            return self.app(start_response=s, environ=copy)

    class OddPlaces(Stage):
        def __call__(self, e, s):
            return self.app(e, s)

    def odd_function(app):
        def function(e, s):
            return app(environ=e, start_response=s)
        return function

    class Threads(Stage):
        def __call__(self, environ, start_response):
            found = []
            def run(environ, start_response):
                found.append(self.app(environ, start_response))
            thread = threading.Thread(target=run, args=(environ, start_response))
            thread.start()
            thread.join()
            return found[0]

    class Either(Stage):
        def __call__(self, environ, start_response):
            if environ["PATH_INFO"] == "/":
                return leaf(environ=environ, start_response=start_response)
            return self.app(environ, start_response)

    class Both(Stage):
        def __call__(self, environ, start_response):
            self.app(environ, lambda *given: None)
            return self.app(environ=environ, start_response=start_response)

    class InADict(Stage):
        def __call__(self, environ, start_response):
            named = {"environ": environ, "start_response": start_response}
            return self.app(**named)

    class InDicts(Stage):
        def __call__(self, environ, start_response):
            more = dict(start_response=start_response)
            return self.app(**{"environ": environ}, **more)

    class Partly(Stage):
        def __call__(self, environ, start_response):
            return functools.partial(self.app, environ=environ)(start_response=start_response)

    class AtOnce(Stage):
        def __call__(self, environ, start_response):
            app = functools.partial(self.app, environ=environ, start_response=start_response)
            return app()

    class Filled(Stage):
        def __call__(self, environ, start_response):
            named = {"environ": environ}
            named["start_response"] = start_response
            return self.app(**named)

    class Updated(Stage):
        def __call__(self, environ, start_response):
            named = dict(environ=environ)
            named.update(start_response=start_response)
            return self.app(**named)

    class Completed(Stage):
        def __call__(self, environ, start_response):
            named = dict()
            named.setdefault("environ", environ)
            named.update({"start_response": start_response})
            return self.app(**named)

    class TakenOut(Stage):
        def __call__(self, environ, start_response):
            named = {"environ": environ}
            named["start_response"] = start_response
            environ, start_response = named.pop("environ"), named.pop("start_response")
            return self.app(environ, start_response, **named)

    class Bound(Stage):
        def __call__(self, environ, start_response):
            self.noted = {"start_response": start_response}
            more = {}
            return functools.partial(self.app, environ, start_response)(**more)

    class InAThread(Stage):
        def __call__(self, environ, start_response):
            found = []
            def run():
                found.append(self.app(environ=environ, start_response=start_response))
            thread = threading.Thread(target=run)
            thread.start()
            thread.join()
            return found[0]

    class InAPool(Stage):
        def __call__(self, environ, start_response):
            with ThreadPoolExecutor(1) as pool:
                given = pool.submit(self.app, environ=environ, start_response=start_response)
                return given.result()

    class PoolsInPlaces(Stage):
        def __call__(self, environ, start_response):
            with ThreadPoolExecutor(1) as pool:
                return pool.submit(self.app, environ, start_response).result()

    class Later(Stage):
        def __call__(self, environ, start_response):
            def go():
                return self.app(environ=environ, start_response=start_response)
            return go()

    class Captures(Stage):
        def __call__(self, environ, start_response):
            found = []
            body = self.app(environ=environ, start_response=lambda *given: found.append(given))
            start_response(*found[0])
            return body

    class Helped(Stage):
        def __call__(self, environ, start_response):
            return self.go(environ, start_response)

        def go(self, e, s):
            return self.app(environ=e, start_response=s)

    def ask(app, request):
        return app(environ=request[0], start_response=request[1])

    class Delegates(Stage):
        def __call__(self, environ, start_response):
            return ask(self.app, (environ, start_response))

    class Page:
        def __init__(self, environ, start_response):
            self.environ, self.start_response = environ, start_response

        def __iter__(self):
            return iter(leaf(environ=self.environ, start_response=self.start_response))

    def local_page():
        class Page:
            def __init__(self, environ, start_response):
                self.environ, self.start_response = environ, start_response

            def __iter__(self):
                yield from leaf(environ=self.environ, start_response=self.start_response)
        return Page

    class InPlaces(Stage):
        def __call__(self, *args):
            return self.app(*args)

    class Notes(Stage):
        def __call__(self, environ, start_response):
            self.noted = noted = {"environ": environ, "start_response": start_response}
            return self.app(*noted.values())

    def note(**kw):
        return None

    def again(function, *args, **kwargs):
        return function(*args, **kwargs)

    class NotesByName(Stage):
        def __call__(self, environ, start_response):
            note(environ=environ, start_response=start_response)
            return again(self.app, environ, start_response)

    class PoolsNoted(Stage):
        def __call__(self, environ, start_response):
            noted = dict(environ=environ, start_response=start_response)
            with ThreadPoolExecutor(1) as pool:
                return [*pool.map(self.app, [noted["environ"]], [noted["start_response"]])][0]

    class HasLocals(Stage):
        def __call__(self, environ, start_response):
            app = self.app
            known = locals()
            given = {key: known[key] for key in ("environ", "start_response")}
            body = app(**given)
            assert "body" not in known and "given" not in known
            return body

    class Held:
        pass

    class Drops(Stage):
        def __call__(self, environ, start_response):
            noted = {"environ": environ, "start_response": start_response}
            held = Held()
            known = weakref.ref(held)
            body = self.app(*noted.values(), **{})
            del held
            gc.collect()
            assert known() is None
            return body

    class PassesOn(Stage):
        def __call__(self, *args, **named):
            return self.app(*args, **named)

    class Asks(Stage):
        def __call__(self, environ, start_response):
            return self.chosen(environ=environ)(environ, start_response)

        def chosen(self, environ):
            return self.app

    class GivesHelp(Stage):
        def __call__(self, environ, start_response):
            return self.go(start_response=start_response, environ=environ)

        def go(self, environ, start_response):
            return self.app(environ, start_response)

    either = Stage(Either(leaf))
    both = Stage(Both(leaf))
    in_a_dict = Stage(InADict(leaf))
    in_dicts = Stage(InDicts(Stage(leaf)))
    partly = Stage(Partly(leaf))
    at_once = Stage(AtOnce(leaf))
    filled = Stage(Filled(leaf))
    updated = Stage(Updated(leaf))
    completed = Stage(Completed(leaf))
    taken_out = Stage(TakenOut(leaf))
    bound = Stage(Bound(leaf))
    in_a_thread = Stage(InAThread(leaf))
    in_a_pool = Stage(InAPool(leaf))
    pools_in_places = Stage(PoolsInPlaces(Stage(leaf)))
    later = Stage(Later(leaf))
    captures = Stage(Captures(leaf))
    helped = Stage(Helped(leaf))
    delegates = Stage(Delegates(leaf))
    page = Stage(Page)
    local_page = Stage(local_page())
    passed_on = Stage(Named(PassesOn(PassesOn(leaf))))
    notes = Stage(Notes(leaf))
    drops = Stage(Drops(leaf))
    notes_by_name = Stage(NotesByName(leaf))
    pools_noted = Stage(PoolsNoted(leaf))
    has_locals = Stage(HasLocals(leaf))
    in_places = Stage(PassesOn(InPlaces(leaf)))
    asks = Stage(Asks(leaf))
    gives_help = Stage(GivesHelp(leaf))
    named = Stage(Named(Stage(leaf)))
    one_named = Stage(OneNamed(leaf))
    yields = Stage(Yields(leaf))
    outermost = Named(Stage(leaf))
    answers = Stage(Answers(leaf))
    refuses = Stage(Refuses(leaf))
    threads = Stage(Threads(leaf))
    odd = Stage(Odd(Stage(leaf)))
    odd_outermost = Odd(leaf)
    odd_yields = Stage(OddYields(leaf))
    odd_looks = Stage(OddLooks(leaf))
    odd_relays = Stage(OddRelays(leaf))
    odd_copies = Stage(OddCopies(leaf))
    odd_copies_later = Stage(OddCopiesLater(leaf))
    odd_places = Stage(OddPlaces(leaf))
    odd_function = Stage(odd_function(leaf))
"""


class NamedTest(unittest.TestCase):
    def blamed(self, attr):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        with open(os.path.join(folder.name, "named.py"), "w") as f:
            f.write(textwrap.dedent(_APP))
        plan = {"kind": "module", "module": "named", "attr": attr, "sys_path": [folder.name]}
        server = Stepping(plan)
        self.addCleanup(server.close)
        server.ready()
        told = []
        for number in range(1, 5):
            server.request(number)
            answer = server.end(number)
            self.assertEqual((answer.body, answer.exceptions), (b"a leaf", []))
            told.append(answer.blamed)
        self.assertEqual(server.printed, b"")
        self.assertEqual(told, [told[0]] * len(told))
        return told[0]

    def test_who_calls_by_name(self):
        for attr, stage in ("named", 2), ("one_named", 2), ("yields", 2), ("outermost", 1):
            with self.subTest(attr):
                self.assertEqual(self.blamed(attr), [(stage, "application-keywords")])

    def test_who_calls_by_name_at_times(self):
        for attr in "either", "both":
            with self.subTest(attr):
                self.assertEqual(self.blamed(attr), [(2, "application-keywords")])

    def test_the_ways_to_name_them(self):
        for attr in "in_a_dict", "in_dicts", "partly", "at_once", "passed_on", "captures":
            with self.subTest(attr):
                self.assertEqual(self.blamed(attr), [(2, "application-keywords")])

    def test_a_dict_that_is_filled(self):
        for attr in "filled", "updated", "completed", "has_locals":
            with self.subTest(attr):
                self.assertEqual(self.blamed(attr), [(2, "application-keywords")])

    def test_in_threads(self):
        for attr in "in_a_thread", "in_a_pool":
            with self.subTest(attr):
                self.assertEqual(self.blamed(attr), [(2, "application-keywords")])

    def test_who_calls_elsewhere_than_in_its_call(self):
        for attr in "later", "helped", "delegates", "page", "local_page":
            with self.subTest(attr):
                self.assertEqual(self.blamed(attr), [(2, "application-keywords")])

    def test_whose_parameters_have_odd_names(self):
        for attr, stage in (
            ("odd", 2),
            ("odd_outermost", 1),
            ("odd_yields", 2),
            ("odd_looks", 2),
            ("odd_relays", 2),
            ("odd_function", 2),
            ("odd_copies", 2),
            ("odd_copies_later", 2),
        ):
            with self.subTest(attr):
                self.assertEqual(self.blamed(attr), [(stage, "application-keywords")])

    def test_who_does_not(self):
        by_place = "threads", "pools_in_places", "odd_places", "in_places", "notes", "asks"
        noted = "notes_by_name", "pools_noted", "drops", "taken_out", "bound"
        for attr in ("answers", "refuses", "gives_help", *by_place, *noted):
            with self.subTest(attr):
                self.assertEqual(self.blamed(attr), [])


if __name__ == "__main__":
    unittest.main()
