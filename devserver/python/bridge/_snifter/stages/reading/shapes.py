"""What looks like an application, an environ, a start_response.

Objects are looked at by their type alone: asking an object itself could load what is lazy (a
session, a user, a body), or fail as proxies do outside a request.
"""

from __future__ import annotations

import inspect
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType

from ..hooking import compiled, swap
from ..hooking.swap import hook_of, original_code
from ..kinds import by_class, defines, ids, is_plain, name_of_class
from . import acts, declines, keeping, nobodies, proxies
from .named import MOST_BEFORE, is_environ_name, is_start_name, place
from .proxies import call_method, decorated, is_librarys, plain_call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable, Iterator

#: Of what is a dict, or like one, there.
_LIBRARY = frozenset(("builtins", "collections", "collections.abc"))
#: Codes that were found to be no application's, which is asked for at each call.
_starts: dict[int, CodeType] = {}
_MOST_STARTS = 10_000
#: So many partials may lie around one another.
_MOST_PARTIAL = 20

_PLAIN = ids(FunctionType, MethodType, BuiltinFunctionType)


def place_of(function: FunctionType, named: Iterable[str] = ()) -> int:
    """Where a function has the two, which is given these by name."""
    code, defaults = original_code(function), len(function.__defaults__ or ())
    if named:
        needed = code.co_varnames[: code.co_argcount - defaults]
        defaults += sum(name in needed for name in named)
    return place(code, defaults)


def is_learned(function: FunctionType) -> bool:
    """Whether a function is known to be called as an application, though no name says so."""
    hook = hook_of(function)
    if getattr(hook, "kind", "") != "wsgi" or hook.unpacks or place_of(function) >= 0:
        return False
    return getattr(hook, "is_stage", True) and not acts.is_doubtful(function)


def is_cython(value: Any) -> bool:
    """Whether a value is a function that Cython has made."""
    return name_of_class(type(value)) == "cython_function_or_method"


def is_function(value: Any) -> bool:
    """Whether a value is a function, of bytecode or compiled."""
    return type(value) is FunctionType or is_cython(value)


def is_compiled_call(found: Any) -> bool:
    """Whether a __call__ is a compiled function that takes environ and start_response."""
    if not is_cython(found):
        return False
    code = getattr(found, "__code__", None)
    names = getattr(code, "co_varnames", ())[:3]
    return len(names) == 3 and is_environ_name(names[1]) and is_start_name(names[2])


@by_class
def is_application_type(kind: type) -> bool:
    """Whether the instances of a type are called with environ and start_response."""
    found, before = plain_call(kind)
    named = proxies.named_for(kind)
    if type(found) is CodeType:
        return True
    found = compiled.method_of(proxies.behind(found))
    if not isinstance(found, FunctionType):
        if getattr(found, "_snifter_stage", False) or is_compiled_call(found):
            return True
        # An object that is called in its place, as a method where it is a decorator's.
        before += defines(type(found), "__get__")
        found = call_method(type(found))
    return isinstance(found, FunctionType) and (
        place_of(found, named) == before or is_learned(found)
    )


def makes_bodies(kind: type) -> bool:
    """Whether a class is an application, once it was given as much before the two as it takes."""
    return any(is_class_application(kind, given) for given in range(MOST_BEFORE - 1))


def is_class_application(kind: Any, given: int = 0, named: Iterable[str] = ()) -> bool:
    """Whether a class is an application: made with both, and iterated (PEP 3333, "The
    Application/Framework Side"); or what it gives in the place of an instance is the body. So many
    arguments are given before the two, as by functools.partial, and these by name."""
    if not issubclass(type(kind), type):
        return False
    if given or named:
        made = maker(kind)
        if made is None or place_of(made, named) != 1 + given or is_mapping_type(kind):
            return False
        if made.__name__ == "__new__" and not makes_instance(original_code(made)):
            return not declines.declines(original_code(made))
        by_place = defines(kind, "__len__") and not defines(kind, "__iter__")
        names = ("__getitem__",) if by_place else ("__iter__", "__next__")
        steps = [step for name in names if defines(kind, name) for step in _steps(kind, name)]
        return _is_answered(original_code(made), steps)
    if _answering(kind) is not None:
        return True
    # A quick look: most have none. It is not asked for: a mock's would be made then.
    iterated = next((base for base in kind.__mro__ if "__iter__" in base.__dict__), None)
    if iterated is None:
        return _is_sequence_application(kind)
    made = maker(kind)
    if made is None:
        return False
    named = place_of(made) == 1
    code = original_code(made)
    if declines.leaves_start(code) if named else not keeping.may_keep(code):
        return False  # what a request is remembered by, say
    if is_mapping_type(kind):
        iterates = _written(kind, "__iter__")
        gives = None if iterates is None else original_code(iterates)
        return gives is not None and (nobodies.has_bytes(gives) or _answers(code, gives))
    if made.__name__ == "__new__" and not acts.starts(code) and iterated.__module__ in _LIBRARY:
        return False  # it gives what it was made of
    if named:
        return True
    values = [value for base in kind.__mro__ for value in base.__dict__.values()]
    functions = [value for value in values if is_written(value)]
    return keeping.keeps(code, map(original_code, functions))


