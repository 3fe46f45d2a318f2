"""Finding every WSGI callable that is loaded, by the names of its parameters, and hooking it."""

from __future__ import annotations

import gc
import inspect
import sys
from functools import partial
from types import CodeType, FrameType, FunctionType, MethodType, ModuleType

from ...sources import LAZY
from .. import loaded
from ..hooking import compiled, hide, swap
from ..kinds import is_plain
from ..reading import acts, declines, loose, nobodies, readings, shapes
from ..reading.named import place
from ..running import adapters, byname, keywords, packed
from ..running.hooks import StageHook
from . import suspects

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable, Iterator

_OWN = __name__.partition(".")[0]
_MOST_NESTED = 8
_MOST_REACHED = 2_000
#: What holds no function, or what all of the process can be reached through.
_CLOSED = (str, bytes, int, float, type(None), ModuleType, LAZY, CodeType, FrameType)


class Scanner:
    """Hooks stages, and looks again once more modules have been imported."""

    def __init__(self) -> None:
        #: Codes that take an environ and a start_response though no name says so.
        self.learned: set[CodeType] = set()
        self._learned_names: set[str] = set()
        #: Codes that no learner need look at any more, by their ids.
        self.known: dict[int, CodeType] = {}
        #: Those of them that the last whole scan has looked for.
        self.looked_for: frozenset[CodeType] = frozenset()
        #: Those that were learned even so, in words: they are never hooked.
        self.unseen: dict[str, None] = {}
        #: Those that are none, since a server gives less than they need: parts of an application.
        self._parts: set[CodeType] = set()
        self._modules = 0
        #: The qualified names that nested defs have where they are written.
        self._written: dict[CodeType, str] = {}
        #: What was made of the codes in modules that requests run, which they may do again and
        #: again. Equal codes may come from different files.
        self._changed: dict[tuple[CodeType, str], CodeType] = {}

    def learn(self, codes: set[CodeType], looked_for: frozenset[CodeType] = frozenset()) -> bool:
        """Take codes for stages from the next scan on, and say whether any is new. Some had been
        looked for already when it began that they were called."""
        self.unseen.update(map(_told, codes & looked_for - self._parts))
        if codes <= self.learned:
            return False
        self.learned |= codes
        self.look_again()  # another thread may be scanning, and past them
        suspects.confirm(codes)
        self._learned_names.update(code.co_name for code in codes)
        return True

    def look(self) -> int:
        """Scan if modules were imported since the last time; return how much was hooked."""
        if len(sys.modules) == self._modules:
            return 0
        return self.scan()

    def look_again(self) -> None:
        """Have the next look be a scan, whatever was imported."""
        self._modules = 0

    def scan(self) -> int:
        """Hook all that is loaded, and what its code will make; return how much was hooked."""
        self._modules = len(sys.modules)
        looked_for = frozenset(self.learned)
        hide.install()
        functions, types = loaded.functions_and_classes()
        types = [*filter(is_plain, types)]
        hooked = adapters.look() + self._hook_all(functions, types)
        around, of_library = packed.look(types)
        self.known.update((id(code), code) for code in of_library)
        self.looked_for = looked_for
        return hooked + around

    def scan_modules(self, modules: Iterable[ModuleType]) -> int:
        """Hook what was written in modules that were just imported, and return how much."""
        hide.install()
        functions: list[FunctionType] = []
        types: list[type] = []
        for module in modules:
            for value in _reached(module):
                if type(value) is not FunctionType:
                    types.append(value)
                elif not self._is_anew(value):
                    functions.append(value)
        before = [(function, function.__code__) for function in functions]
        hooked = self._hook_all(functions, types)
        for function, code in before:
            if function.__code__ is not code:
                self._changed[code, code.co_filename] = function.__code__
        return hooked

    def _is_anew(self, function: FunctionType) -> bool:
        """Whether a function's code is one that was changed before, and was compiled once more: it
        is changed in the same way, so that nothing grows with each time."""
        changed = self._changed.get((function.__code__, function.__code__.co_filename))
        if changed is None:
            return False
        function.__code__ = changed
        return True

    def _hook_all(self, functions: list[FunctionType], types: list[type]) -> int:
        found = 0
        applications = {
            id(shapes.maker(kind)) for kind in types if shapes.makes_bodies(kind)
        }
        functions = [f for f in functions if id(f) in applications or not _is_own(f)]
        for function in functions:
            byname.look_at(swap.original_code(function))
            code = function.__code__
            if not _has_nested(code) and not swap.is_ours(code):
                continue
            swap.adopt(code)
            nested = self._with_nested(swap.unswapped(code), _Scope(function), 0)
            if nested is not None and swap.is_ours(code):
                nested = swap.renewed(code, nested)
            if nested is not None:
                function.__code__ = nested
                found += 1
        for function in functions:
            code = function.__code__
            if swap.is_ours(code):
                continue
            if id(function) not in applications:
                makes = code.co_name == "__init__" or shapes.makes_instance(code)
                if makes or not self._is_stage(function, code):
                    continue
            found += self._hook(function)
        return found + sum(_hook_compiled(kind) for kind in types)

    def hook(self, functions: Iterable[Any]) -> int:
        """Hook functions that are known to be stages, and others of the same code; return how many
        were not before."""
        hooked = 0
        known, odd = set(), set()
        for function in functions:
            if type(function) is FunctionType and function.__name__ != "__init__":
                code = swap.original_code(function)
                if _takes_any(code) and not acts.is_own(code):
                    # Others of its class may be anything: each is one once it is called as one.
                    hooked += self._hook(function, is_doubtful=True)
                    continue
                known.add(code)
                # What stands in the place of a compiled method has its hook, and others its code.
                if compiled.hook_of(function) is None and self._hook(function):
                    hooked += 1
                    odd.add(code)
                elif loose.is_one(code) and code not in self.learned:
                    odd.add(code)
        suspects.confirm(known)
        if odd:
            self.learn(odd)
            hooked += self.scan()
        return hooked

    def _is_stage(self, function: FunctionType, code: CodeType) -> bool:
        # A library's function is judged by its names, and what was learned: most are.
        if code.co_argcount > 1 and (
            acts.own_files.get(code.co_filename) is not False or code.co_name in self._learned_names
        ):
            if self._is_known(code, len(function.__defaults__ or ())):
                return code in self.learned or not declines.is_none(function)
        elif code.co_name in self._learned_names and code in self.learned:
            return True
        if code.co_name == "start_response":
            return False
        if loose.leads_to_one(function):
            return True
        may_be = _may_be(code)
        if (may_be or code.co_kwonlyargcount) and keywords.named(code):
            return True
        if not may_be:
            return False
        if place(code, len(function.__defaults__ or ())) >= 0:
            return not declines.is_none(function)
        return shapes.is_application(function)

    def _is_known(self, code: CodeType, defaults: int) -> bool:
        """Whether a code is an application's, as it was seen to be called, or by what it does."""
        if code.co_name in self._learned_names and code in self.learned:
            if acts.needs_more(code, defaults):
                self._parts.add(code)
                return False
            return True
        return acts.is_application(code, defaults)

    def _hook(self, function: FunctionType, is_doubtful: bool = False) -> bool:
        code = function.__code__
        qualname, module = function.__qualname__, function.__module__
        wrapped = function.__dict__.get("__wrapped__")
        if _gives_name(wrapped, qualname):
            if type(wrapped) is FunctionType and _adapts(code, wrapped):
                named = swap.original_code(wrapped)
                return swap.install(function, StageHook(named, qualname, module or "", function))
            # functools.wraps gave it the name of what it wraps; it is a stage of its own.
            qualname = self._written.get(code, qualname)
        if wrapped is not None:
            # The module, too: what has no name of its own may be of one, as a partial is.
            module = function.__globals__.get("__name__") or module
        hook = suspects.hook(
            code,
            qualname,
            module or "",
            function,
            is_known=code in self.learned,
            is_doubtful=is_doubtful,
        )
        return swap.install(function, hook)

    def _is_nested_stage(self, code: CodeType, const: CodeType, scope: _Scope) -> bool:
        """Whether what a code makes by another, which stands there, will be a stage."""
        if const.co_name == "__init__" or shapes.makes_instance(const):
            return shapes.is_class_body(code, const)
        may_be_known = acts.is_own(const) or const.co_name in self._learned_names
        if may_be_known and self._is_known(const, _defaults_in(code, const)):
            return const in self.learned or not scope.gives_none(const)
        if keywords.named(const) or loose.is_one(const):
            return True
        # What defaults it will have is not known here.
        if place(const, 0) < 0 or const.co_name == "start_response":
            return False
        return not declines.declines(const) and not scope.gives_none(const)

    def _with_nested(self, code: CodeType, scope: _Scope, depth: int) -> CodeType | None:
        """The code with trampolines for the stages that it makes, or None if it makes none."""
        if depth > _MOST_NESTED:
            return None
        consts: list[Any] = []
        changed = False
        for const in code.co_consts:
            new = const
            if isinstance(const, CodeType) and swap.is_ours(const):
                inner = scope.within(code, const)
                within = self._with_nested(swap.unswapped(const), inner, depth + 1)
                new = within and swap.renewed(const, within) or const
            elif isinstance(const, CodeType):
                inner = scope.within(code, const)
                self._written[const] = inner.qualname
                new = self._with_nested(const, inner, depth + 1) or const
                if self._is_nested_stage(code, const, inner):
                    known = const in self.learned
                    hook = suspects.hook(const, inner.qualname, inner.module, is_known=known)
                    hook.code = new
                    new = swap.trampoline(new, hook, inner.qualname) or new
            changed = changed or new is not const
            consts.append(new)
        return code.replace(co_consts=tuple(consts)) if changed else None


