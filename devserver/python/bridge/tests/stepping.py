"""The server's end of a worker whose requests stop at boundaries, for tests."""

from __future__ import annotations

import os
import socket
import unittest
from collections import Counter
from marshal import dumps, loads

from _snifter import frames
from _snifter.stages.events import (
    AGAIN,
    CHUNK,
    CLOSE,
    ELSEWHERE,
    ENTER,
    ENVIRON_CHANGED,
    EXIT,
    GIVEN,
    GOT,
    LAYER_LEFT,
    LAZY,
    LEFT,
    PAUSED,
    SHUT,
    SPENT,
    START_RESPONSE,
    WRITE,
)

from .forked import Forked
from .server import PATIENCE, ends


class Stopped:
    """A request that is stopped: its number, the index of the stage, and the state."""

    def __init__(self, number, index, state):
        self.number = number
        self.index = index
        self.state = state

    def __getattr__(self, name):
        return self.state[name]

    def __repr__(self):
        return f"<{self.number} at {self.index}:{self.boundary} {self.trouble}>"


class Answer:
    """What came of a request: the whole response, and what was told of it."""

    def __init__(self):
        self.status = None
        self.headers = None
        self.blocks = []
        self.exceptions = []
        #: The same: in which stage, as far as that is told.
        self.raised_in = []
        self.findings = []
        #: The same: which stage has broken which rule.
        self.blamed = []
        self.events = []
        #: How many pauses had been told when a block came.
        self.pauses = []
        self.texts = b""
        self.broken = False

    @property
    def body(self):
        return b"".join(self.blocks)

    @property
    def has_begun(self):
        """Something was given, or written to wsgi.errors."""
        return bool(self.blocks or self.texts)

    def each(self):
        """The events, one by one, as the server tells them: Spent once all is over."""
        told, spent = [], {}
        for event in with_own(self.events):
            if event[0] != SPENT:
                told.append(event)
            elif event[1] != 1:
                spent[event[1]] = event
            else:
                at = event[2]
                told += [(SPENT, index, at, *times) for _, index, _, *times in spent.values()]
                told.append(event)
        return told

    def of(self, kind):
        """The events of a kind."""
        return [event for event in with_own(self.events) if event[0] == kind]


def with_own(events):
    """The events one by one. Spent tells what time was a stage's own, as the server reckons it:
    without that of those within it."""
    found = [*one_by_one(events)]
    spent = {event[1]: event for event in found if event[0] == SPENT}
    own = {index: event[3] - event[4] for index, event in spent.items()}
    elsewhere = {event[3]: event[4] for event in found if event[0] == ELSEWHERE and event[1] == 1}
    late = Counter()
    for event in found:
        if event[0] == ELSEWHERE and event[1] > 1:
            late[event[1]] += event[4]
    for event in found:
        if event[0] == ENTER and event[1] in spent and event[3] in own:
            own[event[3]] -= spent[event[1]][3] - elsewhere.get(event[1], 0)
    for event in found:
        if event[0] == SPENT:
            more = late[event[1]]
            yield (*event[:3], event[3] + more, max(own[event[1]] + more, 0), *event[5:])
        elif event[0] != ELSEWHERE:
            yield event


def one_by_one(events):
    """The events without those that tell of several at once, or of the same again."""
    newest, count, head = (), {}, ()
    for event in events:
        if event[0] in (WRITE, CHUNK, GOT):
            nth = count[event[1]] = count.get(event[1], -1) + 1
            same = event[4] is None and event[5] >= 0
            newest = event[3], None, *(event[5:] if same else (event[1], nth))
            yield event
        elif event[0] == AGAIN:
            count[event[1]] = count.get(event[1], -1) + 1
            yield (CHUNK, *event[1:], *newest)
        elif event[0] == START_RESPONSE and len(event) > 6:
            for index in (event[1], *filter(None, event[6])):
                yield (START_RESPONSE, index, *event[2:6])
        elif event[0] == GIVEN:
            _, index, at, within, stage, key, value = event
            yield (ENVIRON_CHANGED, within, at, {key: value}, {}, [], False)
            yield (ENTER, index, at, within, stage, False)
        elif event[0] == LAZY:
            yield (ENTER, *event[1:])
            yield (EXIT, *event[1:3], "generator", -1, False)
        elif event[0] == LEFT:
            _, index, at, result, of, *spent = event
            yield (EXIT, index, at, result or "list", of, False)
            yield (SPENT, index, at, *spent)
        elif event[0] == LAYER_LEFT:
            _, index, at, result, total, other, *heads = event
            if heads:
                given = _head(head, *heads[2:]) if heads[2:] else ()
                head = _head(given or head, *heads[:2])
                heads = *head, *given
            yield (EXIT, index, at, result, -1, False, *heads)
            yield (SPENT, index, at, total, other)
        elif event[0] == SHUT:
            yield (CLOSE, *event[1:3])
            yield (SPENT, *event[1:])
        else:
            yield event


def _head(last, status, headers):
    """A status and headers, as they are told behind others."""
    return (last[0], [*last[1], *headers]) if status is None else (status, headers)


