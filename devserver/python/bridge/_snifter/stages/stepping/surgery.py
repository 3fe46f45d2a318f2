"""Sending one request through the stages otherwise than they were built: past some, or not from
the outermost one on (package ``devserver/wire``, "Stopping at boundaries").

A stage that is skipped gives way to the one that it would have called, which is found in what it
holds; a framework's layer to what its framework does without it. What can't be done ends the
request with `Surgery`.
"""

from __future__ import annotations

import sys
from io import BytesIO
from types import ModuleType

from ...body import Input
from ..finding import holders, mounts, places
from ..frameworks import layers
from ..hooking import swap
from ..reading import shapes
from ..reading.methods import METHODS
from ..reading.named import is_application_name
from ..recording.buffers import KEY
from ..running import packed
from . import stops
from .reads import StoppingInput
from .skipping import Surgery, is_meant, skips

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterable, Iterator

    from ...exchange import Exchange
    from ..finding.holders import Node
    from ..frameworks.layers import Layer
    from ..names import Stage
    from ..running.calls import Call

    Application = Callable[[dict[str, Any], Callable[..., Any]], Any]

_MOST_NAMED = 30
_CALL = "__call__"
_NO_MODULE = ModuleType("")
#: What is the server's own of an environ.
_SERVERS = ("wsgi.input", "wsgi.errors", "wsgi.file_wrapper")


class Behind(StoppingInput):
    """An input that begins behind what others had read: as far as `_at` lies beyond `_data`, what
    comes is dropped. Nobody is told to have read that."""

    __slots__ = ()

    def _rest(self) -> bytes:
        if self._at <= len(self._data):
            return super()._rest()
        # What `_next` is still to drop; for what is read later it is 0 by then.
        self._data, self._at = b"", self._at - len(self._data)
        return b""

    def _next(self) -> bytes:
        piece = super()._next()
        while self._at and piece:
            dropped = min(self._at, len(piece))
            self._at -= dropped
            piece = piece[dropped:] or super()._next()
        return piece


def _begin_behind(stream: Any, size: int) -> None:
    """Have an input that nothing was read of begin behind so many bytes."""
    stream._at = size
    if stream._left >= 0:
        stream._left = max(0, stream._left - size)
    stream.__class__ = Behind


class Plan:
    """What is to be done with one request."""

    __slots__ = (
        *("enter", "around", "within", "mount", "environ", "read", "instead", "skip", "nth"),
        *("come", "called"),
    )

    def __init__(self, told: dict[str, Any]) -> None:
        self.enter: str = told.get("enter") or ""
        #: The names of the WSGI stages around the one to be entered, the outermost first, and of
        #: those that it has called.
        self.around: list[str] = list(told.get("around") or ())
        self.within: list[str] = list(told.get("within") or ())
        #: What the stage around it had added to SCRIPT_NAME.
        self.mount: str = told.get("mount") or ""
        self.environ: dict[str, Any] = told.get("environ") or {}
        #: How much of the body had been read when that was entered.
        self.read: int = told.get("read") or 0
        #: Or of what is to be in the place of wsgi.input.
        self.instead = bool(told.get("instead"))
        self.skip: list[str] = list(told.get("skip") or ())
        #: Which of several stages of a name are to be skipped, where not each, and how many of it
        #: the request has come to.
        self.nth: dict[str, list[int]] = told.get("nth") or {}
        self.come: dict[str, int] = {}
        #: The names of the WSGI stages that each of those to be skipped has called, by its name.
        self.called: dict[str, list[str]] = told.get("called") or {}

    def application(
        self, exchange: Exchange, app: Application, environ: dict[str, Any]
    ) -> Application:
        """What the request is to be given to in the place of the application; its environ is made
        what it should be."""
        recorder = exchange.link.recorder
        if recorder is None:
            raise Surgery(
                "the stages of the application are not told apart: it was started without"
            )
        held = holders.nodes(app)
        nodes = list(held.values())
        nodes[0].stage = recorder.stage
        for pattern in self.skip:
            _check(pattern, nodes)
        if not self.enter:
            stage, receiver = recorder.stage, recorder.receiver
            if skips(self, stage):
                app = self.inner_of(stage, receiver, app)
            return app
        found = [node for node in nodes if stops.is_named(self.enter, node.stage.name)]
        found = found or list(_imported(self.enter))
        if not found:
            raise Surgery(_no_entry(self.enter, nodes))
        if len(found) > 1:
            found = self._meant(found, held)
        own = {key: environ[key] for key in environ if key in _SERVERS}
        environ.clear()
        environ.update(self.environ)
        environ.update(own)
        if self.instead:
            environ[KEY] = body = BytesIO(Input.read(exchange.input))
            body.seek(self.read)
        elif self.read:
            _begin_behind(exchange.input, self.read)
        return packed.bound(found[0].value)

    def _meant(self, found: list[Node], held: dict[Any, Node]) -> list[Node]:
        """Those of several of one name that stand where the one does that is meant, and hold what
        that has called. Without a place it is the outermost, which is known where it is the
        application itself."""
        if len({node.stage.name for node in found}) > 1:
            named = _listed(node.stage for node in found)
            raise Surgery(
                f"{self.enter} is more than one stage: {named}. Give the whole name of one"
            )
        there = places.among(found, held, self.around, self.within)
        if len(there) > 1 and self.around:
            path = str(self.environ.get("PATH_INFO", ""))
            there = mounts.among(there, held, self.around[-1], self.mount, path)
        if len(there) == 1 or not self.around and found[0] is next(iter(held.values())):
            return there or found
        named = "; ".join(places.shown(node, held) for node in there or found)
        raise Surgery(
            f"{self.enter} is {len(there or found)} applications of one name, and which of them is "
            f"meant can't be told: {named}. Enter a stage around it, or one within it"
        )

    def inner_of(
        self,
        stage: Stage,
        receiver: Any,
        original: Any,
        more: Iterable[Any] = (),
        around: Call | None = None,
        *,
        hook: Any = None,
    ) -> Application:
        """The application that a stage would have called, by what it holds, and what it is called
        with beside an environ and a start_response. Itself is none of them, which its hook tells,
        nor are those that it stands within: a module's `app` may be either."""
        given = [value for value in more if value is not receiver]
        itself = holders.key_for(hook, stage, receiver)
        entered = {itself, holders.node_of(original if receiver is None else receiver).key}
        while around is not None:
            entered.add(holders.key_of(around))
            around = around.parent
        nearest = [*_nearest(receiver, original, given)]
        for value in nearest:
            if holders.node_of(value).key == itself:
                nearest += _nearest(receiver, value, [])  # a function that names itself
                break
        found = [value for value in nearest if holders.node_of(value).key not in entered]
        names = self.called.get(stage.name)
        if names:
            start = original if receiver is None else receiver
            found = places.called([*found, *given], start, names, entered) or found
        if not found:
            raise Surgery(
                f"{stage.name} can't be skipped: it holds no application that could be called in "
                "its place"
            )
        if len(found) > 1:
            named = _listed(holders.node_of(value).stage for value in found)
            raise Surgery(
                f"{stage.name} can't be skipped: it chooses between several applications "
                f"({named}), and which one it would have called only it knows. Enter the one that "
                "is meant"
            )
        return packed.bound(found[0])


