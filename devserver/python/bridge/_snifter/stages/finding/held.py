"""What an object holds, with the names that it has there: attributes, slots, closures, defaults,
the arguments of a partial, elements, and the globals that a stage's code names."""

from __future__ import annotations

import builtins
import enum
import gc
import sys
import weakref
from collections import defaultdict
from contextvars import ContextVar
from functools import partialmethod
from itertools import chain, islice, repeat
from types import CodeType, FunctionType, MemberDescriptorType, MethodType, ModuleType

from ..hooking import swap
from ..kinds import attributes_of, is_plain
from ..reading import (
    acts,
    begins,
    declines,
    dispatching,
    keeping,
    makes,
    methods,
    proxies,
    readings,
    shapes,
)
from ..reading.methods import METHODS
from ..running import adapters, packed
from .callees import undecorated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import AbstractSet, Any, Iterable, Iterator

#: So many elements of one container are looked at.
_MOST_ELEMENTS = 2_000
MAPPINGS = (dict, getattr(builtins, "frozendict", dict))  # that is, from 3.15 on
#: Where an enumeration has the values of its members.
_VALUES = frozenset(("_hashable_values_", "_unhashable_values_", "_unhashable_values_map_"))
_FACTORY: Any = defaultdict.__dict__["default_factory"]


def is_application(value: Any) -> bool:
    if packed.hook_around(value) is not None:
        return not _is_around_method(value)
    return shapes.is_application(value) and not (
        type(value) is FunctionType and declines.is_none(value)
    )


def _is_odd(value: Any) -> bool:
    """Whether a function is known by what it does alone: it may be of use in a stage without being
    one."""
    if type(value) is not FunctionType or shapes.place_of(value) >= 0:
        return False
    return acts.of(swap.original_code(value)).place >= 0


def held_by(value: Any, is_stage: bool) -> Iterator[tuple[str, Any]]:
    """What an object holds, with the name that it has there, if any."""
    kind = type(value)
    called = dispatching.called(value)
    if called is not None:
        yield "", called
    elif kind is FunctionType:
        yield from _held_by_function(value, is_stage)
    elif proxies.is_partial(kind):
        yield from zip(_parameters(value.func), value.args)
        yield from value.keywords.items()
        yield "", value.func
    elif issubclass(kind, weakref.WeakMethod):
        yield "", weakref.WeakMethod.__call__(value)
    elif issubclass(kind, weakref.ref):
        yield "", weakref.ref.__call__(value)
    elif issubclass(kind, weakref.ProxyTypes):
        yield "", _stood_for(value)
    elif kind is MethodType:
        yield next(iter(_parameters(value.__func__))), value.__self__
        if type(value.__func__) is FunctionType:
            yield from _held_by_function(value.__func__, is_stage)
        else:
            yield "", value.__func__
        if is_stage and not issubclass(type(value.__self__), type):
            yield from _held_by_classes_of(value.__self__)
        elif is_stage and is_plain(value.__self__):
            yield from _held_by_class_method(value.__func__, value.__self__)
    elif issubclass(kind, enum.EnumMeta):
        yield from attributes_of(value).get("_member_map_", {}).items()
        yield from _held_by_class(value, is_stage)
    elif issubclass(kind, type):
        yield from _held_by_class(value, is_stage)
    elif kind is ContextVar:
        yield "", _held_in_context(value)
    elif kind is dict and _are_globals(value):
        return  # as templates have them, say: what is there is no part of who knows it
    elif issubclass(kind, MAPPINGS):
        # Its own elements, whatever a class makes of looking at them.
        items = next(each.items for each in MAPPINGS if issubclass(kind, each))
        for name, element in list(items(value))[:_MOST_ELEMENTS]:
            yield name if type(name) is str else "", element
        if is_stage:
            yield from _held_by_object(value, is_stage)
        else:
            yield from _held_for_others(value)
    else:
        yield from _held_by_object(value, is_stage)


def _are_globals(names: dict[Any, Any]) -> bool:
    """Whether these are the names of a module."""
    name = names.get("__name__")
    module = sys.modules.get(name) if type(name) is str else None
    return type(module) is ModuleType and vars(module) is names


def _held_for_others(value: Any) -> Iterator[tuple[str, Any]]:
    """What a mapping makes its elements of that it was not asked for so far."""
    kind = type(value)
    if issubclass(kind, defaultdict):
        factory = _FACTORY.__get__(value)
        yield "", factory
        if shapes.is_written(factory):
            yield from _held_by_function(factory, True)
    made = (b.__dict__["__missing__"] for b in kind.__mro__ if "__missing__" in b.__dict__)
    function = function_of(next(made, None))
    if function is not None:
        yield from _held_by_object(value, False)
        yield from _held_by_function(function, True)


def _held_in_context(variable: ContextVar[Any]) -> Any:
    try:
        return variable.get()  # as a rule its default
    except LookupError:
        return None


class _Compared:
    """Is given, where a proxy of it is compared with another, what that one stands for."""

    given: Any = None

    def __eq__(self, other: object) -> bool:
        self.given = other
        return False

    __hash__ = None  # type: ignore[assignment]


