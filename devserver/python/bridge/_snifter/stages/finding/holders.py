"""Which stage holds which, as it can be seen without a request.

From the application on, what each stage holds is looked through: attributes, slots, closures,
defaults, the arguments of a partial, lists and dicts, and the globals that its code names. Another
application that is met there is an inner stage (`held` lists them, one step away).
"""

from __future__ import annotations

import enum
import inspect
from collections import deque
from contextvars import ContextVar
from itertools import chain
from types import CodeType, FrameType, FunctionType, MethodType, ModuleType, TracebackType

from ...sources import LAZY
from .. import names
from ..frameworks import layers
from ..hooking import swap
from ..kinds import attributes_of, ids, is_plain
from ..names import Stage
from ..reading import (
    acts,
    begins,
    declines,
    keeping,
    makes,
    methods,
    proxies,
    sends,
    shapes,
)
from ..reading.methods import METHODS
from ..reading.named import is_application_name
from ..running import hooks, packed
from ..values import OURS
from . import handed, opaque, suspects
from .callees import called, entry, methods_named, standing, undecorated
from .held import MAPPINGS, function_of, held_by, is_application

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator

    from ..running.calls import Call

#: How far a stage is looked through: steps from it, and objects.
_MOST_STEPS = 7
_MOST_OBJECTS = 20_000

#: What holds no stage, or what too much of the process can be reached through.
_CLOSED = (
    *(str, bytes, bytearray, int, float, complex, type(None), type),
    *(ModuleType, LAZY, CodeType, FrameType, TracebackType),
)

#: Names of what is there for Python itself, which no application calls as one.
_ASIDE = frozenset(
    (
        *("__annotations__", "__annotations_cache__", "__builtins__"),
        *("__class__", "__class_getitem__"),
    )
)

#: Names by which several of them are.
_SEVERAL = frozenset(("apps", "applications", "mounts"))
CONTAINERS = ids(list, tuple, deque, ContextVar, *MAPPINGS)
_FUNCTIONS = (FunctionType, MethodType)
_ANY = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS
_NEVER = inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR

#: A stage's identity: that of its hook (or function), and of the object that it is a method of,
#: together with that of the application that it is given before the two, if any.
Key = "tuple[int, int]"
#: So many bits has an id.
_BITS = 64
_ID = (1 << _BITS) - 1


class Node:
    """A stage that was found, with the keys of those it holds."""

    __slots__ = ("key", "stage", "value", "inner", "given")

    def __init__(self, key: tuple[int, int], stage: Stage, value: Any) -> None:
        self.key = key
        self.stage = stage
        self.value = value  # keeps the ids in the key from being used again
        self.inner: list[tuple[int, int]] = []
        #: The application that it is given before the two, where that tells it from others.
        self.given: Any = None


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
                if is_same_layer(inner.key, node.key) or _is_bare(value, node):
                    if not any(handed.is_same(value, each) for each in forms):
                        forms.append(value)
                elif inner.key not in node.inner and not _is_beside(inner, node):
                    node.inner.append(inner.key)
                    if inner.key not in found:
                        if opaque.is_one(inner.value):
                            inner.stage.kind = opaque.KIND
                        found[inner.key] = inner
                        todo.append(inner)
    return found


def functions(application: Any) -> Iterator[Any]:
    """What runs where the stages are called that can be reached from the application: one that
    takes *args, or much before the two, is known by where it is held alone."""
    for node in nodes(application).values():
        if not shapes.is_cython(node.value):
            yield called(undecorated(node.value))[0]