def _check(pattern: str, nodes: list[Node]) -> None:
    """Whether there is such a stage at all."""
    known = [*(node.stage for node in nodes), *layers_of(nodes), *_seen()]
    if not any(is_meant(pattern, stage) for stage in known):
        raise Surgery(f"there is no stage {pattern} to skip: there are {_listed(known)}")


def _imported(name: str) -> Iterator[Node]:
    """The application that a module has by this name, whoever comes to it, and how: a function, a
    class, or a method that needs no object."""
    module, _, attribute = name.rpartition(".")
    owner: Any = sys.modules.get(module)
    if owner is None:
        module, _, kind = module.rpartition(".")
        owner = vars(sys.modules.get(module, _NO_MODULE)).get(kind)
        if not issubclass(type(owner), type):
            return
    value = vars(owner).get(attribute)
    if type(owner) is not ModuleType:
        value = getattr(owner, attribute) if id(type(value)) in METHODS else None
    if shapes.is_application(value):
        node = holders.node_of(value)
        if node.stage.name == name:
            yield node


def _no_entry(pattern: str, nodes: list[Node]) -> str:
    for stage in [*layers_of(nodes), *_seen()]:
        if stops.is_named(pattern, stage.name):
            if stage.kind != "wsgi":
                return (
                    f"{stage.name} can't be entered: it is a layer within {stage.kind}, which "
                    "alone can call it. Enter the WSGI stage around it"
                )
            return (
                f"{stage.name} can't be entered: it is made while a request runs, or held where "
                "nobody sees it before. Enter the stage that calls it"
            )
    return f"there is no stage {pattern} to enter: there are {_listed(n.stage for n in nodes)}"


def _listed(stages: Any) -> str:
    found = sorted({stage.name for stage in stages})
    more = len(found) - _MOST_NAMED
    return ", ".join(found[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def layers_of(nodes: list[Node]) -> Iterator[Stage]:
    """The layers within the applications that were found."""
    for node in nodes:
        inside = layers.inside(node.value)
        todo: list[Layer] = list(inside.layers) if inside is not None else []
        while todo:
            layer = todo.pop()
            todo += layer.inner
            yield layer.stage


def _seen() -> list[Stage]:
    """The stages that requests have passed so far, and those that are made while they run."""
    found = []
    for hook in swap.hooks():
        if hasattr(hook, "stages"):
            found += hook.stages()
    return found


def _nearest(receiver: Any, original: Any, given: list[Any]) -> list[Any]:
    """The applications that are held nearest, of those with an application's name if there are
    any."""
    found: dict[Any, tuple[str, Any]] = {}
    inside = layers.inside(receiver)
    if inside is not None and inside.closed:
        # A framework's own, of which is known what it calls.
        # An application that is skipped as the outermost is called itself.
        return inside.applications if getattr(original, "__name__", _CALL) == _CALL else []
    for value in given:
        several = [value]
        if id(type(value)) in holders.CONTAINERS:
            several = [each for _, each in holders.nearest(value)]
        for each in filter(shapes.is_application, several):
            found.setdefault(holders.node_of(each).key, ("", each))
    if not found:
        for name, value in holders.nearest(original if receiver is None else receiver):
            found.setdefault(holders.node_of(value).key, (name, value))
    named = [value for name, value in found.values() if is_application_name(name)]
    return named if len(named) == 1 else [value for _, value in found.values()]
