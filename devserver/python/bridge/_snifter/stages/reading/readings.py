"""Reading from a function's code what it calls, with which of its variables.

The code is run through once, in the order in which it is written, on a stack of expressions in the
place of values. What lies behind a jump is read as if it was not taken; what is only jumped to,
with the stack that the jump had. So of an argument that is a condition one of the two is seen, and
a loop is read once; nothing rests on a reading alone.
"""

from __future__ import annotations

import dis
import sys
from types import CodeType

from . import expressions, lookups, stacks
from .found import Reading
from .stacks import TEXT as _TEXT
from .stacks import is_text as _is_text
from .stacks import last as _last
from .stacks import pop as _pop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    #: What a value comes from: ("name", its name), ("attribute", of what, its name),
    #: ("item", of what), ("call", of what, with what), ("function", its code), ("const", value),
    #: ("tuple", of what), ("dict", of what), ("new", None), ("text", None), ("module", None) for
    #: that which the code stands in, or None; among arguments, and in a dict, ("keyword", what, its
    #: name), and ("all", what) for *args, unless it is known what they are.
    Expression = Any

#: As CPython's instructions are; PyPy's are no newer than these.
_VERSION = sys.version_info[:2]
if sys.implementation.name != "cpython":
    _VERSION = min(_VERSION, (3, 10))

_LOADS = frozenset(
    ("LOAD_FAST", "LOAD_FAST_CHECK", "LOAD_FAST_BORROW", "LOAD_FAST_AND_CLEAR")
    + ("LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_CLOSURE")
)
_LOADS_TWO = frozenset(("LOAD_FAST_LOAD_FAST", "LOAD_FAST_BORROW_LOAD_FAST_BORROW"))
_CALLS = frozenset(("CALL", "CALL_FUNCTION", "CALL_METHOD"))
_CALLS_BY_NAME = frozenset(("CALL_KW", "CALL_FUNCTION_KW", "CALL_METHOD_KW"))  # the last is PyPy's
#: What takes off the stack, and puts nothing there.
_TAKES = (
    *("POP_", "STORE_", "DELETE_", "RETURN_", "RAISE_", "LIST_", "SET_", "DICT_", "JUMP_"),
    *("END_FOR", "END_ASYNC_FOR"),
)
#: What puts more than one thing in the place of one.
_REPLACES = frozenset(
    ("BEFORE_WITH", "BEFORE_ASYNC_WITH", "SETUP_WITH", "GET_ITER")
    + ("UNPACK_SEQUENCE", "UNPACK_EX")
)
#: What has no part in it.
_NOTHING = frozenset(
    ("NOP", "RESUME", "PRECALL", "MAKE_CELL", "COPY_FREE_VARS")
    + ("RETURN_GENERATOR", "GEN_START", "NOT_TAKEN")
)

_ABSOLUTE = frozenset(dis.hasjabs)
_JUMPS = _ABSOLUTE.union(dis.hasjrel)
#: Those that go back, and what names where an exception is handled.
_NOWHERE = ("JUMP_BACKWARD", "POP_JUMP_BACKWARD", "SETUP_", "CALL_FINALLY")
#: What is never followed by what lies behind it.
_LEAVES = frozenset(
    ("RETURN_VALUE", "RETURN_CONST", "RAISE_VARARGS", "RERAISE", "JUMP_FORWARD", "JUMP_ABSOLUTE")
    + ("JUMP_BACKWARD", "JUMP_BACKWARD_NO_INTERRUPT")
)
#: What takes that off the stack which has come to its end, up to 3.11.
_ENDS = ("FOR_ITER", "SEND")
_UNIT = 2 if sys.version_info >= (3, 10) else 1  # of jumps
#: Methods of a dict.
_TAKING_OUT = ("pop", "popitem", "clear")
#: So much is on the stack where an exception is handled, at most.
_HANDLED = 6

