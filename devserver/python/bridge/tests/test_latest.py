"""What is imported only when it is used, and what only later versions of Python have."""

from __future__ import annotations

import importlib.util
import os
import sys
import tempfile
import types
import unittest
from unittest import mock

from _snifter import sources
from _snifter.stages.events import ENTER
from _snifter.stages.finding import held, holders, imports, scan
from _snifter.stages.finding.scan import Scanner
from _snifter.stages.frameworks import layers
from _snifter.stages.hooking.swap import hook_of

from . import tracing
from .server import Server
from .stepping import Stepping

_BEHIND = """
class Behind:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)
"""
_APP = """
lazy from latest_behind import Behind
lazy import latest_never

def leaf(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"leaf"]

def application(environ, start_response):
    return Behind(leaf)(environ, start_response)
"""
_ALL = """
import sys
import types

from latest_behind import Behind
import latest_never

def told():
    yield sys.get_lazy_imports()
    yield "%s of the bridge's" % (", ".join(
        module.__name__ + "." + name
        for key, module in sorted(sys.modules.items())
        if key.startswith("_snifter.") and key[9:] not in ("boot", "bytecode", "native")
        for name, value in sorted(vars(module).items())
        if type(value) is types.LazyImportType
    ) or "none")
    yield "not latest_never" if "latest_never" not in sys.modules else "latest_never"

def leaf(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [", ".join(told()).encode()]

def application(environ, start_response):
    return Behind(leaf)(environ, start_response)
"""


