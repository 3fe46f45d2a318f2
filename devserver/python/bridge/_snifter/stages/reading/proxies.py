"""Objects that are called in the place of a function, and have nothing of the user's in them that
could be hooked: those of functools.lru_cache, and of wrapt, by which agents that watch an
application replace its functions."""

from __future__ import annotations

import functools
import gc
import inspect
from types import CodeType, FunctionType, GetSetDescriptorType, MemberDescriptorType, MethodType

from ..hooking.swap import original_code, unswapped
from ..kinds import ByClass, attributes_of, by_class, ids, is_plain, name_of_class
from . import acts, dispatching, readings
from .named import place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable, Iterator, Mapping

#: What a compiled type has as a method: on PyPy a function, as any other.
SLOT = type(object.__init__)
MEMBERS = ids(GetSetDescriptorType, MemberDescriptorType)
#: Modules of the standard library that wrap functions in others.
_DECORATING = frozenset(("functools", "contextlib", "typing"))
#: What Kind[int] is, and where that is defined.
_ALIASES = frozenset(("_GenericAlias", "GenericAlias"))
_TYPES = frozenset(("typing", "types"))
_CALLED: Any = functools.partial.__dict__["__call__"]
#: How the name ends by which an object has the arguments that it adds to those of a call.
_ARGUMENTS = "args"
_PROPERTIES = ids(property, functools.cached_property)
#: How many of them may lie around one another.
_MOST = 20
#: What each class has its objects' __wrapped__ by, by its id: a class need not be hashable.
_members = ByClass()
_MOST_KINDS = 1000


def call_method(kind: type) -> Any:
    """What a type defines as __call__, as it stands in the class, or None."""
    if not is_plain(kind):
        return None
    for base in kind.__mro__:
        if "__call__" in base.__dict__:
            return base.__dict__["__call__"]
    return None


def is_librarys(function: FunctionType) -> bool:
    """Whether a function is what the standard library makes of one that it decorates: it is not
    what anybody has put into the stack; or by which it makes a NamedTuple. PyPy's own functions
    have no globals."""
    name = (function.__globals__ or {}).get("__name__")
    if function.__name__ == "__new__" and type(name) is str and name.startswith("namedtuple_"):
        return True
    return name in _DECORATING


def decorated(value: Any) -> Any:
    """The function that the standard library has decorated; anything else is itself."""
    for _ in range(_MOST):
        is_one = type(value) is FunctionType and is_librarys(value)
        wrapped = value.__dict__.get("__wrapped__") if is_one else None
        if type(wrapped) is not FunctionType:
            break
        value = wrapped
    return value


def is_partial(kind: type) -> bool:
    """Whether objects of a class are called as those of functools.partial are."""
    return issubclass(kind, functools.partial) and call_method(kind) is _CALLED


def taken_apart(value: Any) -> tuple[Any, tuple[Any, ...], Mapping[str, Any]] | None:
    """What an object calls for nothing but that, and the arguments that it adds to those of a call:
    one of functools.partial, or of a library that does the same, or no more than stand for another;
    None of anything else."""
    if is_partial(type(value)):
        return value.func, value.args, value.keywords
    wrapped = wrapped_by(value) if _is_transparent(type(value)) else None
    if wrapped is None or around(value) is not None:
        return None
    given = (each for name, each in _held(value) if name.endswith(_ARGUMENTS))
    return wrapped, next((each for each in given if type(each) is tuple), ()), {}


def around(value: Any) -> FunctionType | None:
    """The function that a proxy calls in the place of what it stands for."""
    wrapped = wrapped_by(value)
    for _, held in _held(value) if wrapped is not None else ():
        function = held.__func__ if type(held) is MethodType else held
        if type(function) is FunctionType and function is not wrapped and _takes_all(held):
            return function
    return None


def _takes_all(value: Any) -> bool:
    """Whether a function may be given what is called, its object, and two kinds of arguments."""
    function, given = (value, 0) if type(value) is FunctionType else (value.__func__, 1)
    return original_code(function).co_argcount - given == 4


def _held(value: Any) -> Iterator[tuple[str, Any]]:
    """What an object has, and by which name, as far as it has one: it is not asked."""
    for held in gc.get_referents(value):
        if type(held) is dict:
            yield from ((name, each) for name, each in list(held.items()) if type(name) is str)
        else:
            yield _ARGUMENTS if type(held) is tuple else "", held


def has_all_of_another(kind: type) -> bool:
    """Whether a class was written for objects that have all that another has, for which they
    stand."""
    own = vars(kind)
    return id(type(own.get("__wrapped__"))) in MEMBERS or type(own.get("__dict__")) is property


@by_class
def _is_transparent(kind: type) -> bool:
    """Whether objects of a library's class stand for others, and are called with anything."""
    found = call_method(kind) if is_one_of(kind) else None
    if type(found) is FunctionType and not original_code(found).co_flags & inspect.CO_VARARGS:
        return False
    return found is not None and any(map(has_all_of_another, kind.__mro__))


def made_by(value: Any) -> Any:
    """The class that a generic one with its parameters, as Kind[int], makes its objects of; None of
    anything else."""
    kind = type(value)
    if name_of_class(kind) not in _ALIASES or attributes_of(kind).get("__module__") not in _TYPES:
        return None
    found = value.__origin__
    return found if issubclass(type(found), type) else None