#: In the place of an object that a function would be a method of.
_NULL = ("null", None)
_NO_ARGUMENTS = ("const", ())
#: What is made there and then.
_NEW = ("new", None)
#: What functions make whose instructions are part of the code itself from 3.12 on, or may be. A
#: dict may be a copy of another.
_COMPREHENSIONS = {"<listcomp>": _NEW, "<setcomp>": _NEW, "<genexpr>": _NEW, "<dictcomp>": None}
_TEXTS = ("FORMAT_", "BUILD_STRING")
_ADDING = ("BINARY_ADD", "BINARY_MODULO", "BINARY_OP")
#: What one of two ways may have brought more than.
_LITTLE = (None, ("const", None))
#: What needs no place among the constants of a code, from 3.14 on.
_COMMON: list[Any] = getattr(dis, "_common_constants", [])
_ITEM_OPERATOR = 26  # of BINARY_OP, from 3.14 on
_SPECIFIED = 4  # of FORMAT_VALUE
_DEFAULTS = 1  # of MAKE_FUNCTION and SET_FUNCTION_ATTRIBUTE

_MOST = 2_000

_readings: dict[int, Reading] = {}


def read(code: CodeType) -> Reading:
    """The reading of a code, which is kept."""
    found = _readings.get(id(code))
    if found is None or found.code is not code:
        if len(_readings) >= _MOST:
            _readings.clear()
        found = _readings[id(code)] = anew(code)
    return found


def anew(code: CodeType) -> Reading:
    """A reading of a code that is not kept."""
    found = Reading(code)
    _Run(found).run()
    return found


