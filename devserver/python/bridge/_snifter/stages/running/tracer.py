"""What a tracer is told of: types alone, so that nothing imports this but who looks at types."""

from __future__ import annotations

from typing import Any, Protocol

from .calls import Call


class Tracer(Protocol):
    """Who wants to know of boundaries. Its methods are called in the thread of the request,
    in the order in which things happen. What one of them raises is reported once, and never
    reaches the application; only a BaseException that is no Exception goes through."""

    def enter(self, call: Call) -> None:
        """The stage is about to run. Its environ is as it gets it."""

    def start_response(self, call: Call, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """The stage calls start_response with these."""

    def write(self, call: Call, block: Any) -> None:
        """The stage passes a block to write()."""

    def exit(self, call: Call, result: Any) -> None:
        """The stage has returned what its body will be, or, being a framework's layer,
        its response. The tracer must not keep it: it could live for ever."""

    def chunk(self, call: Call, block: Any) -> None:
        """The stage's body gives a block."""

    def close(self, call: Call) -> None:
        """close() of the stage's body is about to run."""

    def exception(self, call: Call, where: str, error: BaseException) -> None:
        """An exception left the stage: in its "call", while one "iterate"s, or in "close"."""