def _is_answered(made: CodeType, steps: list[CodeType]) -> bool:
    """Whether a class that is given something before the two answers as it is made, or iterated:
    others are what a middleware makes of a body, or what it keeps a request in."""
    if not steps or not acts.is_own(made):
        return False
    return acts.answers(made) or keeping.goes_on(made, steps)


def _is_sequence_application(kind: type) -> bool:
    """Whether the instances of a class are iterated by their places alone, and it answers when it
    makes one, or when that gives a block: what has keys and remembers a request does not."""
    if not (defines(kind, "__getitem__") and defines(kind, "__len__")) or is_mapping_type(kind):
        return False
    made, item = maker(kind), _written(kind, "__getitem__")
    if made is None or item is None:
        return False
    return _answers(original_code(made), original_code(item))


def _answers(made: CodeType, gives: CodeType) -> bool:
    """Whether a class answers when it makes an instance, or when that gives a block: others give
    their keys, or what else they keep of a request."""
    if place(made) == 1 and acts.answers(made):
        return True
    return keeping.may_keep(made) and keeping.keeps(made, [gives])


def maker(kind: type) -> FunctionType | None:
    """The function by which a class makes an instance, its own or inherited: its __init__, or else
    its __new__, or that alone where it is an application itself."""
    return _answering(kind) or _written(kind, "__init__") or _written(kind, "__new__")


def _answering(kind: type) -> FunctionType | None:
    """The __new__ of a class, where that is an application as another function is, and makes no
    instance; or has that of a base class answer."""
    first = None
    for base in kind.__mro__:
        if "__new__" not in base.__dict__:
            continue
        found = _written(base, "__new__")
        if found is None or is_librarys(found):
            return None
        first = first or found
        if not makes_instance(original_code(found)):
            return first if _takes_two(first) and _takes_two(found) else None
    return None


def _takes_two(new: FunctionType) -> bool:
    return is_learned(new) or place_of(new) == 1 and not declines.declines(original_code(new))


def makes_instance(code: CodeType) -> bool:
    """Whether a code is that of a __new__ which calls another, as that of `object`, for what it
    makes."""
    return code.co_name == "__new__" and "__new__" in code.co_names


def _written(kind: type, name: str) -> FunctionType | None:
    return next(_all_written(kind, name), None)


def _all_written(kind: type, name: str) -> Iterator[FunctionType | None]:
    """What a class has by a name, and each behind that; None where it is of compiled code."""
    for base in kind.__mro__:
        if name in base.__dict__:
            found = base.__dict__[name]
            found = found.__func__ if type(found) is staticmethod else found
            yield found if is_written(found) else None


def _steps(kind: type, name: str) -> Iterator[CodeType]:
    """The code of what a class has by a name, and of what that goes on to by super()."""
    for function in _all_written(kind, name):
        if function is None:
            return
        yield original_code(function)
        if "super" not in original_code(function).co_names:
            return


def is_written(value: Any) -> bool:
    """Whether a value is a function of bytecode: PyPy's own are functions with another code."""
    return isinstance(value, FunctionType) and type(value.__code__) is CodeType


def is_class_body(code: CodeType, made: CodeType) -> bool:
    """The same for a class statement that was not run yet, with the code of its __init__, or of its
    __new__ where there is no __init__."""
    if made.co_name != "__init__" in code.co_names:
        return False
    methods = [swap.unswapped(const) for const in code.co_consts if isinstance(const, CodeType)]
    is_container = {"__getitem__", "__len__"} <= {*code.co_names}
    by = "__iter__" if "__iter__" in code.co_names else "__getitem__"
    if place(made) > 1:
        by_place = is_container and by == "__getitem__"
        names = ("__getitem__",) if by_place else ("__iter__", "__next__")
        return _is_answered(made, [each for each in methods if each.co_name in names])
    if is_container or by == "__getitem__":
        gives = [each for each in methods if each.co_name == by]
        return is_container and bool(gives) and _answers(made, gives[0])
    if place(made) == 1:
        return not declines.leaves_start(made)
    return keeping.may_keep(made) and keeping.keeps(made, methods)


