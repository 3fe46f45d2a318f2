"""Applications of a framework that requests make, each for a host or a prefix, or when it is first
asked for: their layers are looked for as they are entered, when they have them all."""

from __future__ import annotations

from types import FunctionType

from ..context import running
from ..failures import tell
from ..hooking import swap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterator

#: Of so many the layers are looked for: what is found is kept.
_MOST = 200

#: Those that were not entered yet, by their id, each with what looks for its layers.
_waiting: dict[int, tuple[Any, Callable[[Any], None]]] = {}
_noted = 0


def watch(of: tuple[type, ...], look: Callable[[Any], None]) -> None:
    """Have a function called with each application of these classes that a request makes."""

    def made(original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        __traceback_hide__ = True
        value = args[0]
        if running.get() is not None and _noted < _MOST and id(value) not in _waiting:
            # Before anything else: another thread may look at all that there is.
            _waiting[id(value)] = value, look
            tell(_note, type(value))
        try:
            return original(*args, **kwargs)
        except BaseException:
            _waiting.pop(id(value), None)
            raise

    for function in _makers(of):
        swap.install(function, made)


def _makers(of: tuple[type, ...]) -> Iterator[FunctionType]:
    for kind in of:
        # Django's handlers have one in common with nothing but its name.
        for each in (kind,) if "__init__" in vars(kind) else kind.__subclasses__():
            function = vars(each).get("__init__")
            if type(function) is FunctionType:
                yield function


def _note(kind: type) -> None:
    """Until an application of a class was entered, calls of that class go the long way."""
    global _noted
    _noted += 1
    for hook in swap.hooks():
        if hasattr(hook, "forget"):
            hook.forget(kind)


def is_waiting(value: Any) -> bool:
    """Whether a request has made, or makes, an application that was not entered yet."""
    return id(value) in _waiting


def waits(kind: type) -> bool:
    """Whether one of a class was not entered yet."""
    return bool(_waiting) and any(type(value) is kind for value, _ in list(_waiting.values()))


def entered(value: Any) -> None:
    """An object is entered as a stage."""
    found = _waiting.pop(id(value), None)
    if found is not None:
        tell(found[1], value)
