"""The function that a record of a log is of, before Python 3.11: frames of ours count for nothing
in its stacklevel. Later versions ask of each frame whether it counts."""

from __future__ import annotations

import sys

from ..ours import is_ours

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any, Callable

#: How many frames there are between Logger._log, from which it would count as it is called from
#: here, and who has called Logger.info() and its like, from which it counts else.
_BETWEEN = 2


def found(original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Logger.findCaller(stack_info, stacklevel)."""
    *first, level = args if len(args) > 2 else (*args, kwargs.get("stacklevel", 1))
    if level <= 1:
        return original(*args, **kwargs)
    # This one, and that of the function that it is called for, and of Logger._log.
    frame = sys._getframe(3)
    level = 1 + _BETWEEN + _steps(frame.f_back, level - 1)
    return original(*first, **{**kwargs, "stacklevel": level})


def _steps(frame: FrameType | None, wanted: int) -> int:
    """How many frames further out the one is that is so many of others than ours."""
    steps = 0
    while wanted and frame is not None:
        frame = frame.f_back
        steps += 1
        if frame is None or not is_ours(frame.f_code):
            wanted -= 1
    return steps
