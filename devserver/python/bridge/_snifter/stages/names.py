"""What a stage is called, and where it stands."""

from __future__ import annotations

import ast
import linecache
import os
import re
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType

from .hooking.swap import kept_in, original_code
from .kinds import by_class
from .reading import methods
from .reading.proxies import is_partial
from .reading.shapes import is_cython, is_function

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator

_COMPILED = tuple(EXTENSION_SUFFIXES)


class Stage:
    """One layer: its name (module and qualified name), its kind, and its place in the source."""

    __slots__ = ("name", "kind", "file", "line", "role", "number", "sets", "is_response")

    def __init__(self, name: str, kind: str, place: tuple[str, int], role: str = "") -> None:
        self.name = name
        self.kind = kind
        self.file, self.line = place
        #: What a framework has it for: "before_request", "view", "tween"; "" for a WSGI stage.
        self.role = role
        #: By which the server knows it, once it was told; 0 before.
        self.number = 0
        #: A key of the environ that it has set, as it may again.
        self.sets = ""
        #: It is called as an application of what whoever calls it has made, as the responses of
        #: webob and werkzeug are. No more than its name tells.
        self.is_response = kind == "wsgi" and name.endswith("Response")

    def __repr__(self) -> str:
        return f"<Stage {self.name} ({self.kind})>"


def full_name(module: str | None, qualname: str) -> str:
    # A class may have something else by the name.
    return f"{module}.{qualname}" if module and type(module) is str else qualname


def name_of(value: Any) -> str:
    """The name of a function, a method, a class, or of an object by its class."""
    if type(value) is MethodType:
        kind, function = type(value.__self__), value.__func__
        name = methods.name_in(kind, function)
        if name:
            return f"{name_of(kind)}.{function.__name__ if is_function(function) else name}"
        return name_of(function)
    if type(value) is FunctionType or type(value) is BuiltinFunctionType or is_cython(value):
        return full_name(value.__module__, value.__qualname__)
    if is_partial(type(value)):
        return name_of(value.func)
    if not issubclass(type(value), type):
        value = type(value)
    return full_name(value.__module__, value.__qualname__)


def module_of(function: FunctionType) -> str | None:
    """The module that a function was written in: functools.wraps gives it the name of another."""
    return function.__globals__.get("__name__")


def written_name(function: FunctionType) -> str:
    """The name by which a function was written, with its module, where functools.wraps has given it
    that of another."""
    qualname = function.__qualname__
    if "__wrapped__" in function.__dict__:
        code = original_code(function)
        qualname = getattr(code, "co_qualname", code.co_name)
    return full_name(module_of(function), qualname)


def place_of_code(code: CodeType) -> tuple[str, int]:
    if type(code) is not CodeType:
        return "", 0  # of PyPy's own functions
    kept = kept_in(code)
    if kept is not None:
        return place_of_code(original_code(kept))
    return code.co_filename, code.co_firstlineno


def place(value: Any) -> tuple[str, int]:
    """The file and line of a function, a method, a class, or of an object's class."""
    if type(value) is MethodType:
        kind, value = type(value.__self__), value.__func__
        name = "" if is_function(value) else methods.name_in(kind, value)
        value = methods.written(kind, name) or value
    if is_partial(type(value)):
        return place(value.func)
    if type(value) is FunctionType:
        return place_of_code(original_code(value))
    if is_cython(value):
        return _located(value.__code__, _file_of(value))
    if not issubclass(type(value), type):
        value = type(value)
    return _place_of_class(value)


@by_class
def _place_of_class(kind: type) -> tuple[str, int]:
    """Where a class statement stands: the nearest before the first of its functions that has one
    before it. Others were written elsewhere, and are its attributes.

    Python itself knows from 3.13 on.
    """
    file = _file_of(kind)
    found = [(value, _code_of(value)) for value in _written_in(kind)]
    places = [_located(code, file) for _, code in found if code is not None]
    if places and (not file or file.endswith(_COMPILED)):
        # Functions of other modules may be attributes of the class.
        own = [c for value, c in found if c is not None and value.__module__ == kind.__module__]
        file = _located(own[0], file)[0] if own else places[0][0]
    last = 0 if file.endswith(_COMPILED) else len(linecache.getlines(file))
    for first in (*sorted(line for path, line in places if path == file), last):
        line = _class_before(file, first, kind.__name__)
        if line:
            return file, line
    return places[0] if places else (file, 0)


def _written_in(kind: type) -> Iterator[Any]:
    """What a class has, and the functions that were written as methods of it and decorated."""
    for value in vars(kind).values():
        yield value
        if methods.may_be_one(value):
            for each in methods.within(value):
                if each is not value and each.__qualname__.startswith(kind.__qualname__ + "."):
                    yield each


def place_around(code: CodeType, name: str) -> tuple[str, int]:
    """Where the class of this name stands that a function was written in, or the function."""
    file, line = place_of_code(code)
    return file, _class_before(file, line, name) or line


def _class_before(file: str, last: int, name: str) -> int:
    """The last line up to one on which a class of this name begins, or 0."""
    if file.endswith(_COMPILED):
        return 0
    lines = linecache.getlines(file)
    statement = re.compile(r"\s*class\s+" + re.escape(name) + r"\b")
    found = [at for at, line in enumerate(lines, 1) if statement.match(line)]
    if len(found) > 1:
        found = _statements(found, lines)
    return max((at for at in found if at <= last), default=0)


def _statements(found: list[int], lines: list[str]) -> list[int]:
    """Those of the lines that look like the beginning of a class which are, as far as can be told:
    others may be an example's in a docstring."""
    try:
        tree = ast.parse("".join(lines))
    except (SyntaxError, ValueError, RecursionError):
        return found
    classes = {each.lineno for each in ast.walk(tree) if isinstance(each, ast.ClassDef)}
    return [at for at in found if at in classes]


def _code_of(value: Any) -> CodeType | None:
    """The code that a value of a class was written as; PyPy's own functions have no place."""
    if type(value) is FunctionType:
        compiled = value.__dict__.get("__wrapped__") if "_snifter_stage" in value.__dict__ else None
        code = original_code(value) if compiled is None else compiled.__code__
    else:
        code = value.__code__ if is_cython(value) else None
    return code if type(code) is CodeType else None


def _file_of(value: Any) -> str:
    """The file of the module that a function or class is of."""
    return getattr(sys.modules.get(value.__module__), "__file__", None) or ""


def _located(code: CodeType, file: str) -> tuple[str, int]:
    """Where a code of a module's file stands. What is compiled has the name of a file where that
    was done: if the source is anywhere, it lies beside it."""
    path, line = place_of_code(code)
    if not file.endswith(_COMPILED):
        return path, line
    path = os.path.join(os.path.dirname(file), os.path.basename(path))
    return (path, line) if os.path.exists(path) else (file, 0)
