"""Which files the application was loaded from: the user's own, and the libraries'."""

from __future__ import annotations

import os
import sys
import time
import types
from types import ModuleType

from . import bytecode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: The type of what stands for a module that is not imported yet, from Python 3.15 on (PEP 810).
LAZY: type = getattr(types, "LazyImportType", ModuleType)

_HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep
_STDLIB = os.path.dirname(os.path.abspath(os.__file__)) + os.sep
_INSTALLED = (os.sep + "site-packages" + os.sep, os.sep + "dist-packages" + os.sep)

#: The times of a file system may be behind the clock by so many seconds.
_LAG = 2
_MOST_SOURCE = 1 << 20


def is_library(path: str) -> bool:
    """Whether a file was installed, rather than being what the user works on."""
    return path.startswith((_STDLIB, _HERE)) or any(part in path for part in _INSTALLED)


def held(module: Any, name: str) -> Any:
    """What a module has by a name, or None. One that is lazy (importlib.util.LazyLoader), which
    would be loaded if it was asked, and what is imported lazily, stay so."""
    if not issubclass(type(module), ModuleType):
        return getattr(module, name, None)
    found = object.__getattribute__(module, "__dict__").get(name)
    return None if type(found) is LAZY else found


def source_of(module: ModuleType) -> str | None:
    path = held(module, "__file__")
    return os.path.abspath(path) if isinstance(path, str) and path else None


def loaded() -> tuple[list[str], list[str]]:
    """The user's files, and the names of the modules that lie elsewhere, in the order of their
    import."""
    files: dict[str, None] = {}
    libraries: list[str] = []
    own = __package__ or ""
    for name, module in sys.modules.copy().items():
        if name in ("__main__", own) or name.startswith(own + "."):
            continue
        try:
            path = source_of(module)
            spec = held(module, "__spec__")
        except Exception:
            continue  # a module that is no module may answer as it likes
        if path is not None and not is_library(path):
            files[path] = None
        elif (
            spec is not None
            and spec.name == name
            and (path is not None or spec.origin == "built-in")
        ):
            libraries.append(name)
    return list(files), libraries


class Watcher:
    """Tells of files that are imported later, when a request needs them.

    The server is told before the answer to that request, so that it knows of a save that comes
    right after; of what is compiled at once, since the request may just have written it: what a
    template is compiled to is no change of the application's. So it is told what was compiled, too,
    where that was written since the worker is ready.
    """

    def __init__(self, link: Any, known: list[str]) -> None:
        self._link = link
        self._known = set(known)
        self._since = time.time() - _LAG
        link.modules = len(sys.modules)
        bytecode.listeners.append(self._compiled)

    def look(self) -> None:
        self._link.modules = len(sys.modules)
        self._tell(loaded()[0])

    def _compiled(self, path: str, source: Any) -> None:
        path = os.path.abspath(path)
        if is_library(path):
            return
        from marshal import dumps

        from . import frames

        if type(source) is not bytes or len(source) > _MOST_SOURCE or not self._is_new(path):
            source = None  # whoever has written it, it is what was there before
        self._link.put(frames.COMPILED, 0, dumps((path, source), 2))
        self._link.flush()

    def _is_new(self, path: str) -> bool:
        try:
            return os.stat(path).st_mtime >= self._since
        except OSError:
            return False

    def _tell(self, paths: list[str]) -> None:
        new = [path for path in paths if path not in self._known]
        if new:
            from marshal import dumps

            from . import frames

            self._known.update(new)
            self._link.put(frames.MODULES, 0, dumps(new, 2))
