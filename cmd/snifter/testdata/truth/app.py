"""Stacks of stages made by chance, which do to a request what stages do, and note it.

POST /7 goes through the stack of that number; GET /truth tells what was noted of the last request.
"""

import inspect
import json
import random
import sys

from notes import NOTES, Failure, begin

SEED = 3333
STACKS = 60
NAMES = ("X-A", "x-a", "X-B", "Set-Cookie")


class Plan:
    """What a stage is going to do."""

    def __init__(self, number, last, chance):
        #: Its index: the outermost, which is `app`, is 1.
        self.number = number + 1
        choose = chance.choice
        self.copies = choose((False, True)) and not last
        #: Those with a hyphen are removed.
        keys = chance.sample(["k1", "k2", "k3", f"own{number}"], choose((0, 1, 2)))
        self.keys = [choose(("", "", "-")) + key for key in keys]
        self.marks = choose((False, False, True)) and not self.copies
        self.sizes = choose(((), (), (3,), (4, 9), (100,)))
        self.status = choose((None, None, f"201 By {number}", f"404 By {number}"))
        self.fields = [
            (choose(("add", "first", "drop", "more")), choose(NAMES), f"v{number}.{n}")
            for n in range(choose((0, 1, 2, 3)))
        ]
        self.starts = choose(("passes", "wraps", "wraps"))
        self.gives = choose(("same", "list", "relays", "iterates"))
        self.makes = choose(("same", "copies", "capitals", "more"))
        self.closes = choose((True, True, True, False))
        self.fails = choose((None,) * 9 + ("call", "iterate"))
        self.catches = choose((False, False, True))
        self.blocks = [
            self.words(10 * n, choose((1, 3, 5))) for n in range(choose((0, 1, 2, 4)))
        ]

    def words(self, start, count):
        return b"".join(b"s%dw%d " % (self.number, 100 + n) for n in range(start, start + count))

    def hands(self, note, environ):
        """The environ that is handed on."""
        environ = dict(environ) if self.copies else environ
        for key in self.keys:
            note.sets(environ, key.strip("-"), None if key[0] == "-" else f"by {self.number}")
        for size in self.sizes:
            note.reads_of(environ["wsgi.input"], size)
        return environ

    def headers(self, headers):
        for act, name, value in self.fields:
            if act == "add":
                headers = [*headers, (name, value)]
            elif act == "first":
                headers = [(name, value), *headers]
            elif act == "drop":
                headers = [each for each in headers if each[0].lower() != name.lower()]
            else:
                headers = [(n, v + "; " + value) if n == name else (n, v) for n, v in headers]
        return headers

    def starting(self, note, app, start_response):
        """The start_response that is handed on."""
        note.calls(self.starts == "passes", inspect.isgeneratorfunction(app))
        if self.starts == "passes":
            return start_response

        def begin(status, headers, exc_info=None):
            status, headers = self.status or status, self.headers(headers)
            note.starts(status, headers)
            write = start_response(status, headers, exc_info)
            return lambda block: write(note.gives(block, "write"))

        return begin

    def makes_of(self, note, block):
        if self.makes == "copies":
            block = bytes(bytearray(block))
        elif self.makes == "capitals":
            block = note.capitals(block)
        elif self.makes == "more":
            block += self.words(500, 1)
        return note.gives(block)

    def may_raise(self, note, where):
        if self.fails == where:
            note.raises()

    def note(self):
        """What is noted of the stage, which was called."""
        note = NOTES.outermost
        while note.index < self.number:
            note = note.inner
        return note

    def begins(self, note, start_response, exc_info=None):
        """It answers itself."""
        status = self.status or "200 OK"
        headers = self.headers([("Content-Type", f"text/x{self.number}")])
        note.starts(status, headers)
        return start_response(status, headers, exc_info)


def relayed(plan, note, body, environ):
    with note.at("iterate"):
        try:
            for block in body:
                if plan.marks:
                    note.sets(environ, f"mark{plan.number}", "iterated")
                plan.may_raise(note, "iterate")
                yield plan.makes_of(note, block)
        finally:
            if plan.closes:
                note.closes(body)


class Iterated:
    """A body that is an iterator, with a close()."""

    def __init__(self, plan, note, body, environ):
        self.plan, self.note, self.body, self.environ = plan, note, body, environ
        self.blocks = iter(body)
        if plan.closes:
            self.close = lambda: note.closes(body)
        note.closable = plan.closes

    def __iter__(self):
        return self

    def __next__(self):
        with self.note.at("iterate"):
            block = next(self.blocks)
            if self.plan.marks:
                self.note.sets(self.environ, f"mark{self.plan.number}", "iterated")
            self.plan.may_raise(self.note, "iterate")
            return self.plan.makes_of(self.note, block)


