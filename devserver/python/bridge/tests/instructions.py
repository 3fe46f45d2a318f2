"""How many instructions of the bridge a request runs: the same however busy a machine is.

python3 -m tests.instructions KIND DEPTH, in the folder of the bridge, where KIND is one of KINDS.
"""

from __future__ import annotations

import dis
import gc
import itertools
import subprocess
import sys
import time
from marshal import loads

from _snifter import exchange as exchange_module
from _snifter.body import EMPTY
from _snifter.exchange import Exchange

from . import cost

KINDS = {
    "passing on": (cost.traced, cost.told_by_names),
    "changing": (cost.traced, cost.changing),
    "numbering": (cost.traced, cost.numbering),
    "relaying": (cost.traced, cost.relaying),
    "handing on": (cost.traced, cost.handing_on),
    "wrapping": (cost.traced, cost.wrapping),
    "holding": (cost.traced, cost.holding),
    "keeping": (cost.traced, cost.keeping),
    "attaching": (cost.traced, cost.attaching),
    "beginning": (cost.traced, cost.beginning),
    "starting": (cost.traced, cost.starting),
    "passing on what has no type": (cost.traced, cost.around_untyped),
    "passing on what has no content": (cost.traced, cost.around_empty),
    "off": (cost.off, cost.told_by_names),
}


def of(kind, depth):
    """The instructions of a request through so many middlewares, in a process of its own."""
    command = [sys.executable, "-m", __name__, kind, str(depth)]
    return int(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def count(run):
    if sys.version_info >= (3, 12):
        return _monitored(run)
    counted = 0

    def trace(frame, event, arg):
        nonlocal counted
        if not _is_ours(frame.f_code):
            return None
        frame.f_trace_lines, frame.f_trace_opcodes = False, True
        counted += event == "opcode"
        return trace

    sys.settrace(trace)
    try:
        run()
    finally:
        sys.settrace(None)
    return counted


def _monitored(run):
    """The same by PEP 669."""
    counted = 0
    # It stands where a jump was not taken, which steps over it.
    passed_over = dis.opmap.get("NOT_TAKEN")

    def instruction(code, offset):
        nonlocal counted
        if not _is_ours(code) or code.co_code[offset] == passed_over:
            return sys.monitoring.DISABLE
        counted += 1
        return None

    tool, event = sys.monitoring.OPTIMIZER_ID, sys.monitoring.events.INSTRUCTION
    sys.monitoring.use_tool_id(tool, __name__)
    sys.monitoring.register_callback(tool, event, instruction)
    sys.monitoring.set_events(tool, event)
    try:
        run()
    finally:
        sys.monitoring.set_events(tool, 0)
        sys.monitoring.free_tool_id(tool)
    return counted


def _is_ours(code):
    return "_snifter" in code.co_filename


def main():
    make_link, make = KINDS[sys.argv[1]]
    link = make_link(cost.stack(make, int(sys.argv[2])))

    def request():
        exchange = Exchange(link, 1, loads(cost._SENT), EMPTY)
        link.open[1] = exchange
        exchange.run()

    for _ in range(5):
        request()
    gc.disable()  # the bridge counts collections
    # What takes long is told of sooner.
    exchange_module.monotonic_ns = itertools.count(time.monotonic_ns()).__next__
    print(count(request))


if __name__ == "__main__":
    main()
