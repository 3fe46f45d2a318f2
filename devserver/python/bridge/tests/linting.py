"""What a checker looks at, and a request through two stages, for tests of what is found."""

from __future__ import annotations

import io
import unittest

from _snifter.findings import RULES
from _snifter.rules import CONTENT_LENGTH
from _snifter.stages.checking.lint import Checker
from _snifter.stages.names import Stage

from .tracing import environ

PLAIN = [("Content-Type", "text/plain")]


class Exchange:
    """What a checker looks at of an exchange."""

    def __init__(self):
        self.no_body = self.gone = self.failed = False
        self.told = self.status = None
        self.blocks = self.started = 0
        self.given_headers = None
        self.headers = []
        self.record = Record(None)


class Call:
    """What a checker looks at of a call."""

    stage = Stage("application", "wsgi", ("", 0))
    usual = False
    due = lint = None
    gave = -1
    body = 0

    def __init__(self, checker, index, parent):
        self.index, self.parent = index, parent
        self.environ = environ()
        self.record = Record(checker)


class Record:
    earlier = ()

    def __init__(self, checker):
        self.lint = checker
        self.events = []


class LintCase(unittest.TestCase):
    """A request that passes two stages, and what is found of it."""

    def setUp(self):
        self.found = []
        #: Of which header each of those is.
        self.headers = []
        self.exchange = Exchange()
        self.exchange.report = self.report
        self.checker = Checker()
        self.checker.begin(self.exchange)
        #: The stages 2 and 3 of a request, the one within the other.
        self.calls = [Call(self.checker, 2, None)]
        self.outer = self.checker.of(self.calls[0])
        self.inner = self.enter(3)
        self.within = []

    def enter(self, index):
        """The pass of another stage within the outer one."""
        self.calls.append(Call(self.checker, index, self.calls[0]))
        self.checker.enter(self.calls[-1])
        return self.checker.of(self.calls[-1])

    def enter_within(self):
        """The pass of a stage within the inner one, which returns its body."""
        made = self.enter(4)
        self.within.append(made)
        made.exit([b"one"])
        self.inner.exit([b"one"], made)
        return made

    def report(self, stage, rule, message, pep, header):
        self.assertEqual(pep, CONTENT_LENGTH if header == "Content-Length" else RULES[rule])
        self.found.append((stage, rule))
        self.headers.append(header)

    def start(self, status="200 OK", headers=None, *more, stages=None, **keywords):
        """The inner stage calls start_response, and the outer one passes that on."""
        headers = PLAIN[:] if headers is None else headers
        for stage in stages or (self.inner, self.outer):
            stage.start_response((status, headers, *more), keywords)

    def give(self, *blocks):
        """A block comes out, through both."""
        for block in blocks:
            for stage in (*self.within, self.inner, self.outer):
                stage.chunk(block)
            self.exchange.blocks += 1

    def body(self):
        """Both return what is to be closed."""
        self.inner.exit(iter_and_close())
        self.outer.exit(iter_and_close())

    def over(self):
        """Both are exhausted, closed, and the request is over."""
        self.inner.exhausted()
        self.outer.exhausted()
        self.outer.close()
        self.inner.close()
        self.checker.end()

    def whole(self, *arguments, blocks=(b"one", b"two"), **keywords):
        """A whole request."""
        self.start(*arguments, **keywords)
        self.body()
        self.give(*blocks)
        self.over()


def iter_and_close():
    """A body that is no list, and is to be closed."""
    return io.BytesIO()
