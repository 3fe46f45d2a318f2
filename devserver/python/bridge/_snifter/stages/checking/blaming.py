"""Who is to blame for what is found as it runs: a stage of WSGI, or a framework's layer in it."""

from __future__ import annotations

from ... import rules
from ..context import current
from ..guard import guarded
from .telling import Telling

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    from ..running.calls import Call
    from .passes import Pass


class Blaming(Telling):
    """A base of the checker."""

    __slots__ = ()

    root: Pass
    of: Callable[[Call], Pass]

    def tell_of(self, call: Call | None, rule: str, message: str) -> None:
        """Tell what was found of a call, which may be one of a framework's layer."""
        while call is not None and call.environ is None and call.record is None:
            call = call.parent  # of a layer that is not told of
        if call is None or call.record is None:
            self.root.tell(rule, message)
        elif call.environ is not None and (call.lint is not None or call.index == 1):
            self.of(call).tell(rule, message)
        else:
            self.tell(call.index, rule, message)  # which needs no pass

    def _innermost(self) -> Call | None:
        """The innermost call of this request that runs now, which may be of a framework's layer."""
        call = current()
        while call is not None:
            record = getattr(call, "record", None)
            if record is not None and record.lint is self:
                break
            call = call.parent
        return call

    def runs(self, index: int) -> bool:
        """Whether a call is under way in what runs now."""
        call = self._innermost()
        while call is not None and call.index > index:
            call = call.parent
        return call is not None and call.index == index

    def tell_running(self, rule: str, message: str) -> None:
        """Tell what whoever runs now has done."""
        self.tell_of(self._innermost(), rule, message)

    def running(self) -> Pass:
        """The pass of the WSGI stage that runs now."""
        call = self._innermost()
        while call is not None and call.environ is None:
            call = call.parent
        return self.root if call is None else self.of(call)

    @guarded
    def strayed(self) -> None:
        """Tell that the start_response of another request was called: by the innermost stage that
        has not called its own, if there is one from the stage outwards that runs now."""
        made = self.running()
        call = current()
        while call is not None and call.record is not None and call.record.lint is self:
            started = call.has_started if call.index > 1 else self.exchange.status is not None
            if call.environ is not None and not started:
                made = self.of(call)
                break
            call = call.parent
        made.tell("start-response-foreign", rules.FOREIGN)

    @guarded
    def raised_again(self) -> bool:
        """The server raises exc_info again, in the stage that runs now. Return whether it is the
        outermost."""
        made = self.running()
        made.raised = made.watch = True
        return made is self.root
