"""Changing what a function does without changing the function: its code object is swapped.

The new code has the same parameters, name, file, line and free variables. It makes the original
function anew, as a nested one with the same closure, and hands it to a hook with the arguments of
the call:

    def app(environ, start_response):
        def original(environ, start_response): ...      # the code that was here
        try:
            if switch:
                return hook(original, (environ, start_response), {})
            return original(environ, start_response)
        except:
            unwind()  # so that no traceback shows this frame, or those of the hook
            raise

A hook that has a method `direct` is given two or three such arguments as they are: the first of
three comes last.

What is swapped may thus also be a constant of another function's code, for functions that are made
later on, or once a request. A coroutine function stays one, and so does a generator function,
unless its hook relays what it makes.
"""

from __future__ import annotations

import ast
import functools
import inspect
import keyword
import sys
from types import CodeType, FunctionType

from .. import ours

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    Hook = Callable[[Callable[..., Any], tuple[Any, ...], dict[str, Any]], Any]

_HOOK = "<snifter hook>"
_SWITCH = "<snifter switch>"
_UNWIND = "<snifter unwind>"
_DOC = "<snifter doc>"
_ORIGINAL = "_snifter_original"
#: A default that an original is made with, so that it can be told from the functions of the
#: application. It is passed all arguments: no default is ever used.
_MARK = ("<snifter original>",)
_MOST_KEPT = 20
#: What makes a generator is an instruction there: the flag of a code only says what a function is.
IS_FLAGGED = sys.version_info >= (3, 11) and sys.implementation.name == "cpython"
#: Constants of which equal ones are as good as any.
_EQUALS = (str, tuple, type(None))
#: Of the codes that have a docstring, from Python 3.14 on; before, it is the first constant.
_HAS_DOCSTRING: int = getattr(inspect, "CO_HAS_DOCSTRING", 0)
_NEVER = inspect.CO_ASYNC_GENERATOR | inspect.CO_ITERABLE_COROUTINE


class Switch(list):  # type: ignore[type-arg]
    """On unless it is empty, which is what a trampoline can look at the fastest."""

    # The constants of a code are part of its hash.
    __hash__ = object.__hash__  # type: ignore[assignment]


#: Hooks are called while this is on.
switch = Switch()
_always = Switch([True])

#: The trampolines by the id of their code, with what is needed to go back. They live as long as the
#: process, since a function that was made of one may.
_trampolines: dict[int, tuple[CodeType, Any, CodeType, bool]] = {}
#: Whether there is a trampoline whose code has this id: `is_ours`, at less expense.
is_id_of_ours: Callable[[int], bool] = _trampolines.__contains__
#: The same codes, by the ids of what they stand for and of their hook.
_made: dict[tuple[int, int, bool], CodeType] = {}
#: Functions that go past a trampoline, by their id.
_copies: dict[int, FunctionType] = {}
#: The codes that trampolines stand for, by their id.
_originals: dict[int, CodeType] = {}


def install(function: FunctionType, hook: Hook, always: bool = False) -> bool:
    """Have the function's calls go through the hook while the switch is on, or always, and say
    whether that could be done."""
    function = _kept(function)
    if hook_of(function) is not None:
        return False
    code = trampoline(function.__code__, hook, function.__qualname__, always=always)
    if code is None:
        return False
    function.__code__ = code
    return True


def remove(function: FunctionType) -> None:
    """Give the function its own code back."""
    function = _kept(function)
    found = _trampolines.get(id(function.__code__))
    if found is not None:
        function.__code__ = found[2]


def hook_of(function: FunctionType) -> Any:
    """The function's hook, or None."""
    return hook_in(_kept(function).__code__)


def hook_in(code: CodeType) -> Any:
    """The hook of functions that are made of a code, or None."""
    found = _trampolines.get(id(code))
    return None if found is None else found[1]


def _kept(function: FunctionType) -> FunctionType:
    """The function, or what it was before an agent changed it, which looks for its own code in it:
    there another must not be put over that."""
    for _ in range(_MOST_KEPT):
        if id(function.__code__) in _trampolines:
            break
        kept = kept_in(function.__code__)
        if kept is None:
            break
        function = kept
    return function


def kept_in(code: CodeType) -> FunctionType | None:
    """The function that a code calls which an agent has put in the place of that one's: no compiler
    puts a function among the constants."""
    for const in getattr(code, "co_consts", ()):
        if type(const) is FunctionType:
            other = unswapped(const.__code__)
            if (other.co_name, other.co_filename) == (code.co_name, code.co_filename):
                return const
    return None


def original_code(function: FunctionType) -> CodeType:
    """The code that the function was written as."""
    return unswapped(function.__code__)