def _told(code: CodeType) -> tuple[str, None]:
    name = getattr(code, "co_qualname", code.co_name)
    place = f"{code.co_filename}:{code.co_firstlineno}"
    return f"{name} ({place}) is made anew by each request, by exec or the like: not seen", None


def _gives_name(wrapped: Any, qualname: str) -> bool:
    """Whether a function has the name of what it decorates: of a function, a method or a class."""
    wrapped = wrapped.__func__ if type(wrapped) is MethodType else wrapped
    if type(wrapped) is FunctionType or issubclass(type(wrapped), type) and is_plain(wrapped):
        return bool(wrapped.__qualname__ == qualname)
    return False


def _takes_any(code: CodeType) -> bool:
    return place(code) < 0 and code.co_argcount < 2 and bool(code.co_flags & inspect.CO_VARARGS)


def _adapts(code: CodeType, wrapped: FunctionType) -> bool:
    """Whether a library has made an application of a function of the user's that is none, as
    werkzeug's Request.application does, and its responder."""
    inner = swap.original_code(wrapped)
    if acts.is_own(code) or not acts.is_own(inner):
        return False
    return place(inner) < 0 and acts.of(inner).place < 0 or declines.declines(inner)


def _defaults_in(code: CodeType, const: CodeType) -> int:
    """How many defaults a function will have that a code makes: all that it may, or none."""
    if const.co_argcount < 3 or const not in readings.read(code).with_defaults:
        return 0
    return const.co_argcount - 2