def _stood_for(proxy: Any) -> Any:
    """What a weak proxy stands for, None once that is gone: all else would be asked of that."""
    compared = _Compared()
    try:
        weakref.proxy(compared) == proxy  # noqa: B015
    except ReferenceError:
        return None
    return compared.given


def _parameters(function: Any) -> Iterable[str]:
    """The names of what a function is given, in their order, and no names after that."""
    named: tuple[str, ...] = ()
    if type(function) is MethodType:
        function = function.__func__
        start = 1
    else:
        start = 0
    if type(function) is FunctionType:
        code = swap.original_code(function)
        named = code.co_varnames[start : code.co_argcount]
    return chain(named, repeat(""))


def _held_by_function(
    function: FunctionType, is_stage: bool, later: frozenset[str] = frozenset()
) -> Iterator[tuple[str, Any]]:
    """What a function holds, and what it reaches by its module's names, where it runs in a stage:
    by some of them it has what the two are passed on to that its class has kept."""
    code = swap.original_code(function)
    if type(code) is not CodeType:
        return  # PyPy's own
    yield from shapes.closed_over(function).items()
    defaults = function.__defaults__ or ()
    # As many as there are, of the last parameters: a function may be given more than it has.
    names = chain(reversed(code.co_varnames[: code.co_argcount]), repeat(""))
    yield from zip(names, reversed(defaults))
    yield from (function.__kwdefaults__ or {}).items()
    yield from function.__dict__.items()
    if is_stage:
        yield from _globals_of(function, code, later)


def _globals_of(
    function: FunctionType, code: CodeType, later: frozenset[str]
) -> Iterator[tuple[str, Any]]:
    """The applications among the globals that a code names, and among modules' attributes."""
    codes = list(_with_nested(code))
    named = dict.fromkeys(name for each in codes for name in readings.read(each).globals)
    attributes = dict.fromkeys(
        name for each in codes for name in (*each.co_names, *readings.read(each).attributes)
    )
    called, given = acts.called_names(function) | later, begins.names_given(function)
    if makes.is_maker(function):
        called |= {*makes.names_returned(function)}
    imported = [module for each in codes for module in _imported_by(each, function)]
    for name, value in chain(((name, function.__globals__.get(name)) for name in named), imported):
        if type(value) is ModuleType:
            for attribute in attributes:
                held = vars(value).get(attribute)
                is_one = is_application(held) and not _is_odd(held)
                if is_one:
                    yield "", held
                elif attribute in called and (name in called or type(held) is not FunctionType):
                    yield attribute, held
        elif name in called or name in given or is_application(value) and not _is_odd(value):
            yield name, value


def _imported_by(code: CodeType, function: FunctionType) -> Iterator[tuple[str, Any]]:
    """The modules that a code imports as it runs, as far as they are loaded, with their names."""
    package = function.__globals__.get("__package__")
    for level, name in readings.read(code).imports:
        if level:
            parts = package.split(".") if type(package) is str else []
            name = ".".join([*parts[: len(parts) - level + 1], *filter(None, [name])])  # noqa: PLW2901
        yield name.rpartition(".")[2], sys.modules.get(name)


def _with_nested(code: CodeType) -> Iterator[CodeType]:
    yield code
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield from _with_nested(swap.unswapped(const))


def _held_by_class(kind: type, is_stage: bool) -> Iterator[tuple[str, Any]]:
    """What the functions of a class hold: it is an application, or one's closures lie in it."""
    if not is_stage:
        return
    values = [each for base in kind.__mro__ for each in base.__dict__.values()]
    functions = [each for each in map(function_of, values) if each is not None]
    made = shapes.maker(kind) if shapes.is_made(kind) else None
    later: frozenset[str] = frozenset()
    if made is not None:
        codes = map(swap.original_code, functions)
        later = frozenset(keeping.names_called_later(swap.original_code(made), codes))
    for function in functions:
        yield from _held_by_function(function, True, later)
    if shapes.is_made(kind):
        for name, each in (item for base in kind.__mro__ for item in base.__dict__.items()):
            if not name.startswith("__") and type(each) is not FunctionType:
                yield name, each.__func__ if type(each) is staticmethod else each
    else:
        # Its metaclass is the application's class, and it is what that has made.
        yield from _held_by_classes_of(kind)
        yield from ((name, function_of(each) or each) for name, each in vars(kind).items())


def _held_by_object(value: Any, is_stage: bool) -> Iterator[tuple[str, Any]]:
    """By what the garbage collector sees, so that no attribute is asked for."""
    kind = type(value)
    attributes = None
    for base in kind.__mro__:
        descriptor = base.__dict__.get("__dict__")
        if descriptor is not None:
            try:
                attributes = descriptor.__get__(value, kind)
            except Exception:
                attributes = None
            break
    if type(attributes) is dict:
        if issubclass(kind, enum.Enum):
            yield "value", attributes.get("_value_")
        yield from list(attributes.items())[:_MOST_ELEMENTS]
    yield from _held_in_slots(value)
    if issubclass(kind, (list, tuple)):
        # The garbage collector sees the last of them first.
        ordered: Any = list if issubclass(kind, list) else tuple
        yield from [("", held) for held in islice(ordered.__iter__(value), _MOST_ELEMENTS)]
    # Of what was compiled, all that its module has.
    aside = getattr(value, "__globals__", None) if shapes.is_cython(value) else None
    for held in gc.get_referents(value)[:_MOST_ELEMENTS]:
        if held is not kind and held is not attributes and held is not aside:
            yield "", held
    if is_stage:
        yield from _held_by_classes_of(value)


