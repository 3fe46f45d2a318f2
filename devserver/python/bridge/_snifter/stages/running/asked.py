"""Whether bodies are watched at each step, since a stage around may have changed the environ before
it asks for the next block.

That costs, and few stages do. It is told by their code, as each is entered for the first time: from
the first on that has anything to do with the environ once it may have called what is within, all
bodies are.
"""

from __future__ import annotations

from ..reading import changes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: Not empty while they are.
between: list[bool] = []
#: The hooks of stages that were entered.
_entered: list[Any] = []


def note(hook: Any) -> None:
    """A stage is entered for the first time, by its hook."""
    _entered.append(hook)
    if between:
        return
    code = getattr(hook, "code", None)
    if changes.are_behind(code) or code is not None and changes.are_between_blocks((code,)):
        between.append(True)
        for each in _entered:
            if hasattr(each, "undecided"):
                each.undecided()


def forget() -> None:
    """Nothing is traced any more."""
    between.clear()
    for each in _entered:
        if hasattr(each, "entered_anew"):
            each.entered_anew()
    _entered.clear()
