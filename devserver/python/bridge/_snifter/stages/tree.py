"""The stages of an application as a tree: what holds what, and what requests went through."""

from __future__ import annotations

from collections import defaultdict
from types import FunctionType, MethodType

from . import probe
from .finding import callees, holders, imports, opaque
from .finding.deepcopies import Copies
from .finding.scan import Scanner
from .frameworks import layers
from .hooking import swap
from .names import Stage
from .reading import acts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import AbstractSet, Any, Iterator, Mapping

    from .finding.holders import Node
    from .frameworks.layers import Layer
    from .running.calls import Call

_MOST_DEPTH = 400
#: What makes functions of a text.
_MAKING = frozenset(("exec", "eval"))
_NOTHING: dict[tuple[int, int], Node] = {}


class Branch:
    """A stage in the tree."""

    __slots__ = ("stage", "inner", "outer", "fixed")

    def __init__(self, stage: Stage, outer: Branch | None = None, fixed: bool = False) -> None:
        self.stage = stage
        self.outer = outer
        self.inner: list[Branch] = []
        #: It stays where it is, wherever calls come from.
        self.fixed = fixed

    def seen_from(self) -> Branch | None:
        """The stage that it is seen to be called by: what was compiled is not seen to be."""
        outer = self.outer
        while outer is not None and outer.stage.kind == opaque.KIND:
            outer = outer.outer
        return outer

    def is_within(self, other: Branch) -> bool:
        branch: Branch | None = self
        while branch is not None:
            if branch is other:
                return True
            branch = branch.outer
        return False


def find(application: Any, urls: list[str]) -> tuple[list[dict[str, Any]], list[str]]:
    """The stages as rows, each naming the row that it lies within, and what else is to be said.

    With URLs, a GET request is made for each: only so are stages found that are made by requests.
    """
    scanner = Scanner()
    scanner.scan()
    notes = layers.look()
    scanner.hook(holders.functions(application))
    asked = []
    before = holders.nodes(application) if urls else {}
    unwatch = imports.watch(scanner.scan_modules)
    copies = Copies()
    try:
        with copies:
            for url in urls:
                entered, outcome = probe.ask(application, url, scanner)
                asked.append(entered)
                notes.append(outcome)
    finally:
        unwatch()
    stages = {_key(call) for entered in asked for call in entered.calls}
    checks = {_key(call) for entered in asked for call in entered.checks}
    tree = Tree(application, before, checks - stages, copies)
    for entered in asked:
        tree.add(entered.calls)
    notes += scanner.unseen or tree.unseen()
    notes += tree.compiled()
    if not urls:
        notes.append(
            "no request was made: stages that a request makes or imports, and views, "
            "may be missing (--url / makes one)"
        )
    return tree.rows(), notes


