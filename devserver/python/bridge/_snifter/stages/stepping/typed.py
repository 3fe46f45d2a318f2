"""What somebody has typed for a request that is stopped, held against what it has to be."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


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
    code, _, _ = status.partition(" ")
    if len(code) == 3 and code.isdigit() and code >= "200" and _is_text(status) and status[3:4]:
        return ""
    return f"{status!r} is no status: it is a number from 200 on, a space and a reason"


def wrong_headers(headers: Any) -> str:
    for pair in headers:
        name, value = pair
        if not name or not _is_text(name) or any(c in name for c in ' ":(),/;<=>?@[\\]{}'):
            return f"{name!r} is no name of a header"
        if not _is_text(value.replace("\t", " ")):
            return f"the value of {name} has characters that no header can have"
    return ""


def _is_text(value: str) -> bool:
    # Bytes from 0x80 are no control characters: they are obs-text (RFC 9110, 5.5).
    return all(" " <= letter <= "\xff" and letter != "\x7f" for letter in value)