def unswapped(code: CodeType) -> CodeType:
    found = _trampolines.get(id(code))
    return code if found is None else found[2]


def is_ours(code: CodeType) -> bool:
    """Whether a code is a trampoline."""
    return id(code) in _trampolines


def is_of(function: FunctionType, hook: Any) -> bool:
    """Whether a function has a hook, if only by a copy of a trampoline."""
    code = _kept(function).__code__
    found = _trampolines.get(id(code)) or _copied(code)
    return found is not None and found[1] is hook


def adopt(code: CodeType) -> bool:
    """Whether a code is a trampoline, if only as the copy that an application has made of one (by
    `replace`): such a copy is one from now on."""
    found = _copied(code)
    if found is not None:
        _trampolines[id(code)] = (code, *found[1:])
        ours.add(code)
    return is_ours(code)


def _copied(code: CodeType) -> tuple[CodeType, Any, CodeType, bool] | None:
    """The trampoline that a code, which is none itself, is a copy of."""
    consts = getattr(code, "co_consts", ())
    if is_ours(code) or not any(type(each) is Switch for each in consts):
        return None
    known = set(map(id, consts))
    for found in list(_trampolines.values()):
        # Others of the texts, say, may have the place of these.
        if all(id(each) in known for each in found[0].co_consts if type(each) not in _EQUALS):
            return found
    return None


def renewed(made: CodeType, code: CodeType) -> CodeType | None:
    """A trampoline like another, of the same hook, that stands for a code with other constants."""
    _, hook, _, always = _trampolines[id(made)]
    again = trampoline(code, hook, always=always)
    if again is not None and hasattr(hook, "code"):
        hook.code = code
    return again


def hooks() -> list[Any]:
    """The hooks of all trampolines."""
    return [hook for _, hook, _, _ in list(_trampolines.values())]


