"""Reading from a function's code what it calls, with which of its variables.

The code is run through once, in the order in which it is written, on a stack of expressions in the
place of values. Jumps are passed over: what lies behind one is read as if it was not taken. So a
call may be missed, or its callee be taken for another, where an argument is a condition; nothing
rests on a reading alone.
"""

from __future__ import annotations

import dis
import sys
from types import CodeType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator

    #: What a value comes from: ("name", its name), ("attribute", of what, its name),
    #: ("item", of what), ("call", of what, with what), ("function", its code), ("const", value),
    #: ("tuple", of what), or None; among arguments, ("keyword", what, its name), and ("all", what)
    #: for *args, unless it is known what they are.
    Expression = Any

_LOADS = frozenset(
    ("LOAD_FAST", "LOAD_FAST_CHECK", "LOAD_FAST_BORROW", "LOAD_FAST_AND_CLEAR")
    + ("LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_FROM_DICT_OR_DEREF", "LOAD_CLOSURE")
)
_LOADS_TWO = frozenset(("LOAD_FAST_LOAD_FAST", "LOAD_FAST_BORROW_LOAD_FAST_BORROW"))
_CALLS = frozenset(("CALL", "CALL_FUNCTION", "CALL_METHOD"))
_CALLS_BY_NAME = frozenset(("CALL_KW", "CALL_FUNCTION_KW", "CALL_METHOD_KW"))  # the last is PyPy's
#: What takes off the stack, and puts nothing there.
_TAKES = ("POP_", "STORE_", "DELETE_", "RETURN_", "RAISE_", "LIST_", "SET_", "DICT_")
#: What has no part in it: a call's NULL is left out.
_NOTHING = frozenset(
    ("CACHE", "NOP", "RESUME", "PUSH_NULL", "PRECALL", "MAKE_CELL", "COPY_FREE_VARS")
    + ("RETURN_GENERATOR", "GEN_START", "NOT_TAKEN")
)
_VERSION = sys.version_info[:2]
#: Methods that call what they are given, with what is in a tuple.
_APPLIES = frozenset(("apply", "apply_async"))
_ITEM_OPERATOR = 26  # of BINARY_OP, from 3.14 on
_DEFAULTS = 1  # of MAKE_FUNCTION and SET_FUNCTION_ATTRIBUTE
_MOST = 2_000


class Reading:
    """What a code calls, what it keeps as attributes, and what it returns or yields, in order;
    which keys it asks of what; which of the functions in it are made with defaults; and which
    globals it names."""

    __slots__ = (
        *("code", "calls", "kept", "returned", "yielded", "asked", "with_defaults", "globals"),
    )

    def __init__(self, code: CodeType) -> None:
        self.code = code
        #: What is called, and with what: arguments by name follow those by place.
        self.calls: list[tuple[Expression, tuple[Expression, ...]]] = []
        #: The names of attributes that are set, with the object's and the value's expressions.
        self.kept: list[tuple[str, Expression, Expression]] = []
        self.returned: list[Expression] = []
        self.yielded: list[Expression] = []
        #: The expressions of what is asked for a key, by subscript or `in`, and of the key.
        self.asked: list[tuple[Expression, Expression]] = []
        self.with_defaults: set[CodeType] = set()
        self.globals: dict[str, None] = {}
        _Run(self).run()


_readings: dict[int, Reading] = {}


