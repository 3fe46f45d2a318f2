"""Where a stage stands among those that hold each other: which one is meant of several that have
one name, by what an exchange has gone through."""

from __future__ import annotations

from ..reading import shapes
from . import holders

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Container, Iterable, Sequence

    from .holders import Node

    Held = dict[tuple[int, int], Node]


def among(
    found: list[Node], held: Held, around: Sequence[str], within: Sequence[str]
) -> list[Node]:
    """Those that the stages of these names hold, one the next, from the outermost on; and of
    several those that hold all that was called within. Where none does, that tells nothing."""
    root = next(iter(held))
    if around:
        keys = _reached(held, around)
        found = [node for node in found if node.key in keys] or [
            node for node in found if node.key != root
        ]
    else:
        found = [node for node in found if node.key == root] or found
    names = {*within}
    if len(found) > 1:
        holding = [node for node in found if names <= {held[key].stage.name for key in node.inner}]
        found = holding or found
    return found


def called(
    nearest: list[Any], start: Any, names: Sequence[str], entered: Container[tuple[int, int]]
) -> list[Any]:
    """The applications that a stage has called, by their names: of those that are nearest, or else
    of all that it holds itself. One that mounts others has called but one of them."""
    forms = [value for value in nearest if shapes.is_application(value)]
    found = _named(map(holders.node_of, forms), names, entered)
    if not found:
        held = holders.nodes(start)
        root = next(iter(held.values()))
        found = _named((held[key] for key in root.inner), names, entered)
    return found


def _named(
    nodes: Iterable[Node], names: Sequence[str], entered: Container[tuple[int, int]]
) -> list[Any]:
    found = {node.key: node.value for node in nodes if node.stage.name in names}
    return [value for key, value in found.items() if key not in entered]


def _reached(held: Held, names: Sequence[str]) -> set[tuple[int, int]]:
    """What is held by the last of these, each held by the one before."""
    root = next(iter(held))
    passed = {root}
    reached = {root} if held[root].stage.name == names[0] else set()
    for name in names[1:]:
        inner = {key for each in reached for key in held[each].inner} - passed
        reached = {key for key in inner if held[key].stage.name == name}
        passed |= reached
    return {key for each in reached for key in held[each].inner} - passed


def shown(node: Node, held: Held) -> str:
    """A stage with what tells it from others of its name: what holds it, and what it holds."""
    inner = sorted({held[key].stage.name for key in node.inner})
    outer = sorted({each.stage.name for each in held.values() if node.key in each.inner})
    parts = [f"in {', '.join(outer)}"] if outer else []
    parts += [f"around {', '.join(inner)}"] if inner else []
    return " ".join([node.stage.name, *parts])
