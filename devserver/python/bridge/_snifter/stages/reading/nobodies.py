"""What is no body, nor a block of one, by what a code makes it of: a named tuple, an object that
can't be iterated, texts. Who gives nothing else, and never starts a response, is no application."""

from __future__ import annotations

import builtins
import dis
from types import CodeType, FunctionType, ModuleType

from ..hooking.swap import original_code
from ..kinds import defines, is_plain
from . import readings, results

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from .readings import Expression

    #: What is known by a name.
    Known = Callable[[str], Any]

_NONE: Expression = ("const", None)
_BYTES = (bytes, bytearray, memoryview)
#: Methods of what may be a text that give none but texts, if it is one.
_OF_TEXTS = frozenset(dir(str)) - {"encode"}
#: Names of what makes or has bytes.
_HAVING_BYTES = frozenset(("encode", "bytes", "bytearray", "read", "readline", "tobytes", "dumps"))
#: What goes on with another iterator.
_DELEGATING = frozenset(("GET_YIELD_FROM_ITER", "YIELD_FROM"))


def known_to(function: FunctionType) -> Known:
    """What is known by a name in a function, where that is none of its own variables."""
    code = original_code(function)

    def known(name: str) -> Any:
        if name in code.co_freevars:
            for each, cell in zip(code.co_freevars, function.__closure__ or ()):
                try:
                    if each == name:
                        return cell.cell_contents
                except ValueError:
                    return None  # not yet filled
        return known_in(function.__globals__, code, name)

    return known


def known_in(names: dict[str, Any], code: CodeType, name: str) -> Any:
    """What is known by a name in a code of a module with these."""
    if name in code.co_varnames or name in code.co_cellvars or name in code.co_freevars:
        return None
    return names.get(name, vars(builtins).get(name))


def gives_none(code: CodeType, start: str, known: Known) -> bool:
    """Whether all that a function gives back is no body, and it never looks at its start_response,
    of that name, but to put it there."""
    made = [each for each in readings.read(code).returned if each != _NONE]
    if start in code.co_cellvars or not made:
        return False
    if not all(_is_no_body(each, known) for each in made):
        return False
    return times_loaded(code, start) == sum(
        given == ("name", start) or given == ("keyword", ("name", start), given[-1])
        for each in made
        for given in _parts(each)
        if given is not None
    )


def times_loaded(code: CodeType, variable: str) -> int:
    """How often a code looks at a variable."""
    times = 0
    for instruction in dis.get_instructions(code):
        value = instruction.argval
        if instruction.opname == "STORE_FAST_LOAD_FAST":
            value = value[1]
        elif not instruction.opname.startswith("LOAD_FAST"):
            continue
        times += value.count(variable) if type(value) is tuple else value == variable
    return times


def _parts(made: Expression) -> tuple[Expression, ...]:
    """What a value is made of, in a tuple or by a call."""
    return made[1] if made[0] == "tuple" else made[2] if made[0] == "call" else ()


def yields_none(code: CodeType, environ: str, known: Known) -> bool:
    """Whether all that a generator gives, which never looks at its start_response, is no block, as
    far as can be seen: of what it takes out of the environ, of that name, or of anything else that
    only it has, nothing speaks of bytes."""
    yielded = readings.read(code).yielded
    if not yielded or any(each.opname in _DELEGATING for each in dis.get_instructions(code)):
        return False
    own = {environ, *code.co_varnames[code.co_argcount :]} if not has_bytes(code) else set()
    return all(_is_no_block(each, known) or _is_taken(each, own) for each in yielded)


def has_bytes(code: CodeType) -> bool:
    """Whether a code, or one within it, has bytes, or names what makes them."""
    if not _HAVING_BYTES.isdisjoint((*code.co_names, *code.co_varnames)):
        return True
    return any(
        has_bytes(value) if type(value) is CodeType else _are_bytes(value)
        for value in code.co_consts
    )


def _are_bytes(value: Any) -> bool:
    if type(value) is tuple or type(value) is frozenset:
        return any(map(_are_bytes, value))
    return type(value) is bytes


def _is_no_body(made: Expression, known: Known) -> bool:
    """Whether a value is for sure none that can be iterated for bytes."""
    if made is None:
        return False
    if made[0] == "const":
        value = made[1]
        return type(value) is not bytes and (type(value) is not tuple or not _may_be_body(value))
    if made[0] == "tuple":
        return any(_is_no_block(each, known) for each in made[1])
    if _is_text(made):
        return True
    kind = _kind_made(made, known)
    if kind is None or issubclass(kind, _BYTES):
        return False
    if issubclass(kind, tuple) and hasattr(kind, "_fields"):
        return kind.__iter__ is tuple.__iter__
    has_keys = defines(kind, "keys") and defines(kind, "__getitem__")
    return has_keys or issubclass(kind, str) or not results.is_iterated(kind)


def _may_be_body(blocks: tuple[Any, ...]) -> bool:
    return all(type(each) is bytes for each in blocks)


def _is_no_block(made: Expression, known: Known) -> bool:
    """Whether a value is no bytes for sure."""
    if made is None:
        return False
    if made[0] == "const":
        return type(made[1]) is not bytes
    if made[0] in ("tuple", "new") or _is_text(made):
        return True
    kind = _kind_made(made, known)
    return kind is not None and not issubclass(kind, _BYTES)


def _is_text(made: Expression) -> bool:
    """Whether a value is a text, or made by the methods of one."""
    while made is not None:
        if made[0] == "text" or made[0] == "const" and type(made[1]) is str:
            return True
        if made[0] != "call" or made[1] is None or made[1][0] != "attribute":
            return False
        if made[1][2] not in _OF_TEXTS:
            return False
        made = made[1][1]
    return False


def _is_taken(made: Expression, own: set[str]) -> bool:
    """Whether a value is one of these variables, what is in one, or what the methods of a text make
    of that: no function was asked for it."""
    while made is not None and made[0] != "name":
        if made[0] == "call":
            made = made[1]
            if made is None or made[0] != "attribute" or made[2] not in _OF_TEXTS:
                return False
        elif made[0] not in ("attribute", "item"):
            return False
        made = made[1]
    return made is not None and made[1] in own


def _kind_made(made: Expression, known: Known) -> type | None:
    """The class that a value is made by a call of, where that does what classes do as a rule."""
    found = _found(made[1], known) if made is not None and made[0] == "call" else None
    if not issubclass(type(found), type) or not is_plain(found):
        return None
    if next(base for base in type(found).__mro__ if "__call__" in base.__dict__) is not type:
        return None
    maker = next(base.__dict__["__new__"] for base in found.__mro__ if "__new__" in base.__dict__)
    is_own = type(maker) is staticmethod and not (
        _is_pypys(maker.__func__) or issubclass(found, tuple) and defines(found, "_fields")
    )
    return None if is_own else found


def _is_pypys(function: Any) -> bool:
    """Whether PyPy has a function itself, by which its own classes are made: with another code."""
    return type(function) is FunctionType and type(function.__code__) is not CodeType


def _found(called: Expression, known: Known) -> Any:
    """What is called, by its name, or as an attribute of a module."""
    if called is None:
        return None
    if called[0] == "name":
        return known(called[1])
    of = _found(called[1], known) if called[0] == "attribute" else None
    return vars(of).get(called[2]) if type(of) is ModuleType else None