def _reached(module: ModuleType) -> Iterator[Any]:
    """The functions that a module's objects hold, and the classes that were written in it."""
    own = object.__getattribute__(module, "__dict__")  # of one that is lazy, asks for nothing
    name = own.get("__name__")
    seen: set[int] = set()
    todo = list(own.values())
    while todo and len(seen) < _MOST_REACHED:
        value = todo.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if type(value) is FunctionType:
            if shapes.is_written(value):
                yield value
                todo += shapes.closed_over(value).values()
        elif not issubclass(type(value), type):
            if not issubclass(type(value), _CLOSED):
                todo += gc.get_referents(value)
        elif is_plain(value) and value.__module__ == name:
            yield value
            todo += vars(value).values()


def _has_nested(code: CodeType) -> bool:
    return CodeType in map(type, code.co_consts)


def _may_be(code: CodeType) -> bool:
    """Whether a function may be a stage, or wrap one, by a quick look: most are not."""
    if code.co_argcount < 2:
        return bool(code.co_flags & inspect.CO_VARARGS)
    if code.co_argcount == 2 and code.co_freevars:
        return True
    return any("env" in name for name in code.co_varnames[:4])


class _Scope:
    """Where a nested def stands, for its qualified name (which a code has from 3.11 on)."""

    def __init__(self, function: FunctionType | None = None) -> None:
        self.qualname = function.__qualname__ if function is not None else ""
        self.module = (function.__module__ or "") if function is not None else ""
        self._globals = function.__globals__ if function is not None else {}

    def within(self, outer: CodeType, code: CodeType) -> _Scope:
        inner = _Scope()
        inner.module = self.module
        inner._globals = self._globals
        inner.qualname = getattr(code, "co_qualname", "")
        if not inner.qualname:
            local = ".<locals>." if outer.co_flags & inspect.CO_OPTIMIZED else "."
            inner.qualname = self.qualname + local + code.co_name
        return inner

    def gives_none(self, code: CodeType) -> bool:
        """Whether a code that stands there gives nothing that is a body."""
        return declines.gives_none(code, partial(nobodies.known_in, self._globals, code))


def _is_own(function: FunctionType) -> bool:
    """Whether a function is ours, made by a trampoline for a call, the running body of a module or
    class, which runs on whatever is changed, a decorator's of the standard library, or PyPy's own,
    a function like others there but without bytecode. Or it is garbage that was taken apart since
    it was listed (see `loaded`)."""
    if function.__globals__ is None:
        return True
    code = function.__code__
    if type(code) is not CodeType or not code.co_flags & inspect.CO_NEWLOCALS:
        return True
    if swap.is_original(function):
        return True
    if shapes.is_librarys(function):
        declines.learn(function)
        return True
    module = function.__globals__.get("__name__") or ""
    return isinstance(module, str) and module.partition(".")[0] == _OWN


def _hook_compiled(kind: type) -> bool:
    """Hook the compiled __call__ of a class, if it has one, and allows it."""
    found = kind.__dict__.get("__call__")
    if not shapes.is_compiled_call(found):
        return False
    hook = StageHook(found.__code__, kind.__qualname__ + ".__call__", kind.__module__)
    hook.name = "__call__"
    replaced = compiled.replace(kind, "__call__", hook)
    if replaced is None:
        return False
    replaced._snifter_stage = hook  # type: ignore[attr-defined]
    return True