class Tree:
    """Starts as what can be seen without a request."""

    def __init__(
        self,
        application: Any,
        before: Mapping[tuple[int, int], Node] = _NOTHING,
        checks: AbstractSet[tuple[Any, ...]] = frozenset(),
        copies: Copies | None = None,
    ) -> None:
        #: What requests have copied of what is held.
        self._copies = Copies() if copies is None else copies
        nodes = holders.nodes(application)
        copied = {key for key in nodes if self._original_of(key, nodes) is not None}
        self._nodes = _without(nodes, copied | checks)
        #: What was there before any request, kept for as long as its ids are.
        self._before = before
        self._known = {of for _, of in before}
        self._receiver = callees.entry(callees.undecorated(application))[1]
        self._branches: dict[tuple[Any, ...], Branch] = {}
        #: The innermost stage of each application that has layers, by the application's id.
        self._innermost: dict[int, tuple[Branch, layers.Inside]] = {}
        #: Their layers by the ids of those stages, and by their keys: several may have the same.
        self._layers: dict[tuple[int, tuple[int, int]], Branch] = {}
        root = next(iter(self._nodes.values()))
        self.root = Branch(root.stage)
        self._branches[root.key] = self.root
        self._grow(root, 0)
        self._add_layers()

    def _grow(self, node: Node, depth: int) -> None:
        """Put each stage under the innermost of those that hold it."""
        branch = self._branches[node.key]
        reach = {key: self._reachable(key, node.key) for key in node.inner}
        direct = [
            key
            for key in node.inner
            if not any(key in reached for of, reached in reach.items() if of != key)
        ]
        # Those that hold each other come last, if no other has them by then.
        for key in direct + node.inner:
            if key in self._branches or depth > _MOST_DEPTH:
                continue
            inner = self._nodes[key]
            self._branches[key] = Branch(inner.stage, branch)
            branch.inner.append(self._branches[key])
            self._grow(inner, depth + 1)

    def _reachable(self, start: tuple[int, int], without: tuple[int, int]) -> set[Any]:
        found: set[Any] = set()
        todo = [start]
        while todo:
            for key in self._nodes[todo.pop()].inner:
                if key not in found and key != without and key not in self._branches:
                    found.add(key)
                    todo.append(key)
        return found

    def _add_layers(self) -> None:
        """A framework's layers stand within the innermost stage of their application."""
        innermost = self._innermost
        for key, branch in list(self._branches.items()):
            value = self._nodes[key].value
            value = value.__self__ if type(value) is MethodType else value
            inside = layers.inside(value)
            if inside is None:
                continue
            known = innermost.get(id(value))
            if known is None or branch.is_within(known[0]):
                innermost[id(value)] = (branch, inside)
        for branch, inside in innermost.values():
            inner, branch.inner = branch.inner, []
            for layer in inside.layers:
                self._add_layer(layer, branch, branch)
            branch.inner += inner

    def _add_layer(self, layer: Layer, outer: Branch, innermost: Branch) -> None:
        key = (id(innermost), layer.key)
        branch = self._layers.get(key)
        if branch is None:
            branch = self._layers[key] = Branch(layer.stage, outer, fixed=True)
            if self._branches.setdefault(layer.key, branch) is not branch:
                self._branches[(*layer.key, id(innermost))] = branch
            outer.inner.append(branch)
        for inner in layer.inner:
            self._add_layer(inner, branch, innermost)

    def add(self, called: list[Call]) -> None:
        """Add what a request went through, and where."""
        places: dict[int, Branch] = {}
        last: dict[int, Branch] = {}
        inner: dict[int, list[Call]] = defaultdict(list)
        for call in called:
            inner[id(call.parent)].append(call)
        for call in called:
            outer = places.get(id(call.parent), self.root) if call.parent else self.root
            branch = self._branch(call, outer, last, inner[id(call)])
            places[id(call)] = branch
            if branch.outer is outer:
                last[id(outer)] = branch
            self._move_layers(call, branch)

    def _move_layers(self, call: Call, branch: Branch) -> None:
        """The request has come to a stage of an application further within: its layers follow."""
        before, inside = self._innermost.get(id(call.receiver), (branch, None))
        if inside is None or branch is before or not branch.is_within(before):
            return
        self._innermost[id(call.receiver)] = branch, inside
        keys = [key for of, key in self._layers if of == id(before)]
        for key in keys:
            self._layers[id(branch), key] = self._layers.pop((id(before), key))
        moved = [self._layers[id(branch), layer.key] for layer in inside.layers]
        moved = [each for each in moved if each.outer is before]
        before.inner = [each for each in before.inner if each not in moved]
        branch.inner[:0] = moved
        for each in moved:
            each.outer = branch

    def _branch(
        self, call: Call, outer: Branch, last: dict[int, Branch], inner: list[Call]
    ) -> Branch:
        if call.parent is None and call.receiver is not None and call.receiver is self._receiver:
            return self.root  # called by whatever its class has as the method
        key = _key(call)
        branch = self._layer(key, outer) or self._given(call, outer, inner)
        branch = branch or self._branches.get(key)
        if branch is not None and _is_made_anew(call) and outer.is_within(branch):
            branch = None  # another that the same code has made, and not a further pass
        original = None if branch is not None else self._original_of(key, self._branches)
        if original is not None:
            branch = self._branches[key] = self._branches[original]
        if branch is None:
            branch = self._in_other_form(key, call, outer)
        if branch is None:
            # Made by the request: one of several of a class that are made by it is enough.
            key = (key[0], "within", id(outer), id(call.stage))
            branch = self._branches.get(key) or self._left_behind(call, outer, key)
        if branch is None:
            branch = self._branches[key] = Branch(call.stage, outer)
            _insert(branch, outer, last)
        elif not branch.fixed and branch is not self.root and not outer.is_within(branch):
            if branch.outer is not None and branch.seen_from() is not outer:
                branch.outer.inner.remove(branch)
                branch.outer = outer
                _insert(branch, outer, last)
            branch.stage = call.stage  # by whichever of its methods
            branch.fixed = True
        return branch

    def _given(self, call: Call, outer: Branch, inner: list[Call]) -> Branch | None:
        """The one of those that a function or a class is with what it is given before the two: of
        those that hold what the call has called, the one that stands there."""
        receiver = holders.receiver_in(_key(call))
        found = [
            node
            for key, node in self._nodes.items()
            if key[0] == id(call.hook) and node.given is not None and key in self._branches
            if holders.receiver_in(key) == receiver
        ]
        found = [
            node
            for node in found
            if node.stage.name == call.stage.name
            and not (call.parent and outer.is_within(self._branches[node.key]))
        ]
        holding = [node for node in found if all(self._holds(node, each) for each in inner)]
        branches = [self._branches[node.key] for node in holding or found]
        there = [each for each in branches if each.outer is (outer if call.parent else None)]
        return next(iter(there or branches), None)

    def _holds(self, node: Node, call: Call) -> bool:
        key = _key(call)
        return key in node.inner or any(
            of == key[0] and self._nodes[of, number].given is not None for of, number in node.inner
        )

    def _layer(self, key: tuple[Any, ...], outer: Branch) -> Branch | None:
        """The layer of a key that the nearest application around a call has: what a plugin has made
        is that of its stage, the next one where it has several."""
        around: Branch | None = outer
        while around is not None:
            found = self._layers.get((id(around), key))
            if found is None and key[1] == 0:
                of_stage = (
                    branch
                    for (of, layer), branch in self._layers.items()
                    if of == id(around) and layer[0] == key[0] and not outer.is_within(branch)
                )
                found = next(of_stage, None)
            if found is not None:
                return found
            around = around.outer
        return None

    def _original_of(
        self, key: tuple[Any, ...], held: Mapping[tuple[Any, ...], Any]
    ) -> tuple[Any, ...] | None:
        """The key among these of the stage that one was copied of by a request."""
        keys = ((key[0], number) for number in self._copies.originals(key[1]))
        return next((each for each in keys if each in held), None)

    def _in_other_form(self, key: tuple[Any, ...], call: Call, outer: Branch) -> Branch | None:
        """The one of an object that is held and was not entered, where a method of it is called
        that nobody holds: that is what the stage is."""
        for held, branch in self._branches.items():
            if (
                holders.is_same_layer(held, key)
                and not branch.fixed
                and branch is not self.root
                and not outer.is_within(branch)
            ):
                branch.stage = call.stage
                self._branches[key] = branch
                return branch
        return None

    def _left_behind(self, call: Call, outer: Branch, within: tuple[Any, ...]) -> Branch | None:
        """The one of those that the same code has made for other requests, where any is still
        held: they all are that one."""
        keys = [
            key
            for key, branch in self._branches.items()
            if branch.outer is outer and branch.stage is call.stage and key[1] not in self._known
        ]
        branches = [self._branches[key] for key in keys]
        for key, branch in zip(keys[1:], branches[1:]):
            outer.inner.remove(branch)
            self._branches[key] = branches[0]
        if branches:
            self._branches[within] = branches[0]
        return branches[0] if branches else None

    def unseen(self) -> Iterator[str]:
        """What can't be found, in words: nobody sees what a call makes of a text."""
        for node in self._nodes.values():
            function, _ = callees.called(callees.undecorated(node.value))
            if type(function) is FunctionType and acts.is_own(swap.original_code(function)):
                for name in _MAKING.intersection(swap.original_code(function).co_names):
                    yield f"{node.stage.name} calls {name}: a stage that it makes so is not seen"

    def compiled(self) -> Iterator[str]:
        """What is there and can't be seen into, in words."""
        for node in self._nodes.values():
            if node.stage.kind == opaque.KIND:
                yield (
                    f"{node.stage.name} is compiled: "
                    "what it does in a request is told of as of the stage that calls it"
                )

    def rows(self) -> list[dict[str, Any]]:
        """From the outermost on, each before those within it."""
        rows: list[dict[str, Any]] = []

        def add(branch: Branch, within: int) -> None:
            stage = branch.stage
            rows.append(
                {
                    "index": len(rows) + 1,
                    "within": within,
                    "name": stage.name,
                    "kind": stage.kind,
                    "role": stage.role,
                    "file": stage.file,
                    "line": stage.line,
                }
            )
            index = len(rows)
            for inner in branch.inner:
                add(inner, index)

        add(self.root, 0)
        return rows