def gives(plan, note, body, environ):
    """What a stage returns of the body that it got."""
    if plan.gives == "same":
        return note.gives_on(body)
    if plan.gives == "relays":
        note.generated()
        return relayed(plan, note, body, environ)
    if plan.gives == "iterates":
        return Iterated(plan, note, body, environ)
    try:
        return [plan.makes_of(note, block) for block in list(body)]
    finally:
        if plan.closes:
            note.closes(body)


def function(plan, app):
    def calls(environ, start_response):
        note = plan.note()
        with note.at("call"):
            handed = plan.hands(note, environ)
            begin = plan.starting(note, app, start_response)
            if not plan.catches:
                body = app(handed, begin)
            else:
                try:
                    body = app(handed, begin)
                except Failure:
                    plan.begins(note, start_response, sys.exc_info())
                    return note.gives_all([plan.words(700, 1)])
            plan.may_raise(note, "call")
            return gives(plan, note, body, handed)

    return calls


class Method:
    def __init__(self, plan, app):
        self.plan, self.app = plan, app

    def __call__(self, environ, start_response):
        plan, note = self.plan, self.plan.note()
        with note.at("call"):
            handed = plan.hands(note, environ)
            body = self.app(handed, plan.starting(note, self.app, start_response))
            if plan.marks:
                note.sets(environ, f"after{plan.number}", "called")
            plan.may_raise(note, "call")
            return gives(plan, note, body, handed)


def generator(plan, app):
    def generates(environ, start_response):
        note = plan.note()
        with note.at("iterate"):
            body = app(plan.hands(note, environ), plan.starting(note, app, start_response))
            try:
                for block in body:
                    if plan.marks:
                        note.sets(environ, f"mark{plan.number}", "generated")
                    plan.may_raise(note, "iterate")
                    yield plan.makes_of(note, block)
            finally:
                if plan.closes:
                    note.closes(body)

    return generates


def page(plan, app):
    class Page:
        """An application class."""

        def __init__(self, environ, start_response):
            self.environ, self.start_response = environ, start_response

        def __iter__(self):
            note = plan.note()
            with note.at("iterate"):
                begin = plan.starting(note, app, self.start_response)
                body = app(plan.hands(note, self.environ), begin)
                for block in body:
                    plan.may_raise(note, "iterate")
                    yield plan.makes_of(note, block)
                if plan.closes:
                    note.closes(body)

    return Page


def lists(plan, writes):
    def answers(environ, start_response):
        note = plan.note()
        with note.at("call"):
            plan.hands(note, environ)
            plan.may_raise(note, "call")
            write = plan.begins(note, start_response)
            blocks = plan.blocks
            if writes:
                for block in blocks[:1]:
                    write(note.gives(block, "write"))
                blocks = blocks[1:]
            return note.gives_all(tuple(blocks) if plan.copies else blocks)

    return answers


def yields(plan, writes):
    def answers(environ, start_response):
        note = plan.note()
        with note.at("iterate"):
            plan.hands(note, environ)
            plan.begins(note, start_response)
            if plan.marks:
                note.sets(environ, f"mark{plan.number}", "begun")
            for block in plan.blocks:
                yield note.gives(block)
                plan.may_raise(note, "iterate")

    return answers


def steps(plan, writes):
    class Steps:
        """An application class that is its own iterator."""

        def __init__(self, environ, start_response):
            self.note = plan.note()
            with self.note.at("call"):
                plan.hands(self.note, environ)
                plan.may_raise(self.note, "call")
                plan.begins(self.note, start_response)
            self.note.closable = True
            self.blocks, self.environ = iter(plan.blocks), environ

        def __iter__(self):
            return self

        def __next__(self):
            with self.note.at("iterate"):
                block = next(self.blocks)
                plan.may_raise(self.note, "iterate")
                return self.note.gives(block)

        def close(self):
            pass

    return Steps


def made(number):
    chance = random.Random(f"{SEED}/{number}")
    depth = chance.randint(1, 7)
    plans = [Plan(n, n == depth, chance) for n in range(1, depth + 1)]
    last = plans.pop()
    # What was written can't be replaced by who catches what is raised then.
    writes = not any(plan.catches for plan in plans) and chance.choice((True, False))
    app = chance.choice((lists, yields, steps))(last, writes)
    while plans:
        app = chance.choice((function, function, Method, generator, page))(plans.pop(), app)
    return app


APPS = {f"/{number}": made(number) for number in range(STACKS)}


def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/truth":
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(NOTES.told()).encode()]
    begin()
    note = NOTES.outermost
    stack = APPS[path]
    note.calls(True, inspect.isgeneratorfunction(stack))
    with note.at("call"):
        return note.gives_on(stack(environ, start_response))
