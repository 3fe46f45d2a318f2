"""What was compiled and has no function that could be hooked: functions that Cython or mypyc has
made, their closures, the objects of classes in C. Whatever it does in a request is told of as of
the stage that calls it; that it is there can be said."""

from __future__ import annotations

import os
import re
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from types import BuiltinFunctionType, FunctionType, MethodType

from ..reading import proxies, shapes
from ..reading.named import is_environ_name, is_start_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: The kind of such a stage.
KIND = "compiled"
_SUFFIXES = tuple(EXTENSION_SUFFIXES)
#: Folders of the standard library's own.
_STANDARD = frozenset(("lib-dynload", "DLLs"))


def is_one(value: Any) -> bool:
    """Whether calls of a value come to what an extension module has, and no function."""
    if type(value) is MethodType:
        value = value.__func__
    if _is_function(value):
        return _is_extension(value.__module__)
    kind = type(value)
    found = shapes.call_method(kind)  # None of a class that is not to be asked
    if type(found) is FunctionType:  # to PyPy, a slot's, too
        return False
    if type(found) is not proxies.SLOT and not shapes.is_cython(found):
        return False
    return _is_extension(kind.__module__) and proxies.wrapped_by(value) is None


def is_application(value: Any) -> bool:
    """Whether it is an application by the names of its parameters, as far as it has any."""
    if not _is_function(value) or not is_one(value):
        return False
    code = getattr(value, "__code__", None)
    names = getattr(code, "co_varnames", ())[: getattr(code, "co_argcount", 0)]
    if code is None:
        names = re.findall(r"\$?\w+", value.__text_signature__ or "")
    return len(names) == 2 and is_environ_name(names[0]) and is_start_name(names[1])


def _is_function(value: Any) -> bool:
    return type(value) is BuiltinFunctionType or shapes.is_cython(value)


def _is_extension(module: Any) -> bool:
    """Whether a module of this name was compiled, and is not of the standard library."""
    found = sys.modules.get(module) if type(module) is str else None
    file = getattr(found, "__file__", None)
    if type(file) is not str or not file.endswith(_SUFFIXES):
        return False
    return os.path.basename(os.path.dirname(file)) not in _STANDARD
