"""Stages that call what is within them by the names of its arguments."""

from __future__ import annotations

from inspect import CO_GENERATOR

from ...rules import BY_NAME
from .. import context
from ..failures import tell
from .hooks import StageHook, WholeHook

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from .calls import Call


class ByNameHook(WholeHook):
    """The hook of a stage that calls what is within it by the names of its arguments, which no
    caller may rely on (PEP 3333, "Specification Details")."""

    __slots__ = ()

    def __call__(
        self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        __traceback_hide__ = True

        def calls_by_name(*args: Any, **kwargs: Any) -> Any:
            __traceback_hide__ = True
            try:
                return original(*args, **kwargs)
            finally:
                tell(_called_by_name, context.current())

        calls_by_name.__name__ = original.__name__
        return StageHook.__call__(self, calls_by_name, args, kwargs)


def _called_by_name(call: Call | None) -> None:
    """Tell of it, if there was a stage within; of a generator it is not known before it runs."""
    if call is None or call.record is None or call.environ is None:
        return
    if call.record.following() > call.index + 1 or call.hook.code.co_flags & CO_GENERATOR:
        call.record.lint.of(call).tell("application-keywords", BY_NAME)
