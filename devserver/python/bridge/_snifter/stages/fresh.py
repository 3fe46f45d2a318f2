"""Applications of a framework that requests make, each for a host or a prefix, or when it is first
asked for: their layers are looked for as they are entered, or else at the end of that request."""

from __future__ import annotations

from threading import get_ident
from types import FunctionType

from . import calls, swap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterator

#: Of so many the layers are looked for: what is found is kept.
_MOST = 100

#: Those that were not entered yet, by their id: each with the thread that makes it, and what looks
#: for its layers.
_waiting: dict[int, tuple[Any, int, Callable[[Any], None]]] = {}
#: The classes of these.
kinds: set[type] = set()
_noted = 0


def watch(of: tuple[type, ...], look: Callable[[Any], None]) -> None:
    """Have a function called with each application of these classes that a request makes."""

    def made(original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        __traceback_hide__ = True
        result = original(*args, **kwargs)
        if calls.current() is not None:
            calls.tell(_note, args[0], look)
        return result

    for function in _makers(of):
        swap.install(function, made)


def _makers(of: tuple[type, ...]) -> Iterator[FunctionType]:
    for kind in of:
        # Django's handlers have one in common with nothing but its name.
        for each in (kind,) if "__init__" in vars(kind) else kind.__subclasses__():
            function = vars(each).get("__init__")
            if type(function) is FunctionType:
                yield function


def _note(value: Any, look: Callable[[Any], None]) -> None:
    """A request makes an application."""
    global _noted
    if _noted >= _MOST or id(value) in _waiting:
        return
    _noted += 1
    _waiting[id(value)] = value, get_ident(), look
    kind = type(value)
    kinds.add(kind)
    for hook in swap.hooks():
        if hasattr(hook, "forget"):
            hook.forget(kind)
    tracer = calls.tracing()
    if type(tracer) is calls.Recorder:
        tracer.look_again()


def entered(value: Any) -> None:
    """An object of one of `kinds` is entered as a stage."""
    found = _waiting.get(id(value))
    if found is not None:
        _forget(value)
        calls.tell(found[2], value)


def is_elsewhere(value: Any) -> bool:
    """Whether another thread makes an application now, or will enter it: it may lack its layers."""
    found = _waiting.get(id(value))
    if found is None:
        return False
    if found[1] != get_ident():
        return True
    _forget(value)
    return False


def _forget(value: Any) -> None:
    _waiting.pop(id(value), None)
    kinds.clear()
    kinds.update(type(each) for each, _, _ in list(_waiting.values()))
