"""Which stage holds which, as it can be seen without a request.

From the application on, what each stage holds is looked through: attributes, slots, closures,
defaults, the arguments of a partial, lists and dicts, and the globals that its code names. Another
application that is met there is an inner stage.
"""

from __future__ import annotations

import builtins
import functools
import gc
import inspect
import weakref
from collections import deque
from itertools import chain, islice, repeat
from types import CodeType, FrameType, FunctionType, MethodType, ModuleType, TracebackType

from ..sources import LAZY
from . import (
    acts,
    adapters,
    declines,
    hooks,
    layers,
    methods,
    names,
    packed,
    proxies,
    readings,
    shapes,
    swap,
)
from .kinds import ids
from .names import Stage
from .values import OURS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable, Iterator

    from .calls import Call

#: How far a stage is looked through: steps from it, objects, elements of one container.
_MOST_STEPS = 7
_MOST_OBJECTS = 20_000
_MOST_ELEMENTS = 2_000
_MOST_DECORATED = 50

#: What holds no stage, or what too much of the process can be reached through.
_CLOSED = (
    *(str, bytes, bytearray, int, float, complex, type(None), type),
    *(ModuleType, LAZY, CodeType, FrameType, TracebackType),
)

#: Names by which nothing but an application is held.
_APPLICATIONS = frozenset(
    ("app", "application", "wsgi_app", "wsgi_application", "wrapped_app", "inner_app", "next_app")
)

#: Names of what is there for Python itself, which no application calls as one.
_ASIDE = frozenset(("__annotations__", "__annotations_cache__", "__builtins__"))

#: Names by which several of them are.
_SEVERAL = frozenset(("apps", "applications", "mounts"))
_MAPPINGS = (dict, getattr(builtins, "frozendict", dict))  # that is, from 3.15 on
_CONTAINERS = ids(list, tuple, deque, *_MAPPINGS)
_METHODS = ids(staticmethod, classmethod)
_ANY = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS
_NEVER = inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR

#: A stage's identity: that of its hook (or function), and of the object that it is a method of.
Key = "tuple[int, int]"


class Node:
    """A stage that was found, with the keys of those it holds."""

    __slots__ = ("key", "stage", "value", "inner")

    def __init__(self, key: tuple[int, int], stage: Stage, value: Any) -> None:
        self.key = key
        self.stage = stage
        self.value = value  # keeps the ids in the key from being used again
        self.inner: list[tuple[int, int]] = []


def nodes(application: Any) -> dict[tuple[int, int], Node]:
    """All stages that can be reached from the application, itself first."""
    first = node_of(application)
    found: dict[tuple[int, int], Node] = {first.key: first}
    todo = deque([first])
    while todo:
        node = todo.popleft()
        forms = [node.value]
        for form in forms:
            for value in _inner(form):
                inner = node_of(value)
                if _is_same_layer(inner.key, node.key):
                    if all(value is not each for each in forms):
                        forms.append(value)
                elif inner.key not in node.inner:
                    node.inner.append(inner.key)
                    if inner.key not in found:
                        found[inner.key] = inner
                        todo.append(inner)
    return found


