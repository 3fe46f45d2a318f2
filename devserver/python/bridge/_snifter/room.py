"""Room for the frames of what a thread calls.

From 3.11 on, CPython has the frames of a thread in pieces of memory of 16 KB, one of which it asks
the system for where a call does not fit, and gives back as that returns. A call that is made again
and again there, as the calls of middlewares are, costs a hundred times as much as elsewhere.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FunctionType
    from typing import TypeVar

    Function = TypeVar("Function", bound=FunctionType)

#: How much a frame asks for: so much that its piece is twice as large. What isn't touched is no
#: memory of the system's.
_SLOTS = 1 << 16


def roomy(function: Function) -> Function:
    """Have what the function calls find room in one piece."""
    if sys.implementation.name == "cpython" and sys.version_info >= (3, 11):
        code = function.__code__
        function.__code__ = code.replace(co_stacksize=max(code.co_stacksize, _SLOTS))
    return function