class _Run:
    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._code = code = reading.code
        cells = tuple(name for name in code.co_cellvars if name not in code.co_varnames)
        if _VERSION >= (3, 11):
            self._names = self._cells = code.co_varnames + cells + code.co_freevars
        else:
            self._names = code.co_varnames
            self._cells = code.co_cellvars + code.co_freevars
        self._parameters = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        self._stack: list[Expression] = []
        #: The stacks of jumps, by where these lead.
        self._waiting: dict[int, list[Expression]] = {}
        self._variables: dict[str, Expression] = {}
        self._keywords: tuple[str, ...] = ()
        self._imported = 0, ""
        self._place = range(0)

    def run(self) -> None:
        raw, names = self._code.co_code, dis.opname
        offsets = [at for at in range(0, len(raw), 2) if names[raw[at]] != "CACHE"]
        extended, follows, begins = 0, True, -1
        for at, end in zip(offsets, [*offsets[1:], len(raw)]):
            op, arg = raw[at], raw[at + 1] | extended
            name = names[op]
            waiting = self._waiting.pop(at, None)
            if not follows:
                self._stack = [None] * _HANDLED if waiting is None else waiting
                follows = True
            elif waiting is not None:
                self._merge(waiting)
            if name == "EXTENDED_ARG":
                extended = arg << 8
                continue
            extended = 0
            if name in _NOTHING:
                begins = at if name == "PRECALL" else -1  # which calls some itself
                continue
            self._place, begins = range(at if begins < 0 else begins, end), -1
            before = self._stack[:] if op in _JUMPS else []
            try:
                self._step(name, op, arg)
            except IndexError:
                self._stack.clear()  # of an instruction that is not known
            if op in _JUMPS and not name.startswith(_NOWHERE):
                to = arg * _UNIT + (0 if op in _ABSOLUTE else end)
                self._waiting[to] = self._taken(name, before)
            follows = name not in _LEAVES

    def _merge(self, other: list[Expression]) -> None:
        """Go on where a jump leads, with what is known on either way."""
        if len(other) == len(self._stack):
            known = [two if one in _LITTLE else one for one, two in zip(self._stack, other)]
            self._stack = known

    def _taken(self, name: str, before: list[Expression]) -> list[Expression]:
        """The stack where a jump leads, of which it is told what it was before that."""
        if name.endswith("_OR_POP"):
            return before
        if name in _ENDS and _VERSION < (3, 12):
            return before[:-1]
        return self._stack[:]

    def _step(self, name: str, op: int, arg: int) -> None:
        if name.startswith("LOAD_"):
            known = self._loads(name, arg)
        elif name.startswith(("CALL", "KW_")):
            known = self._calls(name, arg)
        elif name.startswith("STORE_"):
            known = self._stores(name, arg)
        else:
            known = self._makes(name, arg) or self._leaves(name, arg) or self._takes(name, arg)
        if not known:
            self._other(name, op, arg)

    def _loads(self, name: str, arg: int) -> bool:
        stack, code = self._stack, self._code
        if name in _LOADS:
            of = self._cells if "DEREF" in name or name == "LOAD_CLOSURE" else self._names
            stack.append(self._variable(of[arg]))
        elif name in _LOADS_TWO:
            stack.append(self._variable(self._names[arg >> 4]))
            stack.append(self._variable(self._names[arg & 15]))
        elif name == "LOAD_CONST":
            value = code.co_consts[arg]
            stack.append(("function" if type(value) is CodeType else "const", value))
        elif name in ("LOAD_GLOBAL", "LOAD_NAME"):
            shift = name == "LOAD_GLOBAL" and _VERSION >= (3, 11)
            loaded = code.co_names[arg >> 1 if shift else arg]
            self._reading.globals[loaded] = None
            self._load(("name", loaded), shift and arg & 1)
        elif name in ("LOAD_ATTR", "LOAD_METHOD"):
            shift = name == "LOAD_ATTR" and _VERSION >= (3, 12)
            loaded = code.co_names[arg >> 1 if shift else arg]
            is_method = arg & 1 if shift else name == "LOAD_METHOD"
            self._load(lookups.attribute(self._reading, _pop(stack), loaded), is_method)
        elif name == "LOAD_SUPER_ATTR":
            of = ("call", _last(stack, 3)[0], ())
            self._load(("attribute", of, code.co_names[arg >> 2]), arg & 1)
        elif name == "LOAD_SPECIAL":
            _pop(stack)
            self._load(None, True)
        elif name == "LOAD_SMALL_INT":
            stack.append(("const", arg))
        elif name == "LOAD_COMMON_CONSTANT":
            value = _COMMON[arg]
            stack.append(None if callable(value) else ("const", value))
        else:
            return False
        return True

    def _calls(self, name: str, arg: int) -> bool:
        stack = self._stack
        if name == "KW_NAMES":
            self._keywords = self._code.co_consts[arg]
        elif name in _CALLS:
            self._call(name, _last(stack, arg))
        elif name in _CALLS_BY_NAME:
            keywords = _pop(stack)
            self._keywords = keywords[1] if keywords is not None else ()
            self._call(name, _last(stack, arg))
        elif name == "CALL_FUNCTION_EX":
            by_name = _pop(stack) if arg & 1 or _VERSION >= (3, 14) else _NULL
            given = _pop(stack)
            known = given is not None and given[0] == "tuple"
            if by_name is not _NULL and (known or given == _NO_ARGUMENTS):
                self._reading.spread.append(self._place)
            named = stacks.keywords(by_name)
            self._call(name, (*(given[1] if known else (("all", given),)), *named))
        else:
            return False
        return True

    def _stores(self, name: str, arg: int) -> bool:
        if name == "STORE_ATTR":
            of = _pop(self._stack)
            self._reading.kept.append((self._code.co_names[arg], of, _pop(self._stack)))
        elif name == "STORE_GLOBAL":
            value = _pop(self._stack)
            if value is not None and value[0] == "call" and not value[2]:
                self._reading.taken[self._code.co_names[arg]] = value
        elif name == "STORE_SUBSCR":
            value, of, key = _last(self._stack, 3)
            self._fill(of, (("keyword", value, expressions.text(key)),))
        elif name in ("STORE_FAST", "STORE_DEREF"):
            self._store((self._names if name == "STORE_FAST" else self._cells)[arg])
        elif name == "STORE_FAST_STORE_FAST":
            self._store(self._names[arg >> 4])
            self._store(self._names[arg & 15])
        elif name == "STORE_FAST_LOAD_FAST":
            self._store(self._names[arg >> 4])
            self._stack.append(self._variable(self._names[arg & 15]))
        else:
            return False
        return True

    def _makes(self, name: str, arg: int) -> bool:
        """What is made of what is on the stack, or moved there."""
        stack = self._stack
        if name in ("BUILD_LIST", "BUILD_LIST_UNPACK", "BUILD_SET"):
            _last(stack, arg)
            stack.append(_NEW)
        elif name.startswith(("BUILD_MAP", "BUILD_CONST_KEY", "DICT_")):
            stacks.make_dict(stack, name, arg)
        elif name == "BUILD_TUPLE":
            stack.append(("tuple", _last(stack, arg)))
        elif name == "MAKE_FUNCTION":
            self._make_function(arg)
        elif name == "SET_FUNCTION_ATTRIBUTE":
            made = _pop(stack)
            _pop(stack)
            if arg == _DEFAULTS and made is not None:
                self._reading.with_defaults.add(made[1])
            stack.append(made)
        elif name == "BINARY_SUBSCR" or name == "BINARY_OP" and arg == _ITEM_OPERATOR:
            key, of = _pop(stack), _pop(stack)
            stack.append(lookups.item(self._reading, of, key))
        elif name in _ADDING:
            two = _last(stack, 2)
            stack.append(_TEXT if any(map(_is_text, two)) else None)
        elif name.startswith(_TEXTS):
            spec = name == "FORMAT_WITH_SPEC" or name == "FORMAT_VALUE" and arg & _SPECIFIED
            _last(stack, arg if name == "BUILD_STRING" else 1 + bool(spec))
            stack.append(_TEXT)
        elif name == "CONTAINS_OP":
            of, key = _pop(stack), _pop(stack)
            self._reading.asked.append((of, key))
            stack.append(None)
        elif name in ("SWAP", "ROT_TWO"):
            by = arg if name == "SWAP" else 2
            stack[-1], stack[-by] = stack[-by], stack[-1]
        elif name == "ROT_THREE":
            stack.insert(-2, stack.pop())
        elif name in ("COPY", "DUP_TOP"):
            stack.append(stack[-arg] if name == "COPY" else stack[-1])
        elif name == "PUSH_NULL":
            stack.append(_NULL)
        else:
            return False
        return True

    def _leaves(self, name: str, arg: int) -> bool:
        """What is given back."""
        stack, reading = self._stack, self._reading
        if name.endswith("_OR_POP"):
            _pop(stack)
        elif name == "RETURN_VALUE":
            reading.returned.append(_pop(stack))
        elif name == "RETURN_CONST":
            reading.returned.append(("const", self._code.co_consts[arg]))
        elif name in ("YIELD_VALUE", "YIELD_FROM"):
            given = _pop(stack)
            reading.yielded.append(given if name == "YIELD_VALUE" else None)
            stack.append(None)
        else:
            return False
        return True

    def _takes(self, name: str, arg: int) -> bool:
        """What is taken out of what is on the stack, or brought from elsewhere."""
        stack = self._stack
        if name == "IMPORT_NAME":
            level, _ = _last(stack, 2)
            up = level[1] if level is not None and level[0] == "const" else 0
            self._imported = up, self._code.co_names[arg >> 2 if _VERSION >= (3, 15) else arg]
            self._reading.imports.append(self._imported)
            stack.append(("taken", self._module()))
        elif name == "IMPORT_FROM":
            (up, module), given = self._imported, self._code.co_names[arg]
            self._reading.imports.append((up, f"{module}.{given}".lstrip(".")))  # if it is a module
            stack.append(("taken", ("attribute", self._module(), given)))
        elif name == "FOR_ITER":
            stack.append(("taken", stack[-1 if _VERSION < (3, 15) else -2]))
        elif name == "UNPACK_SEQUENCE":
            stack += [("taken", stack.pop())] * arg
        elif name != "GET_ITER":
            return False
        elif _VERSION >= (3, 15):
            stack.append(None)  # the place of the next element; those of an iterator are its own
        return True

    def _module(self) -> Expression:
        """What is imported, by the last of its names."""
        return "name", self._imported[1].rpartition(".")[2]

    def _variable(self, name: str) -> Expression:
        return self._variables.get(name) or ("name", name)

    def _fill(self, of: Expression, given: tuple[Expression, ...]) -> None:
        """Have a variable's dict hold what is put into it, as far as that is given by keyword."""
        found = stacks.filled(of, given)
        is_new = of is not None and of[0] == "name" and of[1] not in self._parameters
        if found is not None and (is_new or stacks.keywords(of)):
            held = [name for name, value in self._variables.items() if value is of]
            for name in [of[1]] if is_new else held:
                self._variables[name] = found

    def _forget(self, of: Expression) -> None:
        """Something is taken out of a variable's dict."""
        if stacks.keywords(of):
            for name in [name for name, value in self._variables.items() if value is of]:
                del self._variables[name]

    def _store(self, name: str) -> None:
        of = self._stack[-1] if self._stack else None
        value = _pop(self._stack)
        if of is not None and of[0] == "taken":
            self._reading.taken[name] = of[1]
        # A variable that was set to what is not known may still be what it was, and one that is
        # None be something by the time that it is looked at.
        if value is not None and value != ("const", None):
            self._variables[name] = value

    def _named(self, args: tuple[Expression, ...]) -> tuple[Expression, ...]:
        """Arguments, of which the last ones may be given by keyword."""
        keywords, self._keywords = self._keywords, ()
        if not keywords:
            return args
        at = len(args) - len(keywords)
        named = [("keyword", value, name) for name, value in zip(keywords, args[at:])]
        return (*args[:at], *named)

    def _load(self, value: Expression, is_called: Any) -> None:
        """Load what may be about to be called, then with a place for what it is a method of."""
        if not is_called:
            self._stack.append(value)
        elif _VERSION >= (3, 13):
            self._stack += [value, _NULL]
        else:
            self._stack += [_NULL, value]

    def _call(self, instruction: str, args: tuple[Expression, ...]) -> None:
        args = self._named(args)
        stack = self._stack
        called = _pop(stack)
        if _VERSION >= (3, 11) or "METHOD" in instruction:
            # Two, of which one is NULL unless it is given to the other as a method's object is.
            one = _pop(stack)
            if one is not _NULL:
                args = args if called is _NULL else (called, *args)
                called = one
        if called is not None and called[0] == "function" and called[1].co_name in _COMPREHENSIONS:
            stack.append(_COMPREHENSIONS[called[1].co_name])
            return
        if called is not None and called[0] == "attribute":
            if called[2] == "update":
                self._fill(called[1], args)
            elif called[2] in _TAKING_OUT:
                self._forget(called[1])
        self._reading.calls.append((called, args))
        self._reading.places.append(self._place)
        stack.append(lookups.call(self._reading, called, args))

    def _make_function(self, arg: int) -> None:
        stack = self._stack
        if sys.version_info < (3, 11):
            _pop(stack)  # its qualified name
        made = _pop(stack)
        if _VERSION < (3, 13):
            _last(stack, bin(arg & 15).count("1"))
            if arg & _DEFAULTS and made is not None:
                self._reading.with_defaults.add(made[1])
        stack.append(made)

    def _other(self, name: str, op: int, arg: int) -> None:
        try:
            effect = dis.stack_effect(op, arg if op >= dis.HAVE_ARGUMENT else None, jump=False)
        except ValueError:
            return
        if effect > 0:
            if name in _REPLACES:
                _pop(self._stack)
                effect += 1
            self._stack += [None] * effect
            return
        _last(self._stack, -effect)
        if self._stack and not name.startswith(_TAKES):
            self._stack[-1] = None