def _held_in_slots(value: Any) -> Iterator[tuple[str, Any]]:
    for base in type(value).__mro__:
        if "__slots__" in base.__dict__:
            for name, slot in list(base.__dict__.items()):
                if type(slot) is MemberDescriptorType and not name.startswith("__"):
                    try:
                        yield name, slot.__get__(value)
                    except AttributeError:
                        pass  # nothing is in it


def _held_by_class_method(method: Any, kind: type) -> Iterator[tuple[str, Any]]:
    """What a class has by the names that a method of the class itself names, or another that it
    names."""
    seen: set[str] = set()
    todo = [method]
    while todo:
        function = todo.pop()
        code = swap.original_code(function) if type(function) is FunctionType else None
        for name in getattr(code, "co_names", ()):  # PyPy's own have another
            found = [each.__dict__[name] for each in kind.__mro__ if name in each.__dict__]
            if name in seen or not found:
                continue
            seen.add(name)
            if type(found[0]) is staticmethod:
                yield name, found[0].__func__
            elif type(found[0]) is classmethod:
                todo.append(found[0].__func__)
            elif type(found[0]) is FunctionType:
                todo.append(found[0])
            else:
                yield name, found[0]


def _held_by_classes_of(value: Any) -> Iterator[tuple[str, Any]]:
    """What the classes of an object hold that is a stage, or a method of it is."""
    yield from _held_by_class_and_bases(type(value))


def _held_by_class_and_bases(kind: type) -> Iterator[tuple[str, Any]]:
    overridden: set[str] = set()
    asked = _asked_by(kind)
    for base in kind.__mro__:
        if "__module__" in base.__dict__:  # it is none that is built in
            yield from _held_by_class_of(base, overridden, asked)
            overridden |= base.__dict__.keys()


def _asked_by(kind: type) -> set[str]:
    """The names by which methods that a request goes through have what makes what they call, or a
    property that gives it."""
    items = [item for base in kind.__mro__ for item in list(base.__dict__.items())]
    given = {name for name, value in items if proxies.getter(value) is not None}
    functions = [each for each in (function_of(value) for _, value in items) if each is not None]
    found = (
        acts.makers(each) | acts.called_names(each) & given for each in filter(_goes_on, functions)
    )
    return {name for names in found for name in names}


def _held_by_class_of(
    base: type, overridden: set[str], asked: AbstractSet[str]
) -> Iterator[tuple[str, Any]]:
    """What one of the classes of an object holds, in methods that a request goes through or that
    are asked for what is called, and as attributes, but for those that have others in their
    place."""
    for name, attribute in list(base.__dict__.items()):
        function = function_of(attribute)
        asked_for = proxies.getter(attribute) or function
        is_asked = name in asked and name not in overridden
        if asked_for is not None and (name == "__call__" or is_asked or _goes_on(asked_for)):
            yield from _held_by_function(asked_for, True)
        if name in overridden or name in _VALUES and issubclass(base, enum.Enum):
            continue
        if type(attribute) is staticmethod:
            yield name, attribute.__func__
        elif type(attribute) is partialmethod and type(attribute.func) is FunctionType:
            # That is a method as others are. What it is given may be a stage.
            yield from zip(islice(_parameters(attribute.func), 1, None), attribute.args)
            yield from attribute.keywords.items()
        elif (
            _is_method_in(base, name)
            if function is None
            else name == "__call__" or _is_around_method(attribute)
        ):
            continue
        elif type(attribute) is not FunctionType or shapes.place_of(attribute) == 0:
            yield name, attribute  # no method


def _is_method_in(base: type, name: str) -> bool:
    """Whether what a class has by a name is a method that was written there, decorated by an
    object."""
    function = methods.written(base, name)
    if function is None or shapes.place_of(function) == 0:
        return False
    return function.__qualname__ == f"{base.__qualname__}.{name}"


def _is_around_method(attribute: Any) -> bool:
    return packed.hook_around(attribute) is not None and not shapes.is_application(
        proxies.behind(attribute)
    )


def function_of(attribute: Any) -> FunctionType | None:
    """The function that a class has as a method, of whatever kind."""
    attribute = dispatching.behind(attribute)
    if id(type(attribute)) in METHODS:
        attribute = attribute.__func__
    behind = adapters.hook_behind(attribute)
    plain = undecorated(proxies.behind(attribute) if behind is None else behind.adapted(attribute))
    return plain if shapes.is_written(plain) else None


def _goes_on(method: FunctionType) -> bool:
    """Whether a method of the user's is one of those that an application's call goes through."""
    is_firm = acts.is_own(swap.original_code(method)) and acts.is_firm(method)
    return is_firm or acts.is_awaited(method)
