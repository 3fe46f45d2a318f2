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
from . import calls, failures, holders, imports, layers, shapes, swap
from .guard import guarded
from .learn import Learner
from .recorder import Recorder
from .scan import Scanner

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from ..exchange import Exchange
    from ..link import Link

#: So many requests are watched for stages that no name gives away: not the first, whose answer is
#: what a reload is waited for.
_LESSONS = 2
#: In a request, stages are called before there were so many calls.
_MOST_CALLS = 50_000
_FUNCTIONS = (FunctionType, MethodType)


def trace(link: Link) -> int:
    """Hook what is loaded, and record what requests pass from now on; return the number of the
    outermost stage."""
    recorder = link.recorder = Recorder(link)
    _Search(link, recorder)
    calls.start(recorder)
    assert recorder.stage is not None
    return recorder.number(recorder.stage)


class _Search:
    """Finds stages for as long as the process lives."""

    def __init__(self, link: Link, recorder: Recorder) -> None:
        self._link = link
        self._recorder = recorder
        self._scanner = Scanner()
        self._busy = Lock()
        self._failed: set[Any] = set()
        self._app = link.app
        self._told = link.imported
        self._scanner.scan()
        self._look()
        # A stage that takes *args is known by where it is held.
        self._scanner.hook(
            holders.called(holders.undecorated(node.value))[0]
            for node in holders.nodes(link.app).values()
        )
        recorder.app = link.app
        recorder.stage = holders.node_of(link.app).stage
        self._pass_by()
        link.imported = self._imported
        imports.watch(self._imported_within)
        # One more than there are, of which the first is none.
        recorder.lessons = _LESSONS + 1
        recorder.teach = self._teach

    def _pass_by(self) -> None:
        """Have the outermost stage called past its trampoline, where it can be."""
        recorder = self._recorder
        recorder.hook, recorder.receiver = holders.entry(holders.undecorated(self._app))
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
            if look(self._scanner):
                self._pass_by()
            if with_layers:
                self._look()
        except Exception as error:
            if type(error) not in self._failed:
                self._failed.add(type(error))
                failures.report("the search for stages", error)
        finally:
            self._busy.release()

    def _look(self) -> None:
        for failure in layers.look():
            if failure not in self._failed:
                self._failed.add(failure)
                failures.say(failure)

    def _teach(self, exchange: Exchange) -> None:
        """Run a request, and notice the stages that no name gives away."""
        __traceback_hide__ = True
        recorder = self._recorder
        recorder.lessons -= 1
        if recorder.lessons >= _LESSONS or sys.gettrace() is not None:
            exchange.run()
            return
        learner = self._watch()
        exchange.run()
        if learner is not None:
            self._learn(learner)

    @guarded
    def _watch(self) -> Learner:
        return Learner(_MOST_CALLS).__enter__()

    @guarded
    def _learn(self, learner: Learner) -> None:
        learner.__exit__()
        new = learner.found - self._scanner.learned
        if new:
            # The answer need not wait for that.
            self._link.flush()
            self._scanner.learn(new)
            self._scan(_scan_all)


def _scan_all(scanner: Scanner) -> int:
    """Scan what was frozen, too."""
    frozen = hasattr(gc, "freeze") and gc.get_freeze_count() > 0
    if frozen:
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


def _untold(app: Any) -> Any:
    """What does the same as the application without its trampoline, None where there can't be."""
    if shapes.is_made(app) or holders.undecorated(app) is not app:
        return None
    function, receiver = holders.called(app)
    if type(function) is not FunctionType or swap.hook_of(function) is None:
        return None
    if type(app) not in _FUNCTIONS and shapes.call_method(type(app)) is not function:
        return None  # its __call__ is a static method, of the class, or given more
    plain = swap.plain(function)
    return plain if receiver is None else MethodType(plain, receiver)
