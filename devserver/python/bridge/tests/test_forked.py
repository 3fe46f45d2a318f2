"""Processes that an application forks off while it answers a request."""

from __future__ import annotations

import os
import tempfile
import textwrap
import unittest

from _snifter import frames

from .server import Server

_APP = """
    import os
    from _snifter import streams
    from _snifter.stages.recording import record

    def inner(environ, start_response):
        environ["wsgi.errors"].write("of the stage\\n")
        start_response("200 OK", [])
        return [b"within"]

    def app(environ, start_response):
        link = environ["wsgi.errors"]._exchange.link
        reads, writes = os.pipe()
        # Other threads may have held these when it was forked, and are not there to let them go.
        with link._sending, link.recorder._naming, record.sending, streams._joining:
            pid = os.fork()
            if not pid:
                try:
                    print("of the child", flush=True)
                    os.write(writes, b"".join(inner(environ, lambda *_: None)))
                finally:
                    if environ["PATH_INFO"] == "/ends":
                        os._exit(3)
        if not pid:
            return []
        status = os.waitpid(pid, 0)[1]
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"%s %d" % (os.read(reads, 100), os.WEXITSTATUS(status))]
"""


class ForkedTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        with open(os.path.join(folder.name, "app.py"), "w") as f:
            f.write(textwrap.dedent(_APP))
        self.plan = {"kind": "module", "module": "app", "attr": "app", "sys_path": [folder.name]}

    def test_calls_stages_and_tells_nothing(self):
        """Nor does it send what its parent has yet to send, or wait for what a thread held that it
        has not. What it prints is nobody's."""
        server = Server(self.plan)
        server.ready()
        for number in (1, 2, 3):
            server.request(number, PATH_INFO="/ends")
            got = server.response(number)
            self.assertEqual([kind for kind, _, _ in got], [frames.HEAD])
            self.assertEqual(got[0][2][2], b"within 3")
        out, err = server.close()
        self.assertEqual(out + err, "of the child\n" * 3 + "of the stage\n" * 3)

    def test_ends_where_its_request_does(self):
        """One that comes back to the bridge serves no requests, which are its parent's."""
        with Server(self.plan) as server:
            server.ready()
            for number in (1, 2):
                server.request(number, PATH_INFO="/comes-back")
                got = server.response(number)
                self.assertEqual(got[0][2][2], b"within 1")
