"""Stages that requests make by copy.deepcopy() or copy.copy() of one that is held: each is the
stage that it is a copy of, as far as it goes where that stands.

Watched while the tree of an application is made, and never while it is served: all that is copied
is looked at.
"""

from __future__ import annotations

import copy
from types import FunctionType

from ..hooking import swap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterator


class Copies:
    """A context manager that notes what is copied, of whatever thread."""

    def __init__(self) -> None:
        # By the id of the copy, which is kept so that nothing else has that id, what it is of.
        self._of: dict[int, tuple[Any, Any]] = {}

    def __enter__(self) -> Copies:
        for function, hook in (copy.deepcopy, self._deepcopy), (copy.copy, self._copy):
            swap.install(function, hook, always=True)
        return self

    def __exit__(self, *exc: Any) -> None:
        swap.remove(copy.deepcopy)
        swap.remove(copy.copy)

    def originals(self, number: int) -> Iterator[int]:
        """The id of what an object of this id is a copy of, and of what that is a copy of."""
        found = self._of.get(number)
        while found is not None:
            yield id(found[1])
            found = self._of.get(id(found[1]))

    def _deepcopy(
        self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        __traceback_hide__ = True
        value, memo, *more = args
        if memo is not None:
            return original(*args, **kwargs)  # of what is within another
        # Copies by the ids of their originals, and what keeps these by the id of all of it.
        memo = {}
        made = original(value, memo, *more)
        for of in (value, *memo.get(id(memo), ())):
            self._note(memo.get(id(of)), of)
        return made

    def _copy(
        self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        __traceback_hide__ = True
        made = original(*args, **kwargs)
        self._note(made, *args)
        return made

    def _note(self, made: Any, of: Any) -> None:
        if made is not None and made is not of and type(made) is type(of) is not FunctionType:
            self._of[id(made)] = made, of
