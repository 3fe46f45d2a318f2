"""same.py BRIDGE STACK: whether an application answers the same with its stages traced.

Every URL is asked for untraced, traced, and hooked but untraced, alone and under the checks of
wsgiref and webtest. What differs is printed, and the exit code is 1.
"""

import importlib
import io
import logging
import os
import re
import sys
import warnings
from wsgiref.validate import validator

HERE = os.path.dirname(os.path.abspath(__file__))

sys.path[:0] = [sys.argv[1], HERE]
warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)

from _snifter.stages import probe  # noqa: E402
from _snifter.stages.finding import scan  # noqa: E402
from _snifter.stages.frameworks import layers  # noqa: E402
from _snifter.stages.running import calls  # noqa: E402
from webtest.lint import middleware as lint  # noqa: E402

# What differs from one request to the next: addresses, and the time in the head of what is gzipped.
VOLATILE = re.compile(rb"0x[0-9a-f]+|(?<=^\x1f\x8b\x08.).{4}", re.DOTALL)
DATES = ("date", "expires", "set-cookie", "last-modified", "etag")


class Counting:
    def __init__(self):
        self.stages = set()

    def enter(self, call):
        self.stages.add(call.stage.name)

    def _ignore(self, *args):
        pass

    start_response = write = exit = chunk = close = exception = _ignore


def ask(app, url, method="GET", body=b""):
    environ = probe.environ(url)
    environ["REQUEST_METHOD"] = method
    environ["wsgi.input"] = io.BytesIO(body)
    environ["wsgi.errors"] = errors = io.StringIO()
    environ["HTTP_ACCEPT_ENCODING"] = "gzip"
    if body:
        environ.update(CONTENT_LENGTH=str(len(body)), CONTENT_TYPE="text/plain")
    heads, blocks = [], []

    def start_response(status, headers, exc_info=None):
        kept = sorted((k, v) for k, v in headers if k.lower() not in DATES)
        heads.append((status, kept))
        return blocks.append

    try:
        result = app(environ, start_response)
        try:
            blocks.extend(result)
        finally:
            getattr(result, "close", lambda: None)()
    except Exception as error:
        return heads, blocks, f"{type(error).__name__}: {error}"
    return heads, [VOLATILE.sub(b"-", block) for block in blocks], errors.getvalue()


def main():
    module = importlib.import_module(sys.argv[2])
    app = module.application
    wraps = {"alone": app, "wsgiref.validate": validator(app), "webtest.lint": lint(app)}
    requests = [(url,) for url in module.URLS] + [("/", "POST", b"body"), ("/", "HEAD")]
    told = []
    sys.unraisablehook = lambda u: told.append(f"{type(u.exc_value).__name__}: {u.exc_value}")

    def answers():
        told.clear()
        return [
            (how, r, ask(wrapped, *r), list(told))
            for how, wrapped in wraps.items()
            for r in requests
        ]

    answers()  # what the first requests load
    plain = answers()
    scanner = scan.Scanner()
    scanner.scan()
    failures = layers.look()
    for url in module.URLS:
        probe.ask(app, url, scanner)
    counting = Counting()
    errors, sys.stderr = sys.stderr, io.StringIO()
    calls.start(counting)
    try:
        traced = answers()
    finally:
        calls.stop()
        reported, sys.stderr = sys.stderr.getvalue(), errors
    off = answers()
    bad = failures + ([reported] if "snifter" in reported else [])
    for want, *others in zip(plain, traced, off):
        bad += [f"{want}\n  is not\n{got}" for got in others if got != want]
    print(len(plain), "answers,", len(counting.stages), "stages")
    print("\n".join(bad))
    sys.exit(1 if bad or len(counting.stages) < 2 else 0)


main()
