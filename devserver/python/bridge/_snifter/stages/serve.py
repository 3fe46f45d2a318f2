"""Telling stages apart while an application is served.

What is loaded is hooked before the first request, what is imported later at the end of the request
that has imported it. What a zygote has scanned, and frozen, is not looked at again: a worker that
it forks looks at the user's own alone.
"""

from __future__ import annotations

import gc
import sys
from types import FunctionType, MethodType, ModuleType

from ..native import Lock
from . import failures
from .finding import callees, holders, imports
from .finding.learn import Learner
from .finding.lessons import Lessons
from .finding.scan import Scanner
from .finding.turns import Turns
from .frameworks import layers
from .guard import guarded
from .hooking import swap
from .kinds import ids
from .reading import shapes
from .recording.recorder import Recorder
from .running import asked, calls, threads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterable

    from ..exchange import Exchange
    from ..link import Link

_FUNCTIONS = ids(FunctionType, MethodType)


def trace(link: Link) -> int:
    """Hook what is loaded, and record what requests pass from now on; return the number of the
    outermost stage."""
    recorder = link.recorder = Recorder(link)
    _Search(link, recorder)
    calls.start(recorder)
    asked.note(recorder.hook)
    assert recorder.stage is not None
    return recorder.number(recorder.stage)


class _Search:
    """Finds stages for as long as the process lives."""

    def __init__(self, link: Link, recorder: Recorder) -> None:
        self._link = link
        self._recorder = recorder
        self._scanner = Scanner()
        self._busy = Lock()
        self._turns = Turns() if link.plan and link.plan.get("in_turn") else None
        #: Texts, and types of errors: each is told once.
        self._said: set[Any] = set()
        self._app = link.app
        self._told = link.imported
        self._scanner.scan()
        self._look()
        self._scanner.hook(holders.functions(link.app))
        recorder.app = link.app
        recorder.stage = holders.node_of(link.app).stage
        self._pass_by()
        link.imported = self._imported
        imports.watch(self._imported_within)
        recorder.lessons = Lessons(all_asked=self._turns is not None)
        recorder.teach = self._teach

    def _pass_by(self) -> None:
        """Have the outermost stage called past its trampoline, where it can be."""
        recorder = self._recorder
        recorder.hook, recorder.receiver = callees.entry(callees.undecorated(self._app))
        plain = _untold(self._app)
        recorder.bypassed = plain is not None
        self._link.app = self._app if plain is None else plain

    def _imported(self) -> None:
        """Modules were imported since the last time."""
        self._told()
        self._scan(Scanner.look)

    def _imported_within(self, modules: list[ModuleType]) -> None:
        """A request that runs has imported modules."""
        self._scan(lambda scanner: scanner.scan_modules(modules), False)

    def _scan(self, look: Callable[[Scanner], int], with_layers: bool = True) -> None:
        if not self._busy.acquire(False):
            # Another thread is about it, and may be past what is new: to be asked again.
            self._link.modules = 0
            return
        try:
            if not self._search(look, with_layers):
                # It may have come upon garbage, which was in parts when another thread went on
                # while it was collected. That is gone by the next time.
                self._scanner.look_again()
                self._search(look, with_layers, last=True)
        finally:
            self._busy.release()

    def _search(
        self, look: Callable[[Scanner], int], with_layers: bool, last: bool = False
    ) -> bool:
        """Look for stages, and say whether that could be done; of the last time it is told."""
        try:
            if look(self._scanner):
                self._pass_by()
            if with_layers:
                self._look()
        except Exception as error:
            if last and type(error) not in self._said:
                self._said.add(type(error))
                failures.report("the search for stages", error)
            return False
        return True

    def _look(self) -> None:
        threads.look()
        self._say(layers.look())

    def _say(self, texts: Iterable[str]) -> None:
        for text in texts:
            if text not in self._said:
                self._said.add(text)
                failures.say(text)

    def _teach(self, exchange: Exchange) -> Callable[[], None] | None:
        """Watch a request from now on, to notice the stages that no name gives away; return what
        ends that. (To run it from here would put frames of ours on the application's stack.)"""
        turns = self._turns
        has_turn = turns is not None and turns.take(exchange)
        lessons, most = self._recorder.lessons, 0
        if lessons is not None and sys.gettrace() is None:
            most = lessons.calls(exchange.environ)
            if lessons.are_over and turns is None:
                self._recorder.lessons = None
        looked_for = self._scanner.looked_for
        learner = self._watch(most) if most else None
        if learner is None and not has_turn:
            return None

        def end() -> None:
            try:
                if learner is not None:
                    self._learn(learner, looked_for)
            finally:
                if has_turn:
                    turns.give_back()

        return end

    @guarded
    def _watch(self, most: int) -> Learner:
        lessons = self._recorder.lessons
        ends = None if lessons is not None and lessons.are_first else layers.are_all
        return Learner(most, self._scanner.known, ends).__enter__()

    @guarded
    def _learn(self, learner: Learner, looked_for: frozenset[Any]) -> None:
        learner.__exit__()
        if self._scanner.learn(learner.found, looked_for):
            # The answer need not wait for that.
            self._link.flush()
            self._scan(_scan_all)
        self._say([*self._scanner.unseen])  # another thread may add to them


def _scan_all(scanner: Scanner) -> int:
    """Scan what was frozen, too."""
    frozen = hasattr(gc, "freeze") and gc.get_freeze_count() > 0
    if frozen:
        if gc.isenabled():
            gc.collect()  # what requests have left behind would be kept for ever
        gc.unfreeze()
    try:
        return scanner.scan()
    finally:
        if frozen:
            gc.freeze()


def prepare() -> None:
    """In a zygote, once libraries are imported: hook what lies in them, right before all that there
    is gets frozen."""
    Scanner().scan()
    layers.prepare()


def _untold(app: Any) -> Any:
    """What does the same as the application without its trampoline, None where there can't be."""
    if shapes.is_made(app) or callees.undecorated(app) is not app or callees.standing(app):
        return None
    function, receiver = callees.called(app)
    if type(function) is not FunctionType or swap.hook_of(function) is None:
        return None
    if id(type(app)) not in _FUNCTIONS and shapes.call_method(type(app)) is not function:
        return None  # its __call__ is a static method, of the class, or given more
    plain = swap.plain(function)
    return plain if receiver is None else MethodType(plain, receiver)