def _without(
    nodes: dict[tuple[int, int], Node], keys: AbstractSet[tuple[Any, ...]]
) -> dict[tuple[int, int], Node]:
    """The nodes without those that were found to be no stages: what these hold, the stages around
    them hold."""
    first = next(iter(nodes))
    for key in [key for key in nodes if key in keys and key != first]:
        inner = nodes.pop(key).inner
        for node in nodes.values():
            if key in node.inner:
                at = node.inner.index(key)
                new = [each for each in inner if each not in node.inner and each != node.key]
                node.inner[at : at + 1] = new
    return nodes


def _insert(branch: Branch, outer: Branch, last: dict[int, Branch]) -> None:
    """Put a branch behind the one that was entered before it."""
    before = last.get(id(outer))
    at = outer.inner.index(before) + 1 if before in outer.inner else 0
    outer.inner.insert(at, branch)


def _is_made_anew(call: Call) -> bool:
    """Whether a call is of a function that was made for it, which no object tells from others."""
    if call.parent is None or call.environ is None or call.hook.function is not None:
        return False
    return holders.key_of(call)[1] == 0


def _key(call: Call) -> tuple[Any, ...]:
    stage = getattr(call.hook, "stage", None)
    if stage is not None:
        return (id(stage), 0)
    return holders.key_of(call)
