"""An application in which functions of the bridge can be made to fail, and mended, by a request."""

from __future__ import annotations

import importlib
import inspect
import sys
import types

import ordering_app

from _snifter.stages.finding import lessons
from _snifter.stages.running import calls

#: What tells of a request and what is found in it, and what searches for stages.
MODULES = (
    "recording.blocks",
    "recording.byhand",
    "recording.environ",
    "running.hooked",
    "running.keywords",
    "finding.learn",
    "finding.lessons",
    "checking.lint",
    "checking.lint_environ",
    "names",
    "finding.owned",
    "running.parents",
    "checking.passes",
    "recording.record",
    "recording.recorder",
    "frameworks.responses",
    "checking.right",
    "finding.scan",
    "recording.usual",
)

#: And what else holds functions of theirs.
_HOLDERS = (
    "relaying.bodies",
    "stepping.boundaries",
    "running.calls",
    "relaying.generated",
    "running.instances",
    "frameworks.layers",
    "stepping.parking",
)

app = ordering_app.Starts(ordering_app.Wraps(ordering_app.Passes(ordering_app.view)))

_mend = []


def functions():
    """The functions of those modules by name, and where they are held."""
    found = {}
    for name in MODULES:
        module = importlib.import_module("_snifter.stages." + name)
        for holder in (module, *(v for v in vars(module).values() if inspect.isclass(v))):
            if getattr(holder, "__module__", module.__name__) != module.__name__:
                continue
            for key, value in list(vars(holder).items()):
                if inspect.isfunction(value) and value.__module__ == module.__name__:
                    found[f"{name.rpartition('.')[2]}.{value.__qualname__}"] = holder, key
    return found


def fail(name):
    """Have a function raise an exception of a class of its own."""
    holder, key = functions()[name]
    before = vars(holder)[key]
    guarded = getattr(before, "__wrapped__", None)
    error = type("Broken_" + name.replace(".", "_"), (Exception,), {})

    def failing(*args, **kwargs):
        raise error("it was made to")

    if guarded is not None:
        # The guard stays, around what fails.
        cell = next(c for c in before.__closure__ if c.cell_contents is guarded)
        failing.__qualname__ = guarded.__qualname__
        _mend.append((cell, "cell_contents", guarded))
        cell.cell_contents = failing
        return
    holders = [holder]
    # Those that were imported from there are held elsewhere too.
    for other in (
        *MODULES,
        *_HOLDERS,
    ):
        holders.append(importlib.import_module("_snifter.stages." + other))
    for each in holders:
        for key, value in list(vars(each).items()):
            if value is before:
                _mend.append((each, key, before))
                setattr(each, key, failing)


def search():
    """Have the next requests be learned from, and modules be searched once this one is over."""
    sys.settrace(None)  # which the last one may have failed to do: nothing more would be learned
    recorder = calls.tracing()
    recorder.lessons = lessons.Lessons()
    name = f"imported_{len(sys.modules)}"
    sys.modules[name] = types.ModuleType(name)


def application(environ, start_response):
    if environ["PATH_INFO"] in ("/fail", "/mend", "/names"):
        for holder, key, before in _mend:
            setattr(holder, key, before)
        _mend.clear()
        if environ["PATH_INFO"] == "/fail":
            fail(environ["QUERY_STRING"])
        start_response("200 OK", ordering_app.TEXT[:])
        return [" ".join(functions()).encode()]
    if environ["PATH_INFO"] == "/searched":
        search()
        start_response("200 OK", ordering_app.TEXT[:])
        return [b"searched"]
    if environ["PATH_INFO"] == "/odd":
        # Made anew, so that it is learned of each time.
        made = {}
        exec("def unlike_any(a, b):\n    return app(a, b)", {"app": app}, made)
        return made["unlike_any"](dict(environ, PATH_INFO="/list"), start_response)
    return app(environ, start_response)


def endless(environ, start_response):
    if environ["PATH_INFO"] == "/list":
        return app(environ, start_response)
    return endless(environ, start_response)
