"""Passing a stage over: which are to be, and what comes of a framework's layer that is (see
`surgery`)."""

from __future__ import annotations

import inspect

from ..frameworks import responses
from . import stops

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable, Iterator

    from ..frameworks.layerhooks import LayerHook
    from ..names import Stage
    from ..running.calls import Call
    from .surgery import Plan

#: Layers that are left out by returning this: nothing, or the argument that is passed on.
_NOTHING = (
    "url_value_preprocessor",
    "before_request",
    "teardown_request",
    "teardown_appcontext",
    "process_request",
    "process_view",
    "process_exception",
    "process_resource",
    "before",
    "after",
    "error_handler",
    "exception_handler",
    "error_serializer",
    "subscriber",
    "save_session",
    "response_callback",
    "finished_callback",
    "authenticate",
)
#: Those that are asked whether the request may go on.
_YES = ("has_permission", "has_object_permission", "allow_request")
#: Those that are given a response, and return one.
_PASSED = (
    "after_request",
    "after_this_request",
    "process_template_response",
    "process_response",
)


class Surgery(BaseException):
    """Why a request can't go through the stages as it should. Not for applications to catch."""

    __module__ = "snifter"


def is_meant(pattern: str, stage: Stage) -> bool:
    """Whether a pattern is of a stage by its name."""
    if stops.is_named(pattern, stage.name):
        return True
    # A middleware's own hooks go with it.
    owner, _, method = stage.name.rpartition(".")
    return stage.role == method != "" and stops.is_named(pattern, owner)


def is_skipped(parent: Call | None, stage: Stage) -> bool:
    """Whether a stage that is about to be entered is to be passed over."""
    if parent is None or parent.record is None:
        return False
    plan = parent.record.exchange.surgery
    return plan is not None and skips(plan, stage)


def skips(plan: Plan, stage: Stage) -> bool:
    """Whether a plan leaves out a stage that the request has come to now."""
    if not any(is_meant(pattern, stage) for pattern in plan.skip):
        return False
    nth = plan.nth.get(stage.name)
    if nth is None:
        return True
    plan.come[stage.name] = come = plan.come.get(stage.name, 0) + 1
    return come in nth


def body_of(original: Any, result: Any) -> Any:
    """What is returned in the place of a WSGI stage that was passed over, of what was called
    instead."""
    if original.__code__.co_flags & inspect.CO_GENERATOR:
        # It runs within a generator, which takes blocks from this and closes nothing.
        return closing(result)
    return result


def closing(body: Iterable[Any]) -> Iterator[Any]:
    """The blocks of a body that nobody else closes."""
    __traceback_hide__ = True
    try:
        for block in body:  # noqa: UP028  (that closes it by itself, if it is closed)
            yield block
    finally:
        if hasattr(body, "close"):
            body.close()


def without(
    hook: LayerHook, stage: Stage, original: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """What comes of a call of a framework's layer that is left out."""
    __traceback_hide__ = True
    role = stage.role.partition(" ")[0]  # "before_request of notes"
    if role in _NOTHING or stage.kind == "falcon" and role == "process_response":
        return None
    if stage.kind == "bottle" and role == "after_request":
        return None
    if role in _YES:
        return True
    if role in _PASSED:
        given = (*args, *kwargs.values())
        response = responses.among(stage.kind, given)
        return given[-1] if response is None else response
    inner = None
    if role == "middleware":
        from ..frameworks import django

        inner = django.inner(original)
    elif role == "tween":
        from ..frameworks import pyramid

        inner = pyramid.inner(args[0] if hook.stage is None else original)
        args = args[-1:]
    elif role == "plugin":
        inner = hook.inner
    if inner is None:
        what = role or "layer"
        article = "an" if what[0] in "aeiou" else "a"
        raise Surgery(
            f"{stage.name} can't be skipped: {stage.kind} calls nothing else in the place of "
            f"{article} {what}"
        )
    return inner(*args, **kwargs)