def read(code: CodeType) -> Reading:
    """The reading of a code, which is kept."""
    found = _readings.get(id(code))
    if found is None or found.code is not code:
        if len(_readings) >= _MOST:
            _readings.clear()
        found = _readings[id(code)] = Reading(code)
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
        self._stack: list[Expression] = []
        self._variables: dict[str, Expression] = {}
        self._keywords: tuple[str, ...] = ()

    def run(self) -> None:
        raw = self._code.co_code
        extended = 0
        names = dis.opname
        for at in range(0, len(raw), 2):
            op, arg = raw[at], raw[at + 1] | extended
            name = names[op]
            if name == "EXTENDED_ARG":
                extended = arg << 8
                continue
            extended = 0
            if name in _NOTHING:
                continue
            try:
                self._step(name, op, arg)
            except IndexError:
                self._stack.clear()  # of an instruction that is not known

    def _step(self, name: str, op: int, arg: int) -> None:
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
            stack.append(("name", code.co_names[arg >> 1 if shift else arg]))
            self._reading.globals[stack[-1][1]] = None
        elif name in ("LOAD_ATTR", "LOAD_METHOD"):
            shift = name == "LOAD_ATTR" and _VERSION >= (3, 12)
            stack.append(("attribute", _pop(stack), code.co_names[arg >> 1 if shift else arg]))
        elif name == "KW_NAMES":
            self._keywords = code.co_consts[arg]
        elif name in _CALLS:
            self._call(self._named(_last(stack, arg)))
        elif name in _CALLS_BY_NAME:
            keywords = _pop(stack)
            self._keywords = keywords[1] if keywords is not None else ()
            self._call(self._named(_last(stack, arg)))
        elif name == "CALL_FUNCTION_EX":
            if arg & 1:
                _pop(stack)
            given = _pop(stack)
            known = given is not None and given[0] == "tuple"
            self._call(given[1] if known else (("all", given),))
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
            self._reading.asked.append((of, key))
            stack.append(("item", of))
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
        elif name == "STORE_ATTR":
            of = _pop(stack)
            self._reading.kept.append((code.co_names[arg], of, _pop(stack)))
        elif name == "RETURN_VALUE":
            self._reading.returned.append(_pop(stack))
        elif name == "RETURN_CONST":
            self._reading.returned.append(("const", code.co_consts[arg]))
        elif name in ("YIELD_VALUE", "YIELD_FROM"):
            given = _pop(stack)
            self._reading.yielded.append(given if name == "YIELD_VALUE" else None)
            stack.append(None)
        elif name in ("STORE_FAST", "STORE_DEREF"):
            self._store((self._names if name == "STORE_FAST" else self._cells)[arg])
        elif name == "STORE_FAST_LOAD_FAST":
            self._store(self._names[arg >> 4])
            stack.append(self._variable(self._names[arg & 15]))
        else:
            self._other(name, op, arg)

    def _variable(self, name: str) -> Expression:
        return self._variables.get(name) or ("name", name)

    def _store(self, name: str) -> None:
        value = _pop(self._stack)
        # A variable that was set to what is not known may still be what it was.
        if value is not None:
            self._variables[name] = value

    def _named(self, args: tuple[Expression, ...]) -> tuple[Expression, ...]:
        """Arguments, of which the last ones may be given by keyword."""
        keywords, self._keywords = self._keywords, ()
        if not keywords:
            return args
        at = len(args) - len(keywords)
        named = [("keyword", value, name) for name, value in zip(keywords, args[at:])]
        return (*args[:at], *named)

    def _call(self, args: tuple[Expression, ...]) -> None:
        called = _pop(self._stack)
        self._reading.calls.append((called, args))
        self._stack.append(("call", called, args))

    def _make_function(self, arg: int) -> None:
        stack = self._stack
        if _VERSION < (3, 11):
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
            self._stack += [None] * effect
            return
        _last(self._stack, -effect)
        if self._stack and not name.startswith(_TAKES):
            self._stack[-1] = None


def _pop(stack: list[Expression]) -> Expression:
    return stack.pop() if stack else None


def _last(stack: list[Expression], count: int) -> tuple[Expression, ...]:
    if not count:
        return ()
    taken = stack[-count:]
    del stack[-count:]
    return (*[None] * (count - len(taken)), *taken)


def names_in(expression: Expression) -> Iterator[str]:
    """The names on the way to a value: of the variable it comes from, and of attributes."""
    while expression is not None and expression[0] not in ("const", "function", "tuple"):
        if expression[0] in ("name", "attribute"):
            yield expression[-1]
        if expression[0] == "name":
            return
        expression = expression[1]


def spread(called: Expression, args: tuple[Expression, ...]) -> tuple[Expression, ...]:
    """The arguments of a call, as if those in a tuple were its own that are for what it calls:
    Thread(target=app, args=(environ, start)), pool.apply(app, (environ, start))."""
    for at, each in enumerate(args[1:], 1):
        if each is not None and each[0] == "keyword" and each[2] == "args":
            each = each[1]  # noqa: PLW2901
        elif at > 1 or called is None or called[0] != "attribute" or called[2] not in _APPLIES:
            continue
        if each is not None and each[0] == "tuple":
            return (*args[:at], *each[1], *args[at + 1 :])
    return args
