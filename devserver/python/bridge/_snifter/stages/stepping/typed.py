"""What somebody has typed for a request that is stopped, held against what it has to be."""

from __future__ import annotations

import sys

from ... import rules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable


def alike(old: Any, text: str) -> Any:
    """What a text means in the place of a value: a flag and a number stay what they are."""
    if type(old) is bool and text in ("True", "False", "true", "false"):
        return text in ("True", "true")
    if type(old) is int or type(old) is float:
        try:
            return type(old)(text)
        except ValueError:
            pass
    return text


def exception_type(name: str) -> type | None:
    """The exception type of a name; of modules that were imported, by their full names."""
    import builtins

    module, _, rest = name.rpartition(".")
    held: Any = builtins
    path = [rest]
    while module:
        if module in sys.modules:
            held = sys.modules[module]
            break
        module, _, rest = module.rpartition(".")
        path.insert(0, rest)
    else:
        if len(path) > 1:
            return None
    for part in path:
        held = vars(held).get(part) if hasattr(held, "__dict__") else None
    if isinstance(held, type) and issubclass(held, BaseException):
        return held
    return None


def wrong_status(status: str) -> str:
    """Why the server would not take a status from the application, "" where it would."""
    return _breach(rules.check_status, status)


def wrong_headers(headers: Any) -> str:
    """The same of headers."""
    return _breach(rules.check_headers, [(name, value) for name, value in headers])


def _breach(check: Callable[..., Any], given: Any) -> str:
    try:
        check(given, _warned)
    except rules.Breach as breach:
        return str(breach.error)
    return ""


def _warned(*_: Any) -> None:
    """What is odd may be sent."""
