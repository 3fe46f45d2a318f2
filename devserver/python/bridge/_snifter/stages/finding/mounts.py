"""Which of several applications of one name a stage has called that mounts them: it holds each by
the path that it is at, and has moved that from PATH_INFO to SCRIPT_NAME, or left it there."""

from __future__ import annotations

from collections import defaultdict

from . import holders
from .callees import called, undecorated
from .held import MAPPINGS, held_by

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable, Iterator

    from .holders import Node

#: So much is looked at of what holds applications by paths.
_MOST = 2_000


def among(
    found: list[Node], held: dict[Any, Node], outer: str, mount: str, path: str
) -> list[Node]:
    """Those that a stage of a name has at a path: what it has added to SCRIPT_NAME, or what
    PATH_INFO begins with; or at none, if there is none there. Where they are all the same in that,
    it tells nothing."""
    paths = _paths(found, held, outer)
    at = mount.rstrip("/")
    if not at:
        begins = [each for each in set().union(*paths.values()) if _begins(path, each)]
        at = max(begins, key=len, default="")
    if at:
        there = [node for node in found if at in paths[node.key]]
    else:
        there = [node for node in found if not paths[node.key]]
    return there or found


def _begins(path: str, mount: str) -> bool:
    return path == mount or path.startswith(mount + "/")


def _paths(found: list[Node], held: dict[Any, Node], outer: str) -> dict[Any, set[str]]:
    """The paths that stages of a name have each of these at, by its key."""
    paths: dict[Any, set[str]] = defaultdict(set)
    keys = {node.key for node in found}
    for node in held.values():
        if node.stage.name == outer and not keys.isdisjoint(node.inner):
            for path, value in _mounted(node.value):
                paths[holders.node_of(value).key].add(path.rstrip("/"))
    return paths


def _mounted(holder: Any) -> Iterator[tuple[str, Any]]:
    """What a stage holds by paths, in a mapping, or in pairs of the two."""
    function, receiver = called(undecorated(holder))
    for each in (function, receiver):
        for _, value in held_by(each, True) if each is not None else ():
            for key, held in _pairs(value):
                for path in key if type(key) is tuple else (key,):
                    if type(path) is str and path[:1] == "/":
                        yield path, held


def _pairs(value: Any) -> Iterable[Any]:
    kind = type(value)
    if issubclass(kind, MAPPINGS):
        # Its own, whatever a class makes of looking at them.
        items = next(each.items for each in MAPPINGS if issubclass(kind, each))
        return list(items(value))[:_MOST]
    if kind is list or kind is tuple:
        return [pair for pair in value[:_MOST] if type(pair) is tuple and len(pair) == 2]
    return ()
