"""Applications of PasteDeploy files where there is no Pyramid."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import types
import unittest
from unittest import mock

from _snifter import frameworks

_LOGGERS = """
[loggers]
keys = root, ini
[handlers]
keys =
[formatters]
keys =
[logger_root]
handlers =
[logger_ini]
level = CRITICAL
handlers =
qualname = tests.of_ini
"""


def application(environ, start_response):
    return []


class IniTest(unittest.TestCase):
    def load(self, text, loadapp):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = os.path.join(folder.name, "site.ini")
        with open(path, "w") as file:
            file.write(text)
        deploy = types.SimpleNamespace(loadapp=loadapp)
        modules = {
            "pyramid": None,
            "pyramid.paster": None,
            "paste": types.SimpleNamespace(deploy=deploy),
            "paste.deploy": deploy,
        }
        with mock.patch.dict(sys.modules, modules):
            return path, frameworks.ini(path, "main")

    def test_its_logging_is_set_up(self):
        def loadapp(uri, name):
            asked.append((uri, name, logger.level))
            return application

        logger = logging.getLogger("tests.of_ini")
        self.addCleanup(logger.setLevel, logger.level)
        root = logging.getLogger()
        self.addCleanup(setattr, root, "handlers", root.handlers[:])
        for text, level in ("[app:main]\n", logging.NOTSET), (_LOGGERS, logging.CRITICAL):
            asked: list[tuple[str, str, int]] = []
            path, found = self.load(text, loadapp)
            self.assertIs(found, application)
            self.assertEqual(asked, [("config:" + path, "main", level)])

    def test_what_fails_does_not_tell_of_pyramid(self):
        def loadapp(uri, name):
            raise LookupError("no such egg")

        with self.assertRaises(LookupError) as raised:
            self.load("[app:main]\n", loadapp)
        self.assertIsNone(raised.exception.__context__)


if __name__ == "__main__":
    unittest.main()
