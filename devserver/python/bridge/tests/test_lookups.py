"""What stages look up by a name that is written in them as a text."""

from __future__ import annotations

import importlib
import sys
import types
import unittest

from _snifter.stages import tree

from .tracing import row_names


class Site:
    def __call__(self, environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"site"]


def other(environ, start_response):
    """It is a name of this module, and nobody looks it up."""
    start_response("200 OK", [])
    return [b"other"]


_elsewhere = types.ModuleType("looked_up_elsewhere")
_elsewhere.site = Site()
_elsewhere.part = types.SimpleNamespace(inmost=Site())
site = Site()


def resolve_name(text):
    """As pkgutil's, which is there from Python 3.9 on."""
    module, _, path = text.partition(":")
    found = sys.modules[module]
    for name in path.split("."):
        found = getattr(found, name)
    return found


def by_globals(environ, start_response):
    return globals()["site"](environ, start_response)


def by_globals_get(environ, start_response):
    return globals().get("site")(environ, start_response)


def by_own_module(environ, start_response):
    return sys.modules[__name__].site(environ, start_response)


def by_attribute(environ, start_response):
    me = sys.modules[__name__]
    return getattr(me, "site", None)(environ, start_response)


def by_modules(environ, start_response):
    return sys.modules["looked_up_elsewhere"].site(environ, start_response)


def by_modules_get(environ, start_response):
    module = sys.modules.get("looked_up_elsewhere")
    return getattr(module, "site", None)(environ, start_response)


def by_import(environ, start_response):
    return importlib.import_module("looked_up_elsewhere").site(environ, start_response)


def by_name(environ, start_response):
    return resolve_name("looked_up_elsewhere:part.inmost")(environ, start_response)


def by_variable(environ, start_response):
    app = resolve_name("looked_up_elsewhere:site")
    return app(environ, start_response)


class ByMethod:
    def found(self):
        return globals()["site"]

    def __call__(self, environ, start_response):
        return self.found()(environ, start_response)


def by_module_that_is_not_there(environ, start_response):
    if "/there" in environ["PATH_INFO"]:
        return importlib.import_module("never_looked_up").site(environ, start_response)
    return site(environ, start_response)


class LookupsTest(unittest.TestCase):
    def setUp(self):
        sys.modules["looked_up_elsewhere"] = _elsewhere
        self.addCleanup(sys.modules.pop, "looked_up_elsewhere")

    def test_each(self):
        for application in (
            *(by_globals, by_globals_get, by_own_module, by_attribute, by_modules, by_modules_get),
            *(by_import, by_name, by_variable, by_module_that_is_not_there, ByMethod()),
        ):
            for urls in [], ["/"]:
                rows, _ = tree.find(application, urls)
                found = [name.rpartition(".")[2] for name in row_names(rows)]
                name = getattr(application, "__name__", "ByMethod")
                self.assertEqual(found, [name, "Site"], urls)
        self.assertNotIn("never_looked_up", sys.modules)


if __name__ == "__main__":
    unittest.main()
