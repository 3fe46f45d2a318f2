"""stepped.py BRIDGE STACK: whether an application's requests can be stopped everywhere.

Every URL is asked for as it is, stopped at each boundary and gone on, answered by hand and failed
at each, and with each stage left out. What is not as it should be is printed, and the exit code
is 1.
"""

import importlib
import logging
import os
import re
import sys
import warnings
from marshal import dumps

HERE = os.path.dirname(os.path.abspath(__file__))

sys.path[:0] = [sys.argv[1], HERE]
warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)

from _snifter import frames  # noqa: E402
from tests.stepping import Stepping  # noqa: E402

# What differs from one request to the next: addresses, and the time in the head of what is gzipped.
VOLATILE = re.compile(rb"0x[0-9a-f]+|(?<=^\x1f\x8b\x08.).{4}", re.DOTALL)
DATES = ("date", "expires", "set-cookie", "last-modified", "etag")

#: What paste's Cascade tries first: it has looked at the status by the time that this returns.
TRIED = ("pyramid_stack.nothing",)
bad = []


class Asking:
    def __init__(self, stack):
        plan = {"kind": "module", "module": stack, "attr": "application", "sys_path": [HERE]}
        self.server = Stepping(plan, threads=2)
        self.server.sock.settimeout(60)
        self.server.ready()
        self.number = 0

    def ask(self, url, **surgery):
        self.number += 1
        path, _, query = url.partition("?")
        if surgery:
            self.server.send(frames.SURGERY, self.number, dumps(surgery, 2))
        self.server.request(self.number, PATH_INFO=path, QUERY_STRING=query, HTTP_HOST="localhost")
        return self.number

    def end(self, number):
        while True:
            while not self.server.stopped and number not in self.server.ended:
                self.server._take()
            if not self.server.stopped:
                return self.server.answers.pop(number)
            self.server.resume(self.server.stopped.pop())

    def name(self, answer_events, index):
        for event in answer_events:
            if event[0] == 1 and event[1] == index:
                return self.server.stages[event[4]]
        return None


def shape(answer):
    headers = sorted((k, v) for k, v in answer.headers or () if k.lower() not in DATES)
    failed = [(e["type"], e["message"]) for e in answer.exceptions if not e.get("handled")]
    body = b"" if answer.broken and not answer.status else answer.body
    return answer.status, headers, VOLATILE.sub(b"", body), failed, answer.broken


def check(what, true, *more):
    if not true:
        bad.append(f"{what}: {' '.join(map(str, more))}")


def gone_through(asking, url, plain):
    """Stop everywhere; return where."""
    server = asking.server
    server.stops("*:*")
    places, status = [], ""
    number = asking.ask(url)
    while True:
        while not server.stopped and number not in server.ended:
            server._take()
        if not server.stopped:
            break
        stopped = server.stopped.pop()
        places.append((stopped.index, stopped.boundary, stopped.edits))
        check(f"{url} at {places[-1]}", not stopped.trouble, stopped.trouble)
        stands = stopped.status or not status
        check(f"{url} at {places[-1]}", stands, f"{status} stood, and no more")
        status = stopped.status
        server.resume(stopped)
    answer = server.answers.pop(number)
    check(f"{url} gone through", shape(answer) == plain, shape(answer), "is not", plain)
    server.stops()
    return places, [asking.name(answer.events, place[0]) for place in places]


def acted(asking, url, places, nth, action, **command):
    """Do something at the nth boundary of a request; return the answer."""
    server = asking.server
    index, boundary, _ = places[nth]
    before = sum(place[:2] == (index, boundary) for place in places[:nth])
    server.stops(f"{index}:{boundary}")
    number = asking.ask(url)
    for _ in range(before):
        server.resume(server.halt())
    stopped = server.halt()
    server.stops()
    server.resume(stopped, action, **command)
    return asking.end(number)


def main():
    stack = sys.argv[2]
    urls = importlib.import_module(stack).URLS
    asking = Asking(stack)
    for url in urls * 2:
        asking.end(asking.ask(url))  # what the first requests load and make known
    boundaries, skipped = 0, {}
    for url in urls:
        plain = shape(asking.end(asking.ask(url)))
        places, stages = gone_through(asking, url, plain)
        boundaries += len(places)
        check(url, len(places) >= 3, places)  # a file has no chunks
        for action in ("step", "over", "out"):
            asking.server.stops("1:enter")
            _, answer = asking.server.walk(asking.ask(url), action)
            asking.server.stops()
            check(f"{url} by {action}", shape(answer) == plain, shape(answer), "is not", plain)
        for nth, (index, boundary, edits) in enumerate(places):
            name = stages[nth][0] if stages[nth] else ""
            where = f"{url} at {index}:{boundary} of {name}"
            if "respond" in edits:
                answer = acted(
                    asking,
                    url,
                    places,
                    nth,
                    "respond",
                    status="418 Teapot",
                    headers=[("Content-Type", "text/plain")],
                    block=b"tea",
                )
                status, _, _, failed, _ = shape(answer)
                if name in TRIED:
                    continue
                check(where, (status or "")[:3] == "418" and not failed, "answered", shape(answer))
            answer = acted(asking, url, places, nth, "raise", type="ValueError", message="by hand")
            told = [e for e in answer.exceptions if e["message"] == "by hand"]
            text = "".join(e["text"] for e in answer.exceptions) + answer.texts.decode()
            check(where, told or (answer.status or "")[:1] in "345", "raised", shape(answer))
            check(where, "_snifter" not in text, "shows", text)
        for stage in {stage[0]: stage for stage in stages if stage}.values():
            name = stage[0]
            answer = asking.end(asking.ask(url, skip=[name]))
            told = [e["message"] for e in answer.exceptions if e["type"] == "snifter.Surgery"]
            entered = [e[1] for e in answer.events if e[0] == 1 < e[1]]
            within = [asking.name(answer.events, index)[0] for index in entered]
            check(f"{url} without {name}", name not in within, within)
            failed = plain[3] or name.endswith("ErrorMiddleware") and answer.exceptions
            check(f"{url} without {name}", answer.status or told or failed, shape(answer))
            skipped.setdefault(name, told[0] if told else (answer.status, stage[2]))
    print(boundaries, "boundaries")
    for name, told in sorted(skipped.items()):
        print(f"without {name}: {told}")
    print("\n".join(bad))
    asking.server.close()
    sys.exit(1 if bad else 0)


main()
