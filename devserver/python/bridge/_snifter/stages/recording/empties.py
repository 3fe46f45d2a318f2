"""Empty blocks that the server is given, which go nowhere: of the others it tells itself."""

from __future__ import annotations

from ...clock import monotonic_ns
from ..events import CHUNK, MOST_UNSENT, WRITE
from .blocks import NO_BLOCK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .record import Record


def gave(record: Record, written: bool = False) -> None:
    """Tell that the outermost stage has given one."""
    if record.full:
        record.untold += 1
        return
    # The next that is the same as one that a stage within has given is told as that.
    record.newest = NO_BLOCK
    kind = WRITE if written else CHUNK
    record.events.append((kind, 1, monotonic_ns(), 0, b"", -1, 0))
    if len(record.events) > MOST_UNSENT:
        record.send()