def _is_same_layer(key: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether two are one stage in another form: decorated, or by another method of the object."""
    return key == other or key[1] == other[1] != 0


def node_of(value: Any) -> Node:
    """The node of an application, whatever form it has."""
    plain = undecorated(value)
    hook, receiver = entry(plain)
    if isinstance(hook, hooks.StageHook):
        stage = hook.stage_of(plain if shapes.is_made(plain) else receiver)
        if shapes.is_made(plain):
            stage = Stage(names.name_of(plain), "wsgi", names.place(plain))
        return Node((id(hook), _number_of(receiver, proxies.wrapped_by(plain))), stage, value)
    if issubclass(type(plain), type) and not shapes.is_made(plain):
        stage = Stage(names.name_of(type(plain)), "wsgi", names.place(type(plain)))
    else:
        stage = Stage(names.name_of(plain), "wsgi", names.place(plain))
    function = called(plain)[0]
    of = function if function is not None else type(plain)
    return Node((id(of), id(receiver) if receiver is not None else 0), stage, value)


def key_of(call: Call) -> tuple[int, int]:
    """The key of the stage that a call is of."""
    receiver = call.made if call.hook.makes else call.receiver
    return id(call.hook), _number_of(receiver, getattr(call, "around", None))


def _number_of(receiver: Any, around: Any) -> int:
    """What tells the stages of one hook from each other: their objects, or what they are around."""
    if receiver is not None:
        return id(receiver)
    return 0 if around is None else -id(around)


def entry(plain: Any) -> tuple[Any, Any]:
    """The hook that a call of an undecorated application comes to, and the object that it is a
    method of, or the class that it makes one of."""
    function, receiver = called(plain)
    hook = getattr(function, "_snifter_stage", None)
    if type(function) is FunctionType and hook is None:
        hook = swap.hook_of(function)
    if isinstance(hook, hooks.StageHook):
        if hook.makes:
            receiver = plain
        elif not hook.is_method_of(type(receiver)):
            receiver = None  # a function that is bound to something else, or to nothing
    return hook, receiver


def called(plain: Any) -> tuple[Any, Any]:
    """What runs when an undecorated application is called, and the object that it is a method
    of."""
    kind = type(plain)
    if kind is FunctionType:
        return plain, None
    if kind is MethodType:
        return plain.__func__, plain.__self__
    if shapes.is_made(plain):
        return shapes.maker(plain), None
    around = packed.hook_around(plain)
    if around is not None:
        return around.function, None
    found = shapes.call_method(kind)
    if id(type(found)) in _METHODS:
        return found.__func__, None
    if type(found) is functools.partialmethod:
        return found.func, plain
    behind = adapters.hook_behind(found) or packed.hook_around(found)
    return proxies.behind(found) if behind is None else behind.function, plain


def undecorated(value: Any) -> Any:
    """An application without what the standard library has made around it."""
    for _ in range(_MOST_DECORATED):
        if issubclass(type(value), functools.partial):
            given, value = value.args, value.func
            if given and type(value) is FunctionType and _is_of_class(value, type(given[0])):
                value = MethodType(value, given[0])
        elif type(value) is FunctionType and shapes.is_librarys(value):
            wrapped = value.__dict__.get("__wrapped__")
            if type(wrapped) is not FunctionType:
                break
            value = wrapped
        else:
            break
    return value


def _is_of_class(function: FunctionType, kind: type) -> bool:
    if any(function is each for base in kind.__mro__ for each in base.__dict__.values()):
        return True
    hook = swap.hook_of(function)
    return isinstance(hook, hooks.StageHook) and hook.is_method_of(kind)


def _inner(value: Any) -> Iterator[Any]:
    """The applications that a stage holds."""
    inside = layers.inside(value.__self__ if type(value) is MethodType else value)
    if inside is not None:
        if type(value) is not MethodType:
            yield from inside.applications
        if inside.closed:
            return
    for _, _, held in _search(value):
        yield held


def nearest(start: Any) -> list[tuple[str, Any]]:
    """The applications that a stage holds in the fewest steps, by the names it has for them."""
    found: list[tuple[str, Any]] = []
    least = _MOST_STEPS
    for steps, name, held in _search(start):
        if steps > least:
            break
        least = steps
        found.append((name, held))
    return found


def is_application_name(name: str) -> bool:
    """Whether nothing but an application is held by a name."""
    return name in _APPLICATIONS or name.endswith(("_app", "_application"))


def _search(start: Any) -> Iterator[tuple[int, str, Any]]:
    """The applications that are held, those that are nearest first."""
    called = _called_by(start)
    own = {id(each) for each in _own(start)}
    # Objects by their id, and applications by that and True.
    seen: set[Any] = {id(start)}
    # The objects are kept as long as their ids are.
    kept = [start]
    todo: deque[tuple[Any, int, bool]] = deque([(start, 0, False)])
    while todo and len(seen) < _MOST_OBJECTS:
        value, steps, of_applications = todo.popleft()
        for name, held in _held(value, steps == 0 or id(value) in own):
            if name in _ASIDE:
                continue
            is_called = steps < 2 and name in called
            is_named = is_application_name(name)
            is_one = of_applications or is_called or is_named
            named = is_one and _may_be_called(held, is_named)
            if id(held) in seen and not named or (id(held), True) in seen:
                continue
            seen.add(id(held))
            kept.append(held)
            if (named or _is_application(held)) and id(held) not in own:
                seen.add((id(held), True))
                yield steps, name, held
            elif steps < _MOST_STEPS and not _is_closed(held):
                several = name in _SEVERAL or of_applications or is_called
                of_them = several and id(type(held)) in _CONTAINERS or is_one and _is_proxy(held)
                todo.append((held, steps + 1, of_them))


def _own(value: Any) -> Iterator[FunctionType]:
    """The functions that decorators have made the methods of an application of."""
    receiver = called(undecorated(value))[1]
    for base in type(receiver).__mro__ if receiver is not None else ():
        for attribute in base.__dict__.values():
            if type(attribute) is FunctionType:
                yield from (each for each in methods.within(attribute) if each is not attribute)


def _is_application(value: Any) -> bool:
    if packed.hook_around(value) is not None:
        return True
    return shapes.is_application(value) and not (
        type(value) is FunctionType and declines.declines(swap.original_code(value))
    )


def _is_odd(value: Any) -> bool:
    """Whether a function is known by what it does alone: it may be of use in a stage without being
    one."""
    if type(value) is not FunctionType or shapes.place_of(value) >= 0:
        return False
    return acts.of(swap.original_code(value)).place >= 0


def _called_by(value: Any) -> frozenset[str]:
    """The names by which a stage has what it passes its environ and start_response on to."""
    plain = undecorated(value)
    function, receiver = called(plain)
    found: set[str] = set()
    if type(function) is FunctionType:
        found |= acts.called_names(function)
    # Its other methods may do that for it.
    kind = plain if issubclass(type(plain), type) else type(receiver)
    for base in kind.__mro__ if receiver is not None or kind is plain else ():
        for each in base.__dict__.values():
            method = _function_of(each)
            if method is not None and acts.is_firm(method):
                found |= acts.called_names(method)
    return frozenset(found)


def _is_proxy(value: Any) -> bool:
    """Whether an object calls another in compiled code, as those of wrapt do, or is what the
    standard library makes of one."""
    if type(value) is FunctionType:
        return shapes.is_librarys(value)
    kind = type(shapes.call_method(type(value)))
    return kind is proxies.SLOT and kind is not FunctionType


def _is_closed(value: Any) -> bool:
    """Whether no stage is looked for in an object: it can hold none, or is of ours, as what a stage
    is given."""
    kind = type(value)
    if issubclass(kind, _CLOSED):
        return True
    module = kind.__dict__.get("__module__")
    return type(module) is str and module.startswith(OURS) and shapes.call_method(kind) is None


def _may_be_called(held: Any, is_named: bool) -> bool:
    """Whether what is held by an application's name, or is called as one, can be one."""
    if _is_closed(held):
        return False
    value, given, named = held, 0, 0
    while issubclass(type(value), functools.partial):
        given += len(value.args)
        named += len(value.keywords)
        value = value.func
    kind = type(value)
    if kind is MethodType:
        function, given = value.__func__, given + 1
    elif kind is FunctionType:
        function = value
    else:
        function, given = shapes.call_method(kind), given + 1
    if type(function) is not FunctionType or shapes.is_librarys(function):
        return False
    code = swap.original_code(function)
    if code.co_flags & _NEVER or shapes.starts().get(id(code)) is code:
        return False
    if kind is FunctionType and not is_named and declines.declines(code):
        return False
    if declines.refuses(code, given) or not acts.is_own(code) and declines.never_answers(code):
        return False
    takes = code.co_argcount - given
    takes_more = takes >= 2 or bool(code.co_flags & (_ANY if takes == 0 else inspect.CO_VARARGS))
    needed = takes - named - len(function.__defaults__ or ())
    return takes_more and (needed <= 2 or acts.is_own(code) and acts.of(code).has_next)


def _held(value: Any, is_stage: bool) -> Iterator[tuple[str, Any]]:
    """What an object holds, with the name that it has there, if any."""
    kind = type(value)
    if kind is FunctionType:
        yield from _held_by_function(value, is_stage)
    elif issubclass(kind, functools.partial):
        yield from zip(_parameters(value.func), value.args)
        yield from value.keywords.items()
        yield "", value.func
    elif issubclass(kind, weakref.ref):
        yield "", weakref.ref.__call__(value)
    elif kind is MethodType:
        yield next(iter(_parameters(value.__func__))), value.__self__
        if type(value.__func__) is FunctionType:
            yield from _held_by_function(value.__func__, is_stage)
    elif issubclass(kind, type):
        yield from _held_by_class(value, is_stage)
    elif issubclass(kind, _MAPPINGS):
        # Its own elements, whatever a class makes of looking at them.
        items = next(each.items for each in _MAPPINGS if issubclass(kind, each))
        for name, element in list(items(value))[:_MOST_ELEMENTS]:
            yield name if type(name) is str else "", element
    else:
        yield from _held_by_object(value, is_stage)


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


def _held_by_function(function: FunctionType, is_stage: bool) -> Iterator[tuple[str, Any]]:
    code = swap.original_code(function)
    if type(code) is not CodeType:
        return  # PyPy's own
    yield from shapes.closed_over(function).items()
    yield from (("", value) for value in function.__defaults__ or ())
    yield from (function.__kwdefaults__ or {}).items()
    yield from function.__dict__.items()
    if is_stage:
        yield from _globals_of(function, code)


def _globals_of(function: FunctionType, code: CodeType) -> Iterator[tuple[str, Any]]:
    """The applications among the globals that a code names, and among modules' attributes."""
    codes = list(_with_nested(code))
    named = dict.fromkeys(name for each in codes for name in readings.read(each).globals)
    attributes = dict.fromkeys(name for each in codes for name in each.co_names)
    called = acts.called_names(function)
    for name in named:
        value = function.__globals__.get(name)
        if type(value) is ModuleType:
            for attribute in attributes:
                held = vars(value).get(attribute)
                if _is_application(held) and not _is_odd(held):
                    yield "", held
        elif name in called or _is_application(value) and not _is_odd(value):
            yield name, value


def _with_nested(code: CodeType) -> Iterator[CodeType]:
    yield code
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield from _with_nested(swap.unswapped(const))


def _held_by_class(kind: type, is_stage: bool) -> Iterator[tuple[str, Any]]:
    """What the functions of a class hold: it is an application, or one's closures lie in it."""
    if not is_stage:
        return
    for value in (each for base in kind.__mro__ for each in base.__dict__.values()):
        function = _function_of(value)
        if function is not None:
            yield from _held_by_function(function, True)
    if not shapes.is_made(kind):
        # Its metaclass is the application's class, and it is what that has made.
        for base in type(kind).__mro__:
            yield from _held_by_class_of(base)
        yield from ((name, _function_of(each) or each) for name, each in vars(kind).items())


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
        yield from list(attributes.items())[:_MOST_ELEMENTS]
    if issubclass(kind, (list, tuple)):
        # The garbage collector sees the last of them first.
        ordered: Any = list if issubclass(kind, list) else tuple
        yield from [("", held) for held in islice(ordered.__iter__(value), _MOST_ELEMENTS)]
    for held in gc.get_referents(value)[:_MOST_ELEMENTS]:
        if held is not kind and held is not attributes:
            yield "", held
    if is_stage:
        for base in kind.__mro__:
            yield from _held_by_class_of(base)


def _held_by_class_of(base: type) -> Iterator[tuple[str, Any]]:
    """What one of the classes of an object holds, in methods that a request goes through, and as
    attributes."""
    for name, attribute in list(base.__dict__.items()):
        function = _function_of(attribute)
        if function is not None and (name == "__call__" or _goes_on(function)):
            yield from _held_by_function(function, True)
        if "__call__" not in base.__dict__:
            continue
        if type(attribute) is staticmethod:
            yield name, attribute.__func__
        elif function is not None and (name == "__call__" or _is_around_method(attribute)):
            continue
        elif type(attribute) is not FunctionType or shapes.place_of(attribute) == 0:
            yield name, attribute  # no method


def _is_around_method(attribute: Any) -> bool:
    return packed.hook_around(attribute) is not None and not shapes.is_application(
        proxies.behind(attribute)
    )


def _function_of(attribute: Any) -> FunctionType | None:
    """The function that a class has as a method, of whatever kind."""
    if id(type(attribute)) in _METHODS:
        attribute = attribute.__func__
    behind = adapters.hook_behind(attribute)
    plain = undecorated(proxies.behind(attribute) if behind is None else behind.adapted(attribute))
    return plain if type(plain) is FunctionType else None


def _goes_on(method: FunctionType) -> bool:
    """Whether a method of the user's is one of those that an application's call goes through."""
    return acts.is_own(swap.original_code(method)) and acts.is_firm(method)
