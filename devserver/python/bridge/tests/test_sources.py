"""What the server is told of the files that an application is loaded from."""

from __future__ import annotations

import os
import tempfile
import unittest
from marshal import loads

from _snifter import frames

from .server import Server

_APP = """
import os
from importlib import util

_WRITTEN = os.path.join(os.path.dirname(__file__), "written.py")

def app(environ, start_response):
    with open(_WRITTEN, "w") as file:
        file.write("name = 'written'")
    spec = util.spec_from_file_location("template", _WRITTEN)
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [module.name.encode()]
"""


class SourcesTest(unittest.TestCase):
    def test_what_a_request_writes_and_loads(self):
        """It is told at once, though no module is kept of it."""
        with tempfile.TemporaryDirectory() as directory:
            with open(os.path.join(directory, "user_app.py"), "w") as file:
                file.write(_APP)
            plan = {"kind": "module", "module": "user_app", "attr": "app", "sys_path": [directory]}
            with Server(plan) as server:
                server.ready()
                server.request(1, end=False, CONTENT_LENGTH="4")
                told = self.told(server)  # which waits for the body
                server.send(frames.BODY, 1, b"body", frames.FLAG_END)
                got = [value for kind, _, value in server.response(1) if kind == frames.HEAD]
        self.assertEqual([os.path.basename(path) for path in told], ["written.py"])
        self.assertEqual(got[0][2], b"written")

    def told(self, server):
        """The files of the next word about modules."""
        while True:
            kind, _, _, payload = server.frame()
            self.assertNotEqual(kind, frames.HEAD)
            if kind == frames.MODULES:
                return loads(payload)


if __name__ == "__main__":
    unittest.main()