class Stepping(Forked):
    """A worker, with the frames of each request put together."""

    def __init__(self, *args, **more):
        super().__init__(*args, **more)
        self.answers = {}
        self.ended = []
        self.stopped = []
        self.stages = {}
        #: How often the places were taken.
        self.taken = 0
        #: What was written to stdout and stderr.
        self.printed = b""

    def frame_with_stage(self):
        while True:
            if len(self._data) >= frames.HEADER_SIZE:
                size, kind, flags, stage, number, _ = frames.HEADER.unpack_from(self._data)
                end = frames.HEADER_SIZE + size
                if len(self._data) >= end:
                    payload, self._data = self._data[frames.HEADER_SIZE : end], self._data[end:]
                    return kind, flags, stage, number, payload
            more = self.sock.recv(1 << 16)
            if not more:
                return None
            self._data += more

    def ready(self):
        while True:
            kind, _, _, _, payload = self.frame_with_stage()
            if kind == frames.STAGE_NAMED:
                self._name(payload)
                continue
            assert kind == frames.READY, loads(payload)
            return loads(payload)

    def _name(self, payload):
        number, *stage = loads(payload)
        assert number not in self.stages, (number, stage)
        self.stages[number] = stage

    # What the server says.

    def stops(self, *places, judged=()):
        """Replace the places at which requests stop: "STAGE:BOUNDARY", numbered from 1."""
        told = []
        for number, place in enumerate(places + tuple(judged), 1):
            stage, _, boundary = place.rpartition(":")
            told.append({"id": number, "stage": stage, "boundary": boundary})
            if number > len(places):
                told[-1]["judged"] = True
        self.send(frames.STOPS, 0, dumps(told, 2))

    def resume(self, stopped, action="continue", **command):
        self.send(frames.RESUME, stopped.number, dumps(dict(command, action=action), 2))

    # What the worker says.

    def _take(self):
        """Take one frame in."""
        found = self.frame_with_stage()
        assert found is not None, "the worker has ended"
        kind, flags, stage, number, payload = found
        if kind == frames.STAGE_NAMED:
            self._name(payload)
            return
        if kind == frames.OUTPUT:
            self.printed += payload
        self.taken += kind == frames.TAKEN
        if number == 0:
            return
        answer = self.answers.setdefault(number, Answer())
        if kind in (frames.HEAD, frames.DATA):
            answer.pauses.append(len(answer.of(PAUSED)))
        if kind == frames.PARKED:
            self.stopped.append(Stopped(number, stage, loads(payload)))
        elif kind == frames.STAGE_EVENTS:
            answer.events += loads(payload)
        elif kind == frames.HEAD:
            size = frames.U32.unpack_from(payload)[0]
            answer.status, answer.headers, _, _ = loads(payload[4 : 4 + size])
            if flags & frames.FLAG_BLOCK:
                answer.blocks.append(payload[4 + size :])
        elif kind == frames.DATA:
            answer.blocks.append(payload)
        elif kind == frames.EXCEPTION:
            answer.exceptions.append(loads(payload))
            answer.raised_in.append(stage)
        elif kind == frames.LINT:
            answer.findings.append(loads(payload))
            answer.blamed.append((stage, answer.findings[-1]["rule"]))
        elif kind == frames.ERRORS:
            answer.texts += payload
        if ends(kind, flags):
            answer.broken = bool(flags & frames.FLAG_BROKEN)
            self.ended.append(number)

    def nudge_until(self, done):
        """Nudge, as the server does while requests are open, until something is so."""
        self.sock.settimeout(0.01)
        try:
            for _ in range(100 * PATIENCE):
                self.nudge.sendall(b"\1")
                try:
                    while not done():
                        self._take()
                    return
                except socket.timeout:
                    pass
            raise AssertionError(f"it did not come to that, but to {self.answers}")
        finally:
            self.sock.settimeout(PATIENCE)

    def nudge_until_begun(self, numbers):
        """Until these requests have given something."""
        self.nudge_until(
            lambda: all(n in self.answers and self.answers[n].has_begun for n in numbers)
        )

    def halt(self):
        """The next request that stops, or has changed where it stands."""
        while not self.stopped:
            self._take()
        return self.stopped.pop(0)

    def end(self, number):
        """The answer to a request, once it is whole."""
        while number not in self.ended:
            assert not self.stopped, self.stopped
            self._take()
        return self.answers[number]

    def walk(self, number, action="step"):
        """Go through a request, always in the same manner: where it stopped, and its answer."""
        places = []
        while True:
            while not self.stopped and number not in self.ended:
                self._take()
            if not self.stopped:
                return places, self.answers[number]
            stopped = self.stopped.pop(0)
            assert not stopped.trouble, stopped.trouble
            places.append((stopped.index, stopped.boundary))
            self.resume(stopped, action)


PLAN = {
    "kind": "module",
    "module": "stepping_app",
    "attr": "application",
    "sys_path": [os.path.dirname(os.path.abspath(__file__))],
}

AUTH, TAG, UPPER, VIEW, INNER = 1, 2, 3, 4, 5


class SteppingTest(unittest.TestCase):
    threads = 4
    plan = PLAN

    def setUp(self):
        self.server = Stepping(self.plan, threads=self.threads)
        self.addCleanup(self.server.close)
        self.server.ready()
        self.number = 0

    def ask(self, path, body=b"", **changes):
        """Send a request, and return its number."""
        self.number += 1
        if body:
            changes.update(REQUEST_METHOD="POST", CONTENT_LENGTH=str(len(body)))
        self.server.request(self.number, body, PATH_INFO=path, **changes)
        return self.number

    def stop(self, path, *places, body=b""):
        """Where a request stops first."""
        self.server.stops(*places)
        self.ask(path, body)
        return self.server.halt()

    def go_on(self, stopped, action="continue", **command):
        """The answer once the request has gone on."""
        self.server.resume(stopped, action, **command)
        return self.server.end(stopped.number)

    def do(self, stopped, action, **command):
        """Where the request stops next, or stands after an edit."""
        self.server.resume(stopped, action, **command)
        return self.server.halt()

    def closed(self):
        """What was closed so far."""
        self.server.stops()
        return self.server.end(self.ask("/closed")).body.decode().lower()
