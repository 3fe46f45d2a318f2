"""Which files the application was loaded from: the user's own, and the libraries'."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

_HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep
_STDLIB = os.path.dirname(os.path.abspath(os.__file__)) + os.sep
_INSTALLED = (os.sep + "site-packages" + os.sep, os.sep + "dist-packages" + os.sep)


def is_library(path: str) -> bool:
    """Whether a file was installed, rather than being what the user works on."""
    return path.startswith((_STDLIB, _HERE)) or any(part in path for part in _INSTALLED)


def source_of(module: ModuleType) -> str | None:
    path = getattr(module, "__file__", None)
    return os.path.abspath(path) if isinstance(path, str) and path else None


def loaded() -> tuple[list[str], list[str]]:
    """The user's files, and the names of the modules that lie elsewhere, in the order of their
    import."""
    files: dict[str, None] = {}
    libraries: list[str] = []
    own = __package__ or ""
    for name, module in list(sys.modules.items()):
        if name in ("__main__", own) or name.startswith(own + "."):
            continue
        try:
            path = source_of(module)
            spec = getattr(module, "__spec__", None)
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
    right after.
    """

    def __init__(self, link: Any, known: list[str]) -> None:
        self._link = link
        self._known = set(known)
        link.modules = len(sys.modules)

    def look(self) -> None:
        self._link.modules = len(sys.modules)
        new = [path for path in loaded()[0] if path not in self._known]
        if new:
            from marshal import dumps

            from . import frames

            self._known.update(new)
            self._link.put(frames.MODULES, 0, dumps(new, 2))
