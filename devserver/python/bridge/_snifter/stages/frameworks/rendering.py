"""What Django and Pyramid render once the view has returned that it is of.

What runs then is the view's as what it runs itself is, templates and serializers most of all; as
with the body of an application that is a generator. To the middleware or tween that is called last
it would be a time that it can't be blamed for.
"""

from __future__ import annotations

import sys
from types import FunctionType, MethodType

from ...clock import monotonic_ns
from .. import context
from ..events import ENTER, EXIT, SPENT
from ..failures import failing, tell
from ..hooking import swap
from ..recording.record import look_at
from ..running import calls
from ..stepping import boundaries
from ..stepping.stops import armed
from . import layers, roles
from .layerhooks import LayerHook
from .responses import UNRENDERED, leaver, left, unrendered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from ..running.calls import Call

_VIEWS = ("view", "error_view")
_left = leaver("django")


def watch(view: Any) -> None:
    """Take note of what a view that is a layer returns to be rendered."""
    function = view.__func__ if type(view) is MethodType else view
    hook = swap.hook_of(function) if type(function) is FunctionType else None
    for each in roles.hooks_of(hook) if isinstance(hook, LayerHook) else ():
        if each.role in _VIEWS:
            each.left = _left_view
    module = sys.modules.get("django.template.response")  # the view has imported what it needs
    if module is not None:
        layers.watch(module.SimpleTemplateResponse, "render", Renders(0))


def _left_view(call: Call, result: Any, response: Any) -> Any:
    found = _left(call, result, response)
    content = found[1]
    # What stands for a body that is not there yet.
    if type(content) is list and content[0] is response:
        unrendered(call, response)
    return found


def handed(args: tuple[Any, ...], response: Any) -> None:
    """The innermost layer, which is running, has its response."""
    call = context.current()
    if call is not None:
        vars(call).pop(UNRENDERED, None)  # it holds the call
    layers.handed(args, response)


class Renders:
    """In the place of a framework's function that renders what it has at a place among its
    arguments."""

    __slots__ = ("at",)

    def __init__(self, at: int) -> None:
        self.at = at

    def __call__(
        self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        __traceback_hide__ = True
        return _render(_view(args[self.at :]), original, args, kwargs)


def _render(
    view: Call | None,
    original: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    __traceback_hide__ = True
    if view is None:
        return original(*args, **kwargs)
    tracer, is_answered = view._tracer, False
    token = context.running.set(view)
    try:
        result = original(*args, **kwargs)
    except BaseException as error:
        if armed and view.given is None:  # it has returned before requests could stop
            tell(tracer.exception, view, "call", error)
            raise
        if not calls.failed(view, tracer, "call", error):
            raise
        is_answered = True
    finally:
        context.running.reset(token)
    if is_answered:
        return boundaries.leave_layer(view, tracer, None)
    tell(_rendered, view, result)
    return result


def _view(args: tuple[Any, ...]) -> Call | None:
    """The view's call, which goes on, where the first of these is what it has returned."""
    around = context.current()
    if around is None or calls.tracing() is None:
        return None
    returned, view = vars(around).pop(UNRENDERED, (None, None))
    if view is None or not args or args[0] is not returned:
        return None
    record = view.record
    if record is None or record is not around.record or record.over:
        return None
    try:
        now = monotonic_ns()
        look_at(around, now)
        number = view.stage.number  # it was told of
        record.events.append((ENTER, view.index, now, around.index, number, False))
        view.began = now
    except Exception as error:
        failing(_view, error)
        return None
    return view  # type: ignore[no-any-return]


def _rendered(view: Call, response: Any) -> None:
    record, now = view.record, monotonic_ns()
    view.spent += now - view.began
    look_at(view, now)
    head, _ = left(view, response, response)
    event = (EXIT, view.index, now, view._tracer.type_of(response), -1, False)
    record.events.append(event if head is None else event + head)
    record.events.append((SPENT, view.index, now, view.spent, view.inner))
