"""breakpoint() in an application: a debugger in the server's terminal, or a word that there is
none."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import tempfile
import time
import unittest
from unittest import mock

from _snifter import frames

from .server import BRIDGE, PATIENCE, Server, bridge

_APP = """
import pdb
import sys

def leaf(environ, start_response):
    name = "a leaf"
    if environ["QUERY_STRING"]:
        pdb.set_trace()
    else:
        breakpoint()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [name.encode()]

def app(environ, start_response):
    outer = "around"
    return leaf(environ, start_response)

def called_by():
    sys.__stderr__.write("called by " + sys._getframe(1).f_code.co_name + "\\n")
"""


class Grouped(Server):
    """A worker in a process group of its own, without an input."""

    def start(self, threads, *sockets):
        return bridge(
            "SNIFTER_WORKER",
            *sockets,
            env={"SNIFTER_THREADS": str(threads)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=os.setpgrp,
        )


def ask(terminal, query=""):
    """What the application answers, and what the worker prints, with the terminal of a process."""
    with tempfile.TemporaryDirectory() as directory:
        with open(os.path.join(directory, "user_app.py"), "w") as file:
            file.write(_APP)
        plan = {"kind": "module", "module": "user_app", "attr": "app", "sys_path": [directory]}
        server = Grouped(dict(plan, terminal=terminal))
        server.ready()
        server.request(1, QUERY_STRING=query)
        got = [value for kind, _, value in server.response(1) if kind == frames.HEAD]
        return got[0][0], got[0][2].decode(), server.close()[1]


def main():
    """In the place of the server."""
    status, body, printed = ask(os.getpid(), *sys.argv[1:])
    print(f"answered {status}: {body}.", printed)


class Terminal:
    """A terminal, with a server in its foreground."""

    def __init__(self, *args):
        command = [sys.executable, "-c", f"from {__name__} import main; main()", *args]
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            try:
                os.chdir(BRIDGE)
                os.execv(sys.executable, command)
            finally:
                os._exit(70)
        self._shown = b""

    def until(self, text):
        """What is shown up to a text."""
        while text.encode() not in self._shown:
            more = self._read()
            assert more, self._shown
            self._shown += more
        shown, _, self._shown = self._shown.partition(text.encode())
        return shown.decode()

    def _read(self):
        assert select.select([self._fd], [], [], PATIENCE)[0], self._shown
        try:
            return os.read(self._fd, 1 << 12)
        except OSError:  # all that had it open have ended
            return b""

    def type(self, line):
        self.press(line + "\n")

    def press(self, keys):
        os.write(self._fd, keys.encode())

    def await_reader(self):
        """Until the terminal is the worker's, which is told of keys."""
        until = time.monotonic() + PATIENCE
        while os.tcgetpgrp(self._fd) == self.pid:
            assert time.monotonic() < until, self._shown
            time.sleep(0.001)  # nothing tells of it

    def close(self):
        """All else that is shown, and how the server has ended."""
        shown = self._shown
        while True:
            more = self._read()
            if not more:
                break
            shown += more
        os.close(self._fd)
        return shown.decode(), os.waitpid(self.pid, 0)[1]


class TerminalTest(unittest.TestCase):
    def test_a_debugger(self):
        for args in ((), ("set_trace",)):
            with self.subTest(args):
                self.debug(Terminal(*args))

    def debug(self, terminal):
        shown = terminal.until("(Pdb) ")
        self.assertIn("leaf()", shown)
        for line, expected in (
            ("name = 'changed'", ""),
            ("up", "-> return leaf(environ, start_response)"),
            ("p outer", "'around'"),
        ):
            terminal.type(line)
            self.assertIn(expected, terminal.until("(Pdb) "))
        for keys in ("p 'half a line'\x03", "\x03"):
            terminal.await_reader()
            terminal.press(keys)
            self.assertIn("--KeyboardInterrupt--", terminal.until("(Pdb) "))
        terminal.type("c")
        shown, status = terminal.close()
        self.assertIn("answered 200 OK: changed.", shown)
        self.assertEqual(status, 0)

    def test_none(self):
        status, body, printed = ask(0)
        self.assertEqual((status, body), ("200 OK", "a leaf"))
        self.assertRegex(printed, r"snifter: breakpoint\(\) at user_app.py:10 does not stop: .*")

    def test_another_debugger(self):
        """That of PYTHONBREAKPOINT, which is called by the application itself."""
        with mock.patch.dict(os.environ, {"PYTHONBREAKPOINT": "builtins.print"}):
            self.assertEqual(ask(0), ("200 OK", "a leaf", ""))
        with mock.patch.dict(os.environ, {"PYTHONBREAKPOINT": "user_app.called_by"}):
            self.assertIn("called by leaf\n", ask(0)[2])


if __name__ == "__main__":
    unittest.main()