class Latest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        sys.path.insert(0, folder.name)
        self.addCleanup(sys.path.remove, folder.name)
        self.folder = folder.name
        self.write("latest_behind", _BEHIND)
        self.write("latest_never", "raise AssertionError('imported')")

    def write(self, name, source):
        with open(os.path.join(self.folder, name + ".py"), "w") as file:
            file.write(source)
        self.addCleanup(sys.modules.pop, name, None)

    def names(self, application):
        """The stages of two requests, of which the first imports what they need."""
        with tracing.traced() as tracer:
            scanner = Scanner()
            scanner.scan()
            end = imports.watch(scanner.scan_modules)
            self.addCleanup(end)
            self.assertNotIn("latest_never", sys.modules)
            for _ in range(2):
                self.assertEqual(tracing.ask(application)[1:], ([b"leaf"], None))
        end()
        self.assertNotIn("latest_never", sys.modules)
        names = [name.rpartition(".")[2] for name in tracer.names()]
        self.assertEqual(names[: len(names) // 2], names[len(names) // 2 :])
        return names[: len(names) // 2]


class LazyLoaderTest(Latest):
    def lazily(self, name):
        spec = importlib.util.find_spec(name)
        spec.loader = importlib.util.LazyLoader(spec.loader)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        return module

    def test_a_module_that_is_loaded_when_it_is_used(self):
        behind = self.lazily("latest_behind")

        def leaf(environ, start_response):
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [b"leaf"]

        def application(environ, start_response):
            return behind.Behind(leaf)(environ, start_response)

        self.assertEqual(self.names(application), ["application", "Behind", "leaf"])

    def test_one_that_is_not_used_stays_as_it_is(self):
        never = self.lazily("latest_never")

        def application(environ, start_response):
            return never(environ, start_response)

        frameworks = ("flask", "falcon", "bottle", "django.core.handlers.base", "pyramid.router")
        with mock.patch.dict(sys.modules, dict.fromkeys(frameworks, never)):
            self.assertIn(os.path.join(self.folder, "latest_never.py"), sources.loaded()[0])
            self.assertEqual(layers.look(), [])
            with tracing.traced():
                holders.nodes(application)
        with self.assertRaisesRegex(AssertionError, "imported"):
            _ = never.anything


class FrameworkTest(Latest):
    def test_what_is_needed_of_a_framework_is_imported(self):
        """It may not be there yet, where all imports are lazy."""
        os.mkdir(os.path.join(self.folder, "flask"))
        self.write(os.path.join("flask", "__init__"), "class Flask: pass")
        self.write(os.path.join("flask", "ctx"), "def after_this_request(function): pass")
        without = [name for name in sys.modules if name.partition(".")[0] == "flask"]
        with mock.patch.dict(sys.modules):
            for name in without:
                del sys.modules[name]
            importlib.import_module("flask")
            self.assertEqual(layers.look(), [])
            self.assertIsNotNone(hook_of(sys.modules["flask.ctx"].after_this_request))


class FrozenTest(unittest.TestCase):
    def test_what_a_mapping_holds_by_name(self):
        """Of an application that only its name gives away."""

        class Table:
            def __init__(self, table):
                self.table = table

            def __call__(self, environ, start_response):
                return self.table["app"](environ, start_response)

        def odd(*args):
            return None

        for mapping in held.MAPPINGS:
            found = holders.nearest(Table(mapping(app=odd, other=1)))
            self.assertEqual(found, [("app", odd)], mapping)


if sys.version_info >= (3, 14):

    class AnnotationsTest(unittest.TestCase):
        def test_what_annotations_name_need_not_be_there(self):
            """They are not evaluated (PEP 649), and can still be."""
            import annotationlib

            module = types.ModuleType("latest_annotated")
            code = (
                "def leaf(environ: Missing, start_response: Missing.x) -> Other:\n"
                "    start_response('200 OK', [])\n"
                "    return [b'leaf']\n"
                "class Outer:\n"
                "    app: Missing\n"
                "    def __init__(self, app: Missing):\n"
                "        self.app: Missing = app\n"
                "    def __call__(self, environ: Missing, start_response: Other):\n"
                "        return self.app(environ, start_response)\n"
            )
            exec(compile(code, "<latest>", "exec", dont_inherit=True), vars(module))
            application = module.Outer(module.leaf)
            with tracing.traced() as tracer:
                Scanner().scan_modules([module])
                self.assertEqual(tracing.ask(application)[1:], ([b"leaf"], None))
                self.assertEqual(holders.nearest(application), [("app", module.leaf)])
            names = [name.rpartition(".")[2] for name in tracer.names()]
            self.assertEqual(names, ["Outer", "leaf"])
            self.assertIsNotNone(hook_of(module.leaf))
            with self.assertRaises(NameError):
                _ = module.leaf.__annotations__
            self.assertEqual(
                annotationlib.get_annotations(module.leaf, format=annotationlib.Format.STRING),
                {"environ": "Missing", "start_response": "Missing.x", "return": "Other"},
            )


if sys.version_info >= (3, 15):

    class Alone(Stepping):
        """A worker that no other process has begun for it."""

        start = Server.start

    class LazyImportTest(Latest):
        """PEP 810."""

        def test_a_stage_behind_an_import(self):
            self.write("latest_app", _APP)
            module = importlib.import_module("latest_app")
            self.assertEqual(self.names(module.application), ["application", "Behind", "leaf"])

        def test_where_all_imports_are(self):
            """Those of the bridge are not, but for what it starts with."""
            self.write("latest_app", _ALL)
            plan = {"kind": "module", "module": "latest_app", "attr": "application"}
            with mock.patch.dict(os.environ, PYTHON_LAZY_IMPORTS="all"):
                server = Alone(dict(plan, sys_path=[self.folder]))
            self.addCleanup(server.close)
            server.ready()
            bodies = []
            for number in range(1, 4):
                server.request(number)
                answer = server.end(number)
                bodies.append(answer.body)
                entered = [server.stages[event[4]][0] for event in answer.of(ENTER)]
                self.assertEqual(entered, ["latest_behind.Behind", "latest_app.leaf"])
            self.assertEqual(bodies, [b"all, none of the bridge's, not latest_never"] * 3)

        def test_what_stands_for_a_module_holds_nothing(self):
            """All of Python's builtins could be reached from it."""
            self.write("latest_app", _APP)
            module = importlib.import_module("latest_app")
            reached = [*scan._reached(module)]
            self.assertCountEqual(reached, [module.leaf, module.application])
            self.assertTrue(holders._is_closed(vars(module)["latest_never"]))


if __name__ == "__main__":
    unittest.main()
