"""The write() function that start_response returns.

    snifter run examples/python/writer.py
    curl -N http://127.0.0.1:8000/

write() is for code that pushes its output, as this report does, and can't be turned into an
iterable; new code should yield instead (PEP 3333, "The write() Callable"). What it is given goes
out at once, before anything that is iterated: the Chunks tab marks how each chunk came.
"""

import csv
import time


class Pushed:
    """A text file for code that wants one; each write is a chunk."""

    def __init__(self, write):
        self._write = write

    def write(self, text):
        self._write(text.encode())


def report(file):
    rows = csv.writer(file)
    rows.writerow(["number", "square"])
    for n in range(5):
        rows.writerow([n, n * n])
        time.sleep(0.05)


def application(environ, start_response):
    write = start_response("200 OK", [("Content-Type", "text/csv; charset=utf-8")])
    report(Pushed(write))
    return [b"end,of report\r\n"]