def plain(function: FunctionType) -> FunctionType:
    """What does the same as a function, past its trampoline."""
    made = FunctionType(
        original_code(function),
        function.__globals__,
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    made.__kwdefaults__ = function.__kwdefaults__
    made.__qualname__ = function.__qualname__
    made.__module__ = function.__module__
    _copies[id(made)] = made
    return made


def is_original(function: FunctionType) -> bool:
    """Whether a function is no other than one that has a trampoline: that has made it, for one
    call, or it goes past that."""
    if id(function) in _copies:
        return True
    defaults = function.__defaults__
    # Other defaults are anybody's objects, which are not asked whether they are equal to one.
    return bool(defaults) and type(defaults[0]) is str and defaults == _MARK


def is_behind(code: CodeType) -> bool:
    """Whether a trampoline stands for a code."""
    return id(code) in _originals


class Parameters:
    """The parameters of a code object, by their kinds."""

    def __init__(self, code: CodeType) -> None:
        names = list(code.co_varnames)
        at = code.co_argcount
        self.positional = names[:at]
        self.positional_only = code.co_posonlyargcount
        self.keyword_only = names[at : at + code.co_kwonlyargcount]
        at += code.co_kwonlyargcount
        self.rest = self.keywords = ""
        if code.co_flags & inspect.CO_VARARGS:
            self.rest = names[at]
            at += 1
        if code.co_flags & inspect.CO_VARKEYWORDS:
            self.keywords = names[at]

    def are_usual(self) -> bool:
        """Whether they are as those of most applications: two, or three, and no others."""
        return len(self.positional) in (2, 3) and self.names() == self.positional

    def names(self) -> list[str]:
        more = [name for name in (self.rest, self.keywords) if name]
        return self.positional + self.keyword_only + more

    def declared(self) -> str:
        """As they stand in a def. The defaults belong to the function, not to its code."""
        parts = list(self.positional)
        if self.positional_only:
            parts.insert(self.positional_only, "/")
        if self.rest:
            parts.append("*" + self.rest)
        elif self.keyword_only:
            parts.append("*")
        parts += self.keyword_only
        if self.keywords:
            parts.append("**" + self.keywords)
        return ", ".join(parts)

    def passed(self) -> str:
        """As the arguments of a call."""
        parts = list(self.positional)
        if self.rest:
            parts.append("*" + self.rest)
        parts += [f"{name}={name}" for name in self.keyword_only]
        if self.keywords:
            parts.append("**" + self.keywords)
        return ", ".join(parts)

    def collected(self) -> str:
        """As a tuple and a dict."""
        args = "".join(name + ", " for name in self.positional)
        if self.rest:
            args += "*" + self.rest + ", "
        kwargs = "".join(f"{name!r}: {name}, " for name in self.keyword_only)
        if self.keywords:
            kwargs += "**" + self.keywords
        return f"({args}), {{{kwargs}}}"


def trampoline(
    code: CodeType, hook: Hook, qualname: str = "", always: bool = False
) -> CodeType | None:
    """The code that calls the hook in the place of another, or None where there can't be one."""
    if type(code) is not CodeType or is_ours(code) or code.co_flags & _NEVER:
        return None  # PyPy's own functions have other codes
    made = _made.get((id(code), id(hook), always))
    if made is not None:
        return made  # of a function that each request makes anew
    parameters = Parameters(code)
    names = parameters.names()
    if not all(_is_name(name) for name in names + list(code.co_freevars)):
        return None
    # A method is called at less expense than an object.
    called = hook if type(hook) is FunctionType else hook.__call__
    given = parameters.collected()
    if parameters.are_usual() and hasattr(hook, "direct"):
        called = hook.direct
        given = ", ".join(parameters.positional[-2:] + parameters.positional[:-2])
    relays = getattr(hook, "makes_bodies", False)
    made = _compiled(_source(code, parameters, given, relays))
    if made is None or made.co_freevars != code.co_freevars:
        return None
    stands_for = {_HOOK: called, _SWITCH: _always if always else switch, _UNWIND: ours.unwind}
    stands_for[_DOC] = documented(code)
    consts: list[Any] = []
    for const in made.co_consts:
        if isinstance(const, CodeType):
            if const.co_freevars != code.co_freevars:
                return None
            consts.append(code)
        elif isinstance(const, str) and const.endswith(_ORIGINAL):
            # Before Python 3.11, the qualified name of what is made.
            consts.append(qualname or code.co_name)
        else:
            consts.append(stands_for.get(const, const))
    changes: dict[str, Any] = {
        "co_consts": tuple(consts),
        "co_name": code.co_name,
        "co_filename": code.co_filename,
        "co_firstlineno": code.co_firstlineno,
    }
    if hasattr(code, "co_qualname"):
        changes["co_qualname"] = code.co_qualname
    if IS_FLAGGED:
        changes["co_flags"] = made.co_flags | code.co_flags & inspect.CO_GENERATOR
    made = made.replace(**changes)
    _trampolines[id(made)] = (made, hook, code, always)
    _made[id(code), id(hook), always] = made
    _originals[id(code)] = code
    ours.add(made)
    return made


def documented(code: CodeType) -> str | None:
    """The docstring that functions have which are made of a code."""
    if _HAS_DOCSTRING and not code.co_flags & _HAS_DOCSTRING:
        return None
    first = code.co_consts[0] if code.co_consts else None
    return first if type(first) is str else None


def _source(code: CodeType, parameters: Parameters, given: str, relays: bool) -> str:
    """What a trampoline is compiled of; the hook is given these arguments, beside the original."""
    start, call = "def", "{}"
    if code.co_flags & inspect.CO_COROUTINE:
        start, call = "async def", "await {}"
    elif code.co_flags & inspect.CO_GENERATOR and not relays:
        call = "(yield from {})"
    hooked = call.format(f"_snifter_hook({_ORIGINAL}, {given})")
    plain = call.format(f"{_ORIGINAL}({parameters.passed()})")
    doc = "" if documented(code) is None else f"        {_DOC!r}\n"
    free = "".join(f"    {name} = None\n" for name in code.co_freevars)
    used = "".join(name + ", " for name in code.co_freevars)
    return (
        f"def _enclosing():\n{free}"
        f"    {start} _trampoline({parameters.declared()}):\n{doc}"
        "        __traceback_hide__ = __tracebackhide__ = True\n"
        f"        def {_ORIGINAL}(_={_MARK[0]!r}): return ({used})\n"
        "        try:\n"
        f"            _snifter_switch = {_SWITCH!r}\n"
        "            if _snifter_switch:\n"
        f"                _snifter_hook = {_HOOK!r}\n"
        f"                return {hooked}\n"
        f"            return {plain}\n"
        "        except:\n"
        f"            _snifter_unwind = {_UNWIND!r}\n"
        "            _snifter_unwind()\n"
        "            raise\n"
    )


@functools.lru_cache(maxsize=256)
def _compiled(source: str) -> CodeType | None:
    """All of it is one line, which will be the function's first: debuggers stop in no other, and
    what measures coverage sees no other run."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if hasattr(node, "lineno"):
            node.lineno = node.end_lineno = 1
            node.col_offset = node.end_col_offset = 0
    return _nested(_nested(compile(tree, "<snifter>", "exec", dont_inherit=True), "_enclosing"))


def _is_name(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name)


def _nested(code: CodeType | None, name: str = "_trampoline") -> CodeType | None:
    for const in code.co_consts if code is not None else ():
        if isinstance(const, CodeType) and const.co_name == name:
            return const
    return None
