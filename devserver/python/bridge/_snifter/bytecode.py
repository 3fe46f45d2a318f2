"""Which bytecode Python caches, and what it compiles, while the bridge runs."""

from __future__ import annotations

import os
import sys
import time
from importlib.machinery import SOURCE_SUFFIXES, FileFinder, SourceFileLoader

from .native import Mutex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, ModuleType
    from typing import Any, Callable

_cache: Any = getattr(SourceFileLoader, "_cache_bytecode", None)
_compile: Any = SourceFileLoader.source_to_code
_choosing = Mutex()
#: Called with the path of each source that is compiled, and with what is.
listeners: list[Callable[[str, Any], None]] = []


def keep() -> None:
    """Keep the bytecode of the bridge's modules, and none that could be stale."""
    if _cache is not None:
        SourceFileLoader._cache_bytecode = _cache_unless_new  # type: ignore[attr-defined]
    SourceFileLoader.source_to_code = _compile_and_tell  # type: ignore[method-assign]
    here = os.path.dirname(__file__)
    for directory, _, _ in os.walk(here):
        sys.path_importer_cache[directory] = FileFinder(directory, (_Own, SOURCE_SUFFIXES))


def _cache_unless_new(self: Any, source_path: str, bytecode_path: str, data: bytes) -> Any:
    """Cache no bytecode of a file that was just saved.

    The cache is known by the source's size and its time in whole seconds: after two saves within
    one second that change no length, the second would run as the first.
    """
    try:
        if time.time() - os.stat(source_path).st_mtime < 2:
            return None
    except OSError:
        return None
    return _cache(self, source_path, bytecode_path, data)


def _compile_and_tell(self: Any, data: Any, path: Any, *args: Any, **kwargs: Any) -> Any:
    code = _compile(self, data, path, *args, **kwargs)
    if isinstance(path, str):
        for listener in listeners:
            listener(path, data)
    return code


class _Own(SourceFileLoader):
    """Loads the bridge's modules. Their bytecode is kept where they lie, which is the bridge's own
    folder, though Python be told to write none beside the user's (PYTHONDONTWRITEBYTECODE)."""

    source_to_code = _compile
    if _cache is not None:
        _cache_bytecode = _cache  # nobody edits them

    def exec_module(self, module: ModuleType) -> None:
        """Run it with all that it imports, though imports be lazy where they can (PEP 810): the
        modules of the standard library are needed as they are now."""
        mode = sys.get_lazy_imports() if hasattr(sys, "get_lazy_imports") else "normal"
        if mode == "normal":
            super().exec_module(module)
            return
        sys.set_lazy_imports("normal")
        try:
            super().exec_module(module)
        finally:
            sys.set_lazy_imports(mode)

    def get_code(self, fullname: str) -> CodeType | None:
        with _choosing:  # of two threads, one would take the other's choice for the user's
            chosen, sys.dont_write_bytecode = sys.dont_write_bytecode, False
            try:
                return super().get_code(fullname)
            finally:
                sys.dont_write_bytecode = chosen