def is_same_layer(key: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether two are one stage in another form: decorated, or by another method of the object."""
    return key == other or key[0] != other[0] and receiver_in(key) == receiver_in(other) > 0


def receiver_in(key: tuple[Any, ...]) -> int:
    """The id of the object that the stage of a key is a method of, or of its class; else 0."""
    return key[1] & _ID if type(key[1]) is int and key[1] > 0 else 0


def _is_bare(value: Any, node: Node) -> bool:
    """Whether a value is what a stage gives an application to, as a partial does."""
    return node.given is not None and value is undecorated(node.value)


def _is_beside(inner: Node, node: Node) -> bool:
    """Whether a stage is no further in than another, whose method is given something else there: it
    is held by the object of both."""
    is_given = node.given is None or inner.value is node.given
    return not is_given and receiver_in(inner.key) == receiver_in(node.key) > 0


def node_of(value: Any) -> Node:
    """The node of an application, whatever form it has."""
    node = _node_of(value)
    receiver = receiver_in(node.key)
    node.given = _given_first(value, receiver)
    if node.given is not None:
        # One with each application that it is given.
        given = _identity(node.given)
        node.key = node.key[0], given << _BITS | receiver if receiver else -given
    return node


def _identity(value: Any) -> int:
    """The id of what is held; that of a bound method, which is made anew for each that asks for it,
    is made of the ids of the two."""
    if type(value) is MethodType:
        return id(value.__func__) << _BITS | id(value.__self__)
    return id(value)


def _given_first(value: Any, receiver: int) -> Any:
    """The application that a partial gives to what it calls, before the two, beside the object of
    this id that it is a method of; else None."""
    found = None
    while (partial := proxies.taken_apart(value)) is not None:
        value, given, named = partial
        others = (each for each in chain(given, named.values()) if id(each) != receiver)
        found = next(filter(is_application, others), found)
    return found


def _node_of(value: Any) -> Node:
    plain = undecorated(value)
    hook, receiver = entry(plain)
    if isinstance(hook, hooks.StageHook):
        if not shapes.is_made(plain):
            stage = _stage_of(hook, plain, receiver)
        elif hook.gives_others:
            stage = hook.stage_for(plain)
        else:
            stage = Stage(names.name_of(plain), "wsgi", names.place(plain))
        return Node(key_for(hook, stage, receiver, _around(value, plain)), stage, value)
    if issubclass(type(plain), type) and not shapes.is_made(plain):
        stage = Stage(names.name_of(type(plain)), "wsgi", names.place(type(plain)))
    else:
        stage = Stage(names.name_of(plain), "wsgi", names.place(plain))
    function = called(plain)[0]
    of = function if function is not None else type(plain)
    return Node((id(of), id(receiver) if receiver is not None else 0), stage, value)


def _stage_of(hook: Any, plain: Any, receiver: Any) -> Stage:
    within = None if receiver is None else standing(plain)
    found = None if within is None else hook.stage_in(type(receiver), within)
    return found or hook.stage_of(receiver)


def _around(value: Any, plain: Any) -> Any:
    """What the function of a stage is around: what it was put around, or the object that it was put
    around a method of."""
    if packed.within(value) is not None:
        return value.__self__
    if packed.hook_around(shapes.call_method(type(plain))) is not None:
        return plain
    wrapped = proxies.wrapped_by(plain)
    return wrapped.__func__ if id(type(wrapped)) in METHODS else wrapped


def key_of(call: Call) -> tuple[int, int]:
    """The key of the stage that a call is of."""
    receiver = call.made if call.hook.makes else call.receiver
    return key_for(call.hook, call.stage, receiver, getattr(call, "around", None))


def key_for(hook: Any, stage: Stage, receiver: Any, around: Any = None) -> tuple[int, int]:
    """The key of one of the stages of a hook: what tells them from each other are their objects,
    or what they are around. Those of a __new__ that makes no instance have a class alone."""
    if receiver is not None:
        return id(hook), id(receiver)
    if getattr(hook, "gives_others", False):
        return id(hook), id(stage)
    return id(hook), 0 if around is None else -id(around)


def _inner(value: Any) -> Iterator[Any]:
    """The applications that a stage holds."""
    method = packed.within(value)
    if method is not None:
        yield method
        return
    if type(value) is not MethodType:
        yield from packed.methods_of(value)
    inside = layers.inside(value.__self__ if type(value) is MethodType else value)
    if inside is not None:
        if type(value) is not MethodType:
            yield from inside.applications
        if inside.closed:
            return
    found = [(name, held) for _, name, held in _search(value)]
    receiver = called(undecorated(value))[1]
    yield from handed.within_others(receiver, _functions_in(value), found)


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


def _search(start: Any) -> Iterator[tuple[int, str, Any]]:
    """The applications that are held, those that are nearest first."""
    names, makers, given, sent_to = _called_by(start)
    receiver = called(undecorated(start))[1]
    own = {id(each) for each in _own(start)}
    # What runs in a call of the stage: their globals count.
    plain = undecorated(start)
    kind = _kind_of(plain)
    running = {id(start), id(called(plain)[0]), *own}
    if shapes.is_made(plain):
        running.add(id(plain))  # that a partial is of
    # Objects by their id, and applications by that and True.
    seen: set[Any] = {id(start)}
    inside = layers.inside(start)
    for aside in chain(inside.aside() if inside is not None else (), _members_beside(start)):
        seen |= {id(aside), (id(aside), True)}
    # The objects are kept as long as their ids are.
    kept = [start]
    todo: deque[tuple[Any, int, bool, bool, set[str]]] = deque([(start, 0, True, False, sent_to)])
    while todo and len(seen) < _MOST_OBJECTS:
        value, steps, is_named_so, of_applications, sent_to = todo.popleft()
        for name, held in held_by(value, id(value) in running):
            if name in _ASIDE or _is_of_bridge(held):
                continue
            # Its attributes are called by their names, and those of these attributes.
            is_called = name in names and (is_named_so or steps < 2)
            is_named = is_application_name(name)
            is_one = of_applications or is_called or is_named
            named = is_one and _may_be_called(held, is_named)
            named = named or is_called and handed.takes_more(held, kind)
            named = named or steps < 2 and name in given and suspects.is_one(held)
            if id(held) in seen and not named or (id(held), True) in seen:
                continue
            seen.add(id(held))
            kept.append(held)
            is_seen = named or is_application(held)
            if (is_seen or opaque.is_application(held)) and id(held) not in own:
                seen.add((id(held), True))
                yield steps, name, held
                continue
            has = {} if held is receiver else methods_named(held, sent_to)
            entered = [each for each in has.values() if _is_entered(each)]
            if entered:
                seen.add((id(held), True))
                yield from ((steps, name, each) for each in entered)
            elif steps < _MOST_STEPS and (
                held is plain or not _is_closed(held) or is_called and _is_enum(held)
            ):
                several = name in _SEVERAL or of_applications or is_called
                runs = name in makers or is_called
                if steps == 0 and runs and type(proxies.behind(held)) is FunctionType:
                    running.add(id(proxies.behind(held)))  # a cache's, as a rule itself
                of_them = several and id(type(held)) in CONTAINERS or is_one and _is_proxy(held)
                # Those of what it holds are not meant by a name that it has a method of.
                todo.append((held, steps + 1, is_called, of_them, sent_to - has.keys()))


def _own(value: Any) -> Iterator[Any]:
    """What decorators have made the methods of an application of, and the objects of these."""
    receiver = called(undecorated(value))[1]
    for base in type(receiver).__mro__ if receiver is not None else ():
        for attribute in filter(methods.may_be_one, base.__dict__.values()):
            for each in methods.all_within(attribute):
                if each is not attribute or type(each) is not FunctionType:
                    yield each


def _members_beside(value: Any) -> list[Any]:
    """The other members of the enumeration that an application is of: its class holds them all."""
    receiver = called(undecorated(value))[1]
    kind = type(receiver)
    if not issubclass(kind, enum.Enum):
        return []
    members = attributes_of(kind).get("_member_map_", {}).values()
    return [each for each in members if each is not receiver]


def _is_entered(method: Any) -> bool:
    """Whether a method, or what it decorates, is a stage once it is called with the two: it has a
    hook. A library's that never looks at start_response is a step on the way to a body."""
    function, receiver = called(method)
    forms = [function] if receiver is None else [function, *methods.within(method.__func__)]
    codes = [each.code for each in map(swap.hook_of, forms) if isinstance(each, hooks.StageHook)]
    return any(acts.is_own(each) or not declines.leaves_start(each) for each in codes)


def _called_by(value: Any) -> tuple[set[str], set[str], set[str], set[str]]:
    """The names by which a stage has what it passes its environ and start_response on to, those by
    which it has what makes that, those of what it gives a start_response of its own, and those of
    the methods by which it passes the two on."""
    plain = undecorated(value)
    functions, own, kind = _functions_in(value), _functions_beside(plain), _kind_of(plain)
    makers = {name for each in functions for name in acts.makers(each)}
    called_so = {name for each in functions for name in acts.called_names(each) - acts.makers(each)}
    if kind is plain and shapes.is_made(kind):
        codes = [swap.original_code(each) for _, each in own]
        called_so |= {*keeping.names_called_later(swap.original_code(shapes.maker(kind)), codes)}
    # A method, or a property, that gives what is called has it by other names.
    asked = makers | called_so
    called_so |= {each for name, of in own if name in asked for each in makes.names_returned(of)}
    given = {name for each in functions for name in begins.names_given(each)}
    sent_to = {name for each in functions for name in sends.methods_of(each)}
    return called_so, makers, given, sent_to


def _functions_in(value: Any) -> list[FunctionType]:
    """What runs in a call of a stage, and those of its other methods that may go on for it."""
    plain = undecorated(value)
    function = called(plain)[0]
    functions = [function] if type(function) is FunctionType else []
    own = _functions_beside(plain)
    return functions + [each for _, each in own if acts.is_firm(each) or acts.is_awaited(each)]


def _functions_beside(plain: Any) -> list[tuple[str, FunctionType]]:
    kind = _kind_of(plain)
    return [] if kind is type(None) else [*_functions_of(kind)]


def _kind_of(plain: Any) -> type:
    """The class whose methods run where an application does: itself, or that of its object."""
    return plain if issubclass(type(plain), type) else type(called(plain)[1])


def _functions_of(kind: type) -> Iterator[tuple[str, FunctionType]]:
    """The methods of a class and of those that it is made of, and what their properties have their
    values of, with their names."""
    for base in kind.__mro__:
        for name, each in base.__dict__.items():
            function = proxies.getter(each) or function_of(each)
            if shapes.is_written(function):
                yield name, function


def _is_proxy(value: Any) -> bool:
    """Whether an object calls another in compiled code, as those of wrapt do, or is what the
    standard library makes of one."""
    if type(value) is FunctionType:
        return shapes.is_librarys(value)
    found = shapes.call_method(type(value))
    return type(found) is proxies.SLOT and not shapes.is_written(found)


def _is_enum(value: Any) -> bool:
    return issubclass(type(value), enum.EnumMeta)


def _is_of_bridge(value: Any) -> bool:
    """Whether a value is a start_response, say, or what else a stage was given in a request."""
    if type(value) is not MethodType:
        return False
    module = type(value.__self__).__dict__.get("__module__")
    return type(module) is str and module.startswith(OURS)


def _is_closed(value: Any) -> bool:
    """Whether no stage is looked for in an object: it can hold none, its class is not to be asked,
    or is of ours, as what a stage is given."""
    kind = type(value)
    if issubclass(kind, _CLOSED) or not is_plain(value if issubclass(kind, type) else kind):
        return True
    module = kind.__dict__.get("__module__")
    return type(module) is str and module.startswith(OURS) and shapes.call_method(kind) is None


def _may_be_called(held: Any, is_named: bool) -> bool:
    """Whether what is held by an application's name, or is called as one, can be one."""
    if _is_closed(held):
        return False
    value, given, named = held, 0, 0
    while (partial := proxies.taken_apart(value)) is not None:
        value = partial[0]
        given += len(partial[1])
        named += len(partial[2])
    kind = type(value)
    if kind is MethodType:
        value, given = value.__func__, given + 1
    if type(value) is FunctionType:
        function = proxies.decorated(value)
    else:
        function, before = proxies.plain_call(type(value))
        given += before
    if not shapes.is_written(function):
        return opaque.is_one(value)
    if shapes.is_librarys(function):
        return False
    code = swap.original_code(function)
    if code.co_flags & _NEVER or shapes.starts().get(id(code)) is code:
        return False
    if kind is FunctionType and not is_named and declines.is_none(function):
        return False
    if issubclass(kind, _FUNCTIONS) and not is_named and declines.gives_nothing(function):
        return False
    if declines.refuses(code, given) or not acts.is_own(code) and declines.never_answers(code):
        return False
    takes = code.co_argcount - given
    takes_more = takes >= 2 or bool(code.co_flags & (_ANY if takes == 0 else inspect.CO_VARARGS))
    needed = takes - named - len(function.__defaults__ or ())
    return takes_more and (needed <= 2 or acts.is_own(code) and acts.of(code).has_next)
