"""Classes that are applications: the instance that a call makes is the body.

What a class gives out can't be relayed, so its __iter__, __next__ and close are hooked as well.
"""

from __future__ import annotations

import weakref
from types import FunctionType

from .. import failures
from ..hooking import swap
from ..kinds import weakly_referred_at
from ..relaying import going, relays
from ..stepping import boundaries, skipping
from . import calls, collecting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..names import Stage
    from .calls import Call
    from .tracer import Tracer

#: The calls of instances that live, by the instance's id.
_made: dict[int, tuple[Any, Call, Tracer]] = {}
#: The bodies that instances give in the place of their own.
_given: dict[int, tuple[Any, Any]] = {}


def made(call: Call, tracer: Tracer, instance: Any) -> None:
    """An application class was called."""
    failures.tell(tracer.exit, call, instance)
    if call.parent is not None and not call.parent.body:
        call.parent.result = (instance, call, None)
    key = id(instance)
    try:
        reference = weakref.ref(instance, lambda _: _made.pop(key, None))
    except TypeError:
        return  # with __slots__ and no place for a reference: its blocks stay unseen
    _hook_all(type(instance))
    _made[key] = (reference, call, tracer)


def check_gives_others(stage: Stage, kind: type) -> None:
    """Whether a class can be skipped."""
    if not gives_others(kind):
        raise skipping.Surgery(
            f"{stage.name} can't be skipped: its instances are the body, and of these no other "
            "blocks can be had than their own"
        )


def give(instance: Any, body: Any, parent: Call) -> None:
    """Have an instance give another body, that of an application within its own, in the place of
    what it would have made in its __init__, which does not run."""
    kind = type(instance)
    _hook_all(kind)
    passed = parent.result
    if passed is not None and passed[0] is body:
        parent.result = (instance, passed[1], None)
    if not callable(getattr(kind, "close", None)):
        body = skipping.closing(body)
    key = id(instance)
    _given[key] = (weakref.ref(instance, lambda _: _given.pop(key, None)), body)


def _hook_all(kind: type) -> None:
    _hook(kind, "__iter__", _iterated)
    _hook(kind, "__next__", _stepped)
    _hook(kind, "close", _closed)


def _hook(kind: type, name: str, hook: Any) -> None:
    for base in kind.__mro__:
        found = base.__dict__.get(name)
        if isinstance(found, FunctionType):
            swap.install(found, hook, always=True)
            return


def gives_others(kind: type) -> bool:
    """Whether the blocks of a class's instances can be others than their own."""
    if not weakly_referred_at(kind):
        return False
    found = next((b.__dict__["__iter__"] for b in kind.__mro__ if "__iter__" in b.__dict__), None)
    return isinstance(found, FunctionType)


def _find(args: tuple[Any, ...]) -> tuple[Any, Call, Tracer] | None:
    return _made.get(id(args[0])) if args else None


def _iterated(original: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    __traceback_hide__ = True
    found = _find(args)
    if found is None:
        given = _given.get(id(args[0])) if args else None
        return original(*args, **kwargs) if given is None else iter(given[1])
    _, call, tracer = found
    if collecting.here():
        return original(*args, **kwargs)
    if boundaries.has_answered(call):
        return boundaries.answered_blocks(call, tracer)
    token = going.begin(call)
    try:
        blocks = original(*args, **kwargs)
    except BaseException as error:
        calls.failed(call, tracer, "iterate", error)
        raise
    finally:
        going.end(call, token)
    if blocks is args[0]:
        return blocks  # an iterator of its own, which tells of its steps
    # To close them, as Python itself does with a generator that goes, is not to close the body.
    return relays.steps_of(type(blocks), blocks)(call, tracer, blocks)


class _Step:
    """The next step of an instance that is an iterator."""

    __slots__ = ("original", "args")

    def __init__(self, original: Any, args: tuple[Any, ...]) -> None:
        self.original, self.args = original, args

    def __next__(self) -> Any:
        __traceback_hide__ = True
        return self.original(*self.args)


def _stepped(original: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    __traceback_hide__ = True
    found = _find(args)
    if found is None:
        return original(*args, **kwargs)
    _, call, tracer = found
    if boundaries.has_answered(call):
        if call.note is None:
            call.note = boundaries.answered_blocks(call, tracer)
        return next(call.note)
    relayed = relays.blocks_of(type(args[0]), args[0])
    return next(relayed(call, tracer, _Step(original, args)))


def _closed(original: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    __traceback_hide__ = True
    found = _find(args)
    if found is None:
        given = _given.get(id(args[0])) if args else None
        if given is None:
            return original(*args, **kwargs)
        return given[1].close() if hasattr(given[1], "close") else None
    _, call, tracer = found
    if boundaries.has_answered(call):
        return None  # it was closed, or what would be closed was never made
    return going.shut(call, tracer, lambda: original(*args, **kwargs))
