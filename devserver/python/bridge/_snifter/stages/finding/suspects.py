"""Functions that do what applications do, and others as well: hooked before anybody knows.

One that is called often, and never as an application is, gets its own code back. Where it may be
called as one, but with what can't be told for a request's start_response, `learn` decides.
"""

from __future__ import annotations

from types import CodeType, FunctionType

from ..hooking import swap
from ..reading import acts, loose, shapes
from ..running import byname
from ..running.hooks import StageHook
from . import callees, owned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

#: So many calls tell that a function is no application.
_MOST_MISSES = 100


class SuspectHook(StageHook):
    """The hook of a function that may be a stage."""

    __slots__ = ("is_stage", "_misses")

    def __init__(
        self, code: CodeType, qualname: str, module: str, function: FunctionType | None = None
    ) -> None:
        super().__init__(code, qualname, module, function)
        #: It was called as an application.
        self.is_stage = False
        self._misses = 0

    def __call__(
        self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        __traceback_hide__ = True
        if not self.is_stage:
            at = shapes.position(args)
            if at < 0 or not owned.may_be(args[at + 1]):
                self._misses += 1
                if self._misses == _MOST_MISSES:
                    self._give_up()
                return original(*args, **kwargs)
            self.is_stage = True
            shapes.is_application_type.forget()
        return super().__call__(original, args, kwargs)

    def _give_up(self) -> None:
        acts.forget(self.code)
        loose.forget(self.code)
        self.take_off()


def undecided() -> set[int]:
    """The ids of the codes of those that were not called as applications so far."""
    return {
        id(each.code)
        for each in swap.hooks()
        if isinstance(each, SuspectHook) and not each.is_stage
    }


def confirm(codes: set[CodeType]) -> None:
    """Take functions for stages that were seen to be called as applications, or to be held by what
    does so."""
    for each in swap.hooks():
        if isinstance(each, SuspectHook) and each.code in codes:
            each.is_stage = True
    shapes.is_application_type.forget()


def confirm_one(value: Any) -> None:
    """Take an application for one that is known to be, as a framework calls it with what can't be
    told for a request's start_response."""
    found, _ = callees.entry(callees.undecorated(value))
    if isinstance(found, SuspectHook):
        found.is_stage = True


def is_one(value: Any) -> bool:
    """Whether what runs where something is called may be a stage."""
    return isinstance(callees.entry(callees.undecorated(value))[0], SuspectHook)


def hook(
    code: CodeType,
    qualname: str,
    module: str,
    function: Any = None,
    *,
    is_known: bool = False,
    is_doubtful: bool = False,
) -> StageHook:
    """The hook for a code, which is known to be a stage's only where it was seen to be called as
    one, or by its names: it is doubtful where nothing but the name of what holds it says so."""
    byname.look(code)
    kind = StageHook
    if not is_known and (is_doubtful or acts.is_suspect(code) or loose.is_one(code)):
        kind = SuspectHook
    return kind(code, qualname, module, function)
