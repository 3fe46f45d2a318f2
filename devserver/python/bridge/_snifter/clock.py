"""The clock by which all that is told has its time.

It is none of the functions that the module `time` has: who freezes time for a test replaces each of
those wherever a module has it (freezegun), or what it does (time-machine, of those that tell the
time since a start: monotonic). So it is one of a further instance of that module, at no more
expense.
"""

from __future__ import annotations

import functools
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable


def _own() -> Callable[[], int]:
    # In 3.8, as on PyPy, there is one instance and no other.
    if sys.version_info < (3, 9) or sys.implementation.name != "cpython":
        return functools.partial(time.perf_counter_ns)
    spec: Any = time.__spec__
    further = spec.loader.create_module(spec)
    spec.loader.exec_module(further)
    own: Callable[[], int] = further.perf_counter_ns
    return own


monotonic_ns = _own()