def is_application(value: Any) -> bool:
    """Whether a value is an application by the names of its parameters."""
    kind = type(value)
    if kind is FunctionType:
        if place_of(value) == 0 or is_learned(value):
            return True
        wrapped = value.__dict__.get("__wrapped__")
        # functools.wraps: its caller passes on what it is given.
        return (
            type(wrapped) is FunctionType
            and _passes_on(value)
            and not is_librarys(value)
            and is_application(wrapped)
        )
    if kind is MethodType and type(value.__func__) is FunctionType:
        function = decorated(value.__func__)
        return place_of(function) == 1 or is_learned(function)
    if kind is MethodType or proxies.taken_apart(value) is not None:
        return _is_partial_application(value)
    if not is_plain(value if issubclass(kind, type) else kind):
        return False
    if is_made(value):
        return is_class_application(value)
    made = proxies.made_by(value)
    return is_application_type(kind) if made is None else is_class_application(made)


def is_made(value: Any) -> bool:
    """Whether a value is a class that makes an instance when it is called: most do, but that its
    metaclass is another application's class."""
    kind = type(value)
    if not issubclass(kind, type):
        return False
    return kind is type or not (is_application_type(kind) or _may_be_called(kind))


def _may_be_called(metaclass: type) -> bool:
    """Whether a metaclass of the user's does with a call of a class what an application does, or
    decides by its arguments what to do."""
    found = call_method(metaclass)
    if not isinstance(found, FunctionType):
        return False
    code = original_code(found)
    if not acts.is_own(code):
        return False
    takes_any = code.co_argcount == 1 and bool(code.co_flags & inspect.CO_VARARGS)
    return takes_any or acts.of(code).place == 1


def _passes_on(function: FunctionType) -> bool:
    code = original_code(function)
    if code.co_flags & (inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR):
        return False
    return (
        code.co_argcount == 2 or code.co_argcount < 2 and bool(code.co_flags & inspect.CO_VARARGS)
    )


def _is_partial_application(value: Any) -> bool:
    function, given = value, 0
    named: set[str] = set()
    for _ in range(_MOST_PARTIAL):
        if type(function) is MethodType:
            function, given = function.__func__, given + 1
        else:
            partial = proxies.taken_apart(function)
            if partial is None:
                break
            function, given = partial[0], given + len(partial[1])
            named.update(partial[2])
    if issubclass(type(function), type) and is_made(function):
        return is_class_application(function, given, named)
    if type(function) is not FunctionType:
        function, before = plain_call(type(function))
        given += before
    return type(function) is FunctionType and place_of(function, named) == given


def closed_over(function: FunctionType) -> dict[str, Any]:
    """What a function closes over, by name."""
    found = {}
    code = original_code(function)
    # PyPy's own functions have another code.
    for name, cell in zip(getattr(code, "co_freevars", ()), function.__closure__ or ()):
        try:
            found[name] = cell.cell_contents
        except ValueError:
            continue  # not yet filled
    return found


def is_start_response(value: Any) -> bool:
    """Whether a value may be a start_response: something to call that is no application itself."""
    kind = type(value)
    if id(kind) in _PLAIN:
        if kind is BuiltinFunctionType:
            return True
        function = value.__func__ if kind is MethodType else value
        code = getattr(function, "__code__", None)
        if _starts.get(id(code)) is code is not None:
            return True
        if is_application(value):
            return False
        if code is not None and len(_starts) < _MOST_STARTS:
            _starts[id(code)] = code
        return True
    if issubclass(kind, type):
        return False
    return call_method(kind) is not None and not is_application(value)


def starts() -> dict[int, CodeType]:
    """The codes of functions that were found to be a start_response, by their ids."""
    return _starts


def is_environ(value: Any) -> bool:
    if type(value) is dict:
        return "wsgi.input" in value and "REQUEST_METHOD" in value
    # A subclass is not asked: it may do anything.
    return (
        issubclass(type(value), dict)
        and dict.__contains__(value, "wsgi.input")
        and dict.__contains__(value, "REQUEST_METHOD")
    )


def is_mapping(value: Any) -> bool:
    return is_mapping_type(type(value))


@by_class
def is_mapping_type(kind: type) -> bool:
    return is_plain(kind) and defines(kind, "__getitem__") and defines(kind, "keys")


def position(args: tuple[Any, ...]) -> int:
    """Where in the arguments of a call an environ and a start_response are, or -1."""
    for at in range(min(len(args) - 1, MOST_BEFORE)):
        if is_environ(args[at]) and is_start_response(args[at + 1]):
            return at
    return -1