def plain_call(kind: type) -> tuple[Any, int]:
    """What runs where an object of a type is called, or the code of what is made for that, and how
    many arguments come before those of the call."""
    found, before = given_by(kind, call_method(kind)), 1
    if type(found) is functools.partialmethod:
        found, before = found.func, 1 + len(found.args)
    elif type(found) is staticmethod:
        found, before = found.__func__, 0
    elif type(found) is classmethod:
        found = found.__func__
    return found, before


def named_for(kind: type) -> Iterable[str]:
    """What is given by name where an object of a type is called, beside the arguments of that."""
    found = call_method(kind)
    return found.keywords if type(found) is functools.partialmethod else ()


def given_by(kind: type, call: Any) -> Any:
    """What a property, or another descriptor, gives that is the __call__ of a class, as far as that
    can be read: a method of the object, or the code of a function that it makes; None where a
    property gives anything else. What is called itself is given as it is."""
    call = decorated(dispatching.behind(call))
    is_property = id(type(call)) in _PROPERTIES
    get = getter(call) if is_property else _binds(type(call))
    code = original_code(get) if type(get) is FunctionType else None
    if type(code) is not CodeType or not code.co_argcount:
        return None if is_property else call
    made = [each for each in code.co_consts if type(each) is CodeType and _is_application(each)]
    if len(made) == 1:
        return made[0]
    if not is_property:
        return call
    for each in readings.read(code).returned:
        if each is not None and each[:2] == ("attribute", ("name", code.co_varnames[0])):
            return next((b.__dict__[each[2]] for b in kind.__mro__ if each[2] in b.__dict__), None)
    return None


def getter(attribute: Any) -> FunctionType | None:
    """What a property of a class has its value of, or a library's that is made of one function."""
    kind = type(attribute)
    if id(kind) in _PROPERTIES:
        get = attribute.fget if kind is property else attribute.func
        return get if type(get) is FunctionType else None
    binds = None if call_method(kind) is not None else _binds(kind)
    if type(binds) is not FunctionType or is_librarys(binds):
        return None
    held = [each for _, each in _held(attribute) if type(each) is FunctionType]
    return held[0] if len(held) == 1 else binds


def _binds(kind: type) -> Any:
    """What makes of an object of a class, which stands in another, what those of that have."""
    if not is_plain(kind):
        return None
    found = (base.__dict__["__get__"] for base in kind.__mro__ if "__get__" in base.__dict__)
    return next(found, None)


def _is_application(made: CodeType) -> bool:
    code = unswapped(made)
    return code is not made or place(code) == 0 or acts.of(code).place == 0


def behind(value: Any) -> Any:
    """What such an object calls in the end, as it says by __wrapped__; anything else is itself."""
    for _ in range(_MOST):
        if type(value) is FunctionType or type(value) is MethodType:
            break
        wrapped = wrapped_by(value)
        if wrapped is None:
            break
        value = wrapped
    return value


def all_behind(value: Any) -> Iterator[Any]:
    """Such an object, and those that it has between itself and what is called in the end."""
    for _ in range(_MOST):
        yield value
        value = wrapped_by(value)
        if value is None:
            break


def wrapped_by(value: Any) -> Any:
    """What such an object stands for; None of anything else, and of a proxy that would have to make
    it first."""
    member = _member(type(value))
    if member is None or not any(_may_be_called(held) for _, held in _held(value)):
        return None
    try:
        found = member.__get__(value)
    except Exception:
        return None
    found = found.get("__wrapped__") if type(found) is dict else found
    return found if callable(found) else None


def named_after(value: Any) -> Any:
    """What an object that can't be called has taken its names from by functools.update_wrapper, as
    Cornice keeps the method of a class for its objects; else None."""
    kind = type(value)
    if call_method(kind) is not None:
        return None
    members = (vars(base).get("__dict__") for base in kind.__mro__)
    member = next((each for each in members if each is not None), None)
    if id(type(member)) not in MEMBERS:
        return None
    found = member.__get__(value)
    return found.get("__wrapped__") if type(found) is dict else None


def _may_be_called(value: Any) -> bool:
    return callable(value) and not isinstance(value, type)


def is_one_of(kind: type) -> bool:
    """Whether objects of a class may stand for what they call."""
    return _member(kind) is not None


def _member(kind: type) -> Any:
    found = _members.get(id(kind), _members)
    if found is _members:
        if len(_members) >= _MOST_KINDS:
            _members.clear()
        found = _members.add(kind, _member_of(kind))
    return found


def _member_of(kind: type) -> Any:
    """By what an object has __wrapped__, or all that it has; None where a call of it runs code of
    the user's."""
    found = call_method(kind)
    is_function = type(found) is FunctionType
    if issubclass(kind, type) or not is_plain(kind) or kind is FunctionType or kind is MethodType:
        return None
    if acts.is_own(original_code(found)) if is_function else type(found) is not SLOT:
        return None
    for name in ("__wrapped__", "__dict__"):
        for member in (vars(base)[name] for base in kind.__mro__ if name in vars(base)):
            if id(type(member)) in MEMBERS:
                return member
            if type(member) is not property:
                break  # what it gives in the place of its own is another's
    return None
