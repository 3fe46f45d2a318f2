"""What functions give back that may be called with the two, or has a method that is."""

from __future__ import annotations

from types import CodeType, FunctionType

from ..hooking.swap import original_code
from . import acts, expressions, readings
from .named import place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterator


def is_maker(function: FunctionType) -> bool:
    """Whether a function may be asked for an application, and is none: what that returns is a
    body."""
    code = original_code(function)
    return type(code) is CodeType and place(code) < 0 and acts.of(code).place < 0


def names_returned(function: FunctionType) -> Iterator[str]:
    """The names of what a function of the user's returns."""
    code = original_code(function)
    if acts.is_own(code):
        for each in readings.read(code).returned:
            yield from expressions.names_in(each)
            yield from acts.names_taken_of(code, each)
