"""Where in a stack a stage does something wrong; the others there do all they should.

The path names what is done and where: /late/middle.
"""

import io

PLAIN = [("Content-Type", "text/plain")]
#: What is to be found at each path: "rule stage".
FOUND = {}
FAULTS = {}
STACKS = {}


class Request:
    """What a stage that does something wrong is called with, and the stage within it, if any."""

    def __init__(self, environ, start, within):
        self.environ, self.start, self.within = environ, start, within

    def answer(self, start=None):
        """Have the stage within answer, or answer in its place."""
        start = start or self.start
        if self.within is not None:
            return self.within(self.environ, start)
        start("200 OK", PLAIN[:])
        return [b"one", b"two"]

    def discard(self):
        """Have the stage within answer, if there is one, and throw that away as one should."""
        if self.within is not None:
            shut(self.within(self.environ, lambda *args: None))


def shut(body):
    close = getattr(body, "close", None)
    if close is not None:
        close()


# Stages that do all they should.


class Stage:
    def __init__(self, app):
        self.app = app


class Good(Stage):
    """Adds a header, gives what it gets by an iterable of its own, and closes what it was given."""

    def __call__(self, environ, start_response):
        def start(status, headers, exc_info=None):
            return start_response(status, [*headers, ("X-Good", "1")], exc_info)

        return Passing(self.app(environ, start))


class Through(Stage):
    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


class Passing:
    def __init__(self, body, blocks=None):
        self.body, self.blocks = body, iter(body if blocks is None else blocks)

    def __iter__(self):
        return self

    def __next__(self):
        return next(self.blocks)

    def close(self):
        shut(self.body)


def three(environ, start_response):
    start_response("200 OK", PLAIN[:])
    return Passing([b"one", b"two", b"three"])


def whole(environ, start_response):
    start_response("200 OK", PLAIN[:])
    return [b"one", b"two", b"three"]


def lazy(environ, start_response):
    start_response("200 OK", PLAIN[:])
    yield b"one"
    yield b"two"


def filed(environ, start_response):
    start_response("200 OK", PLAIN[:])
    return environ["wsgi.file_wrapper"](io.BytesIO(b"in a file"))


# Where a fault is.


class Faulty:
    def __init__(self, app, fault):
        self.app, self.fault = app, fault

    def __call__(self, environ, start_response):
        return self.fault(Request(environ, start_response, self.app))


#: What is within the outermost stage when that is at fault.
WITHIN = {"alone": None, "outermost": Good(Through(three)), "of_list": Through(whole)}
#: The stacks around the one that is at fault.
AROUND = {
    "middle": lambda fault: Good(Faulty(Through(three), fault)),
    "of_lazy": lambda fault: Through(Faulty(lazy, fault)),
    "middle_of_list": lambda fault: Through(Faulty(Good(whole), fault)),
    "innermost": lambda fault: Good(Through(Faulty(None, fault))),
    "passed_on": lambda fault: Through(Faulty(None, fault)),
}
ANSWERS = ("alone", "innermost", "passed_on")
PASSES = ("outermost", "of_list", "middle", "of_lazy", "middle_of_list")


def fault(name, *rules, at=(*WITHIN, *AROUND), **found):
    """The decorated function breaks the rules at these places; or those that are given by place."""

    def add(do):
        FAULTS[name] = do
        for place in at:
            path = f"{name}/{place}"
            if place in AROUND:
                STACKS[path] = AROUND[place](do)
            stage = "app" if place in WITHIN else "Faulty"
            told = found.get(place, rules)
            FOUND[path] = sorted(each if " " in each else f"{each} {stage}" for each in told)
        return do

    return add


def app(environ, start_response):
    path = environ["PATH_INFO"][1:]
    name, _, place = path.partition("/")
    if place in WITHIN:
        return FAULTS[name](Request(environ, start_response, WITHIN[place]))
    return STACKS[path](environ, start_response)
