"""What the debuggers and profilers of the standard library, and what is built on them, stop in and
list: nothing of ours."""

from __future__ import annotations

from threading import get_ident
from types import CodeType

from ... import terminal
from ..ours import is_bridge, is_ours

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any, Callable

    Args = tuple[Any, ...]

#: What is marked so calls an application.
_MARK = "__traceback_hide__"
#: What of ours a debugged thread runs, that calls nothing of an application.
_inside: dict[int, FrameType] = {}


def dispatched(original: Callable[..., Any], args: Args, kwargs: dict[str, Any]) -> Any:
    """In the place of a debugger's trace_dispatch(self, frame, event, arg)."""
    debugger, frame, event, arg = args
    if event == "call" and (_is_inside(frame) or is_bridge(frame.f_code)):
        if not _may_call_applications(frame):
            _inside[get_ident()] = frame
            frame.f_trace_lines = False
            return _leaving
        return None
    if is_ours(frame.f_code):
        return debugger.trace_dispatch
    return original(*args, **kwargs)


def stopping(original: Callable[..., Any], args: Args, kwargs: dict[str, Any]) -> Any:
    """In the place of a debugger's _set_stopinfo(self, frame, ...), which has it stop there."""
    debugger, frame, *more = args
    while frame is not None and is_ours(frame.f_code):
        frame = frame.f_back
    return original(debugger, frame, *more, **kwargs)


def returning(original: Callable[..., Any], args: Args, kwargs: dict[str, Any]) -> Any:
    """In the place of a debugger's _set_caller_tracefunc(self, frame), which has it told of what
    becomes of the caller of that, from Python 3.13 on."""
    debugger, frame, *more = args
    while frame.f_back is not None and is_ours(frame.f_back.f_code):
        frame = frame.f_back
    return original(debugger, frame, *more, **kwargs)


def _is_inside(frame: FrameType | None) -> bool:
    """Whether what is called is called by what is ours."""
    by = _inside.get(get_ident())
    while by is not None and frame is not None:
        if frame is by:
            return True
        frame = frame.f_back
    _inside.pop(get_ident(), None)
    return False


def _may_call_applications(frame: FrameType) -> bool:
    code, around = frame.f_code, frame.f_back
    if _is_inside(frame) or _is_marked(code) or not is_ours(code):
        return True
    # What the server calls may call the application in its turn.
    return around is None or is_bridge(around.f_code) and not _is_marked(around.f_code)


def _leaving(frame: FrameType, event: str, arg: Any) -> Any:
    if event == "return":
        _inside.pop(get_ident(), None)
    return _leaving


def stacked(original: Callable[..., Any], args: Args, kwargs: dict[str, Any]) -> Any:
    """In the place of a debugger's get_stack(self, frame, traceback): the stack, and where in it
    the debugger stands."""
    stack, at = original(*args, **kwargs)
    inner = sum(not is_ours(frame.f_code) for frame, _ in stack[at + 1 :])
    stack = [entry for entry in stack if not is_ours(entry[0].f_code)]
    return stack, max(len(stack) - inner - 1, 0)


def made(original: Callable[..., Any], args: Args, kwargs: dict[str, Any]) -> Any:
    """In the place of Pdb.__init__(self, completekey, stdin, stdout, skip, nosigint, ...), as it is
    called by pdb.set_trace(), which knows nothing of the server's terminal."""
    if args[2] is args[3] is None:
        lent = terminal.found("pdb", "ends at once")
        if lent is not None:
            args = (*args[:2], lent, lent, args[4], True, *args[6:])
    return original(*args, **kwargs)


def interacting(original: Callable[..., Any], args: Args, kwargs: dict[str, Any]) -> Any:
    """In the place of Pdb.interaction(self, ...): one debugger at a time talks to the user."""
    stream = args[0].stdin
    if not isinstance(stream, terminal.Terminal):
        return original(*args, **kwargs)
    with stream.turn():
        return original(*args, **kwargs)


def counted(original: Callable[..., Any], args: Args, kwargs: dict[str, Any]) -> Any:
    """In the place of a profile's snapshot_stats(self)."""
    profile = args[0]
    entries = profile.getstats()
    if not all(isinstance(entry, tuple) for entry in entries):
        return original(*args, **kwargs)  # on PyPy
    entries = _without_ours(entries)
    profile.getstats = lambda: entries
    try:
        return original(*args, **kwargs)
    finally:
        del profile.getstats


def _without_ours(entries: list[Any]) -> list[Any]:
    """The entries of a profile but those of what is ours, less the calls that it has made, and what
    was called by nothing else."""
    left = {_key(entry): [*entry[1:5]] for entry in entries}
    calls = {_key(entry): entry.calls or () for entry in entries}
    gone = {_key(entry) for entry in entries if _is_ours(entry.code)}
    # What is marked calls the application, as the server does.
    making = [e for e in entries if _is_ours(e.code) and is_ours(e.code) and not _is_marked(e.code)]
    made = set()
    while making:
        for call in calls[_key(making.pop())]:
            key = _key(call)
            if key in gone:
                if key not in made and _is_ours(call.code) and not _is_marked(call.code):
                    made.add(key)
                    making.append(call)
            elif key in left:
                left[key] = [a - b for a, b in zip(left[key], call[1:5])]
                if left[key][0] <= 0:
                    gone.add(key)
                    if type(call.code) is CodeType:
                        making.append(call)
    return [
        type(entry)((entry.code, *left[_key(entry)], entry.calls))
        for entry in entries
        if _key(entry) not in gone
    ]


def _key(entry: Any) -> Any:
    return entry.code if type(entry.code) is str else id(entry.code)


def _is_ours(code: Any) -> bool:
    return type(code) is CodeType and is_bridge(code)


def _is_marked(code: CodeType) -> bool:
    return _MARK in code.co_varnames
