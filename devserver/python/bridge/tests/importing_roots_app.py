"""Outermost stages whose requests import, or load anew, what they go on with. `EXPECTED` and
`UNSEEN` as in `odd_roots_app`."""

from __future__ import annotations

import importlib.util
import os
import traceback

from .layered import rooted

EXPECTED, UNSEEN, root = rooted(globals())


@root("imports", "tests.imported_app:application", unseen=("tests.imported_app:application",))
def imports(environ, start_response):
    """A request that imports: it has an application from there, and what fails looks the same."""
    from .imported_app import application

    try:
        from . import imported_fails  # noqa: F401
    except ValueError:
        told = traceback.format_exc()
    return application(environ, start_response, told)


_BUILT = ("Held", "passing.<locals>.inner", "leaf")
_IMPORTED = [f"tests.imported_again:{name}" for name in _BUILT]
_ANEW = [f"anew:{name}" for name in _BUILT]


@root("imports_built", *_IMPORTED, unseen=_IMPORTED)
def imports_built(environ, start_response):
    from .imported_again import application

    return application(environ, start_response)


@root("reloads", *_IMPORTED, unseen=_IMPORTED)
def reloads(environ, start_response):
    module = importlib.import_module("tests.imported_again")
    return importlib.reload(module).application(environ, start_response)


@root("runs_anew", *_ANEW, unseen=_ANEW)
def runs_anew(environ, start_response):
    file = os.path.join(os.path.dirname(__file__), "imported_again.py")
    spec = importlib.util.spec_from_file_location("anew", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.application(environ, start_response)
