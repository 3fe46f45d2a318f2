"""A function that a framework has in several roles, as before and after requests, or for the
application and for a blueprint: which of them it runs in shows by what of the framework has called
it. Where that can't be seen it is the first.

What a coroutine function calls runs in an event loop, which the framework's functions are not
around: it is noted as it is taken to be run.
"""

from __future__ import annotations

import sys
from contextvars import ContextVar
from types import FunctionType

from ..hooking import swap
from .layerhooks import LayerHook

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any, Callable

#: The roles that functions are called in, by the name of the framework's function that calls them.
_CALLERS = {
    "flask": {
        "preprocess_request": ("before_request", "url_value_preprocessor"),
        "dispatch_request": ("view",),
        "process_response": ("after_request",),
        "do_teardown_request": ("teardown_request",),
        "do_teardown_appcontext": ("teardown_appcontext",),
        "handle_user_exception": ("errorhandler",),
        "handle_http_exception": ("errorhandler",),
        "handle_exception": ("errorhandler",),
    },
    "django": {
        "_get_response": ("view",),
        "get_exception_response": ("error_view",),
        "handle_uncaught_exception": ("error_view",),
        "_reject": ("error_view",),
    },
    "falcon": {
        "do_before": ("before",),
        "do_after": ("after",),
        "_handle_exception": ("error_handler",),
    },
    "bottle": {
        "trigger_hook": ("before_request", "after_request"),
        "_handle": ("callback",),
        "_cast": ("error",),
    },
}
#: The hook of a coroutine function, and that of its role which is about to run.
_noted: ContextVar[tuple[Any, LayerHook] | None] = ContextVar("snifter_role", default=None)
#: How far up the caller is looked for: a function may have decorators around it.
_MOST_FRAMES = 30


class RolesHook(LayerHook):
    """What a function calls that has several."""

    __slots__ = ("hooks",)

    def __init__(self, first: LayerHook) -> None:
        super().__init__(first.kind, first.role, first.stage, first.inner, first.method)
        self.hooks = [first]

    def __call__(
        self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        __traceback_hide__ = True
        return self._now(sys._getframe(1))(original, args, kwargs)

    def stages(self) -> list[Any]:
        return [stage for hook in self.hooks for stage in hook.stages()]

    def _now(self, frame: FrameType | None) -> LayerHook:
        callers = _CALLERS[self.kind]
        for _ in range(_MOST_FRAMES):
            if frame is None:
                break
            roles = callers.get(frame.f_code.co_name)
            if roles is not None:
                found = [hook for hook in self.hooks if hook.role.partition(" ")[0] in roles]
                return _called(found, frame) if found else self.hooks[0]
            frame = frame.f_back
        noted = _noted.get()
        return self.hooks[0] if noted is None or noted[0] is not self else noted[1]


def note(function: FunctionType) -> None:
    """A coroutine function is about to be called, by what has called this."""
    hook = swap.hook_of(function)
    if isinstance(hook, RolesHook):
        _noted.set(None)  # it would be told again
        _noted.set((hook, hook._now(sys._getframe(1))))


def _called(found: list[LayerHook], frame: FrameType) -> LayerHook:
    """The one of several that the framework's function calls, as its variables tell."""
    if len(found) == 1:
        return found[0]
    code, variables = frame.f_code, frame.f_locals
    if code.co_name == "trigger_hook":
        role = variables.get("".join(code.co_varnames[1:2]))
        return next((h for h in found if type(role) is str and h.role == role), found[0])
    # Flask's, from 2 on: None while it runs what is the application's own.
    of_blueprint = variables.get("name") is not None
    return next((hook for hook in found if (" of " in hook.role) == of_blueprint), found[0])


def has_another(hook: Any, kind: str, role: str) -> bool:
    """Whether a function has its hook for other roles, and can be told to be called in this one."""
    if not isinstance(hook, LayerHook) or hook.kind != kind or of_role(hook, role) is not None:
        return False
    known = {each for roles in _CALLERS.get(kind, {}).values() for each in roles}
    return {hook.role.partition(" ")[0], role.partition(" ")[0]} <= known


def of_role(hook: LayerHook, role: str) -> LayerHook | None:
    """The hook of one role, of those of a function. The blueprints of Flask share one."""
    wanted = role.partition(" of ")[:2]
    for each in hooks_of(hook):
        if each.role.partition(" of ")[:2] == wanted:
            return each
    return None


def hooks_of(hook: LayerHook) -> list[LayerHook]:
    """The hooks of a function's roles."""
    return hook.hooks if isinstance(hook, RolesHook) else [hook]


def add(function: FunctionType, hook: LayerHook, more: LayerHook) -> LayerHook:
    """Have a function's hook tell one more role from those it has."""
    if isinstance(hook, RolesHook):
        hook.hooks.append(more)
        more.objects = hook.hooks[0].objects
        return hook
    several = RolesHook(hook)
    more.objects = hook.objects
    several.hooks.append(more)
    swap.remove(function)
    if swap.install(function, several):
        return several
    swap.install(function, hook)
    return hook
