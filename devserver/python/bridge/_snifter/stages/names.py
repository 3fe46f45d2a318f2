"""What a stage is called, and where it stands."""

from __future__ import annotations

import functools
import linecache
import re
import sys
from types import CodeType, FunctionType, MethodType

from .swap import original_code

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Stage:
    """One layer: its name (module and qualified name), its kind, and its place in the source."""

    __slots__ = ("name", "kind", "file", "line", "role", "number")

    def __init__(self, name: str, kind: str, place: tuple[str, int], role: str = "") -> None:
        self.name = name
        self.kind = kind
        self.file, self.line = place
        #: What a framework has it for: "before_request", "view", "tween"; "" for a WSGI stage.
        self.role = role
        #: By which the server knows it, once it was told; 0 before.
        self.number = 0

    def __repr__(self) -> str:
        return f"<Stage {self.name} ({self.kind})>"


def full_name(module: str | None, qualname: str) -> str:
    return f"{module}.{qualname}" if module else qualname


def name_of(value: Any) -> str:
    """The name of a function, a method, a class, or of an object by its class."""
    if type(value) is MethodType:
        return f"{name_of(type(value.__self__))}.{value.__func__.__name__}"
    if type(value) is FunctionType:
        return full_name(value.__module__, value.__qualname__)
    if issubclass(type(value), functools.partial):
        return name_of(value.func)
    if not issubclass(type(value), type):
        value = type(value)
    return full_name(value.__module__, value.__qualname__)


def place_of_code(code: CodeType) -> tuple[str, int]:
    if type(code) is not CodeType:
        return "", 0  # of PyPy's own functions
    return code.co_filename, code.co_firstlineno


def place(value: Any) -> tuple[str, int]:
    """The file and line of a function, a method, a class, or of an object's class."""
    if type(value) is MethodType:
        value = value.__func__
    if issubclass(type(value), functools.partial):
        return place(value.func)
    if type(value) is FunctionType:
        return place_of_code(original_code(value))
    if not issubclass(type(value), type):
        value = type(value)
    return _place_of_class(value)


@functools.lru_cache(maxsize=1024)
def _place_of_class(kind: type) -> tuple[str, int]:
    """Where a class statement stands: the nearest before the first of its functions.

    Python itself knows from 3.13 on.
    """
    codes = [
        original_code(value) for value in vars(kind).values() if isinstance(value, FunctionType)
    ]
    codes = [code for code in codes if type(code) is CodeType]  # PyPy's own have no place
    module = sys.modules.get(kind.__module__)
    file = getattr(module, "__file__", None) or (codes[0].co_filename if codes else "")
    lines = linecache.getlines(file) if file else []
    first = min((c.co_firstlineno for c in codes if c.co_filename == file), default=len(lines))
    statement = re.compile(r"\s*class\s+" + re.escape(kind.__name__) + r"\b")
    for line in range(min(first, len(lines)), 0, -1):
        if statement.match(lines[line - 1]):
            return file, line
    return place_of_code(codes[0]) if codes else (file, 0)
