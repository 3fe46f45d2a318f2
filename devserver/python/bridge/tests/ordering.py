"""The order of the events of a request, as package ``devserver/event`` promises it."""

from __future__ import annotations

from _snifter.stages.events import ENTER, ENVIRON_CHANGED, SPENT

#: The outermost stage, of whose boundaries the server tells itself.
OUTERMOST = 1


def faults(events):
    """What is not as it is promised: of each pass Enter comes first and Spent last, passes are
    numbered as they are entered, and each within one that is not over."""
    found = []
    open_passes, over, last, at = {OUTERMOST}, set(), OUTERMOST, 0
    for number, event in enumerate(events):
        kind, index, when = event[:3]

        def fault(what, *, of=(number, event)):
            found.append(f"event {of[0]}, {of[1][:4]}: {what}")

        if (kind, index) == (ENTER, OUTERMOST):
            continue  # it is told as soon as it is known that no head tells of it
        if when < at:
            fault(f"{at - when} ns before the one before")
        at = max(at, when)
        if index in over:
            fault("its pass is over")
        elif kind == ENTER:
            if index != last + 1:
                fault(f"the last that was entered is {last}")
            if event[3] not in open_passes:
                fault(f"{event[3]} is not there to be entered from")
            last = max(last, index)
            open_passes.add(index)
        elif index not in open_passes:
            fault("its pass was not entered")
        if kind == SPENT:
            open_passes.discard(index)
            over.add(index)
            _, _, _, total, own, *_ = event
            if not 0 <= own <= total:
                fault(f"{own} of {total} ns")
    if open_passes:
        found.append(f"passes that are never over: {sorted(open_passes)}")
    if events and events[-1][:2] != (SPENT, OUTERMOST):
        found.append(f"at last comes {events[-1][:3]}")
    return found


def passes(events):
    """Of each pass, the pass that it was entered from."""
    return {event[1]: event[3] for event in events if event[0] == ENTER}


def kinds(events, index):
    """The kinds of events of a pass, one after the other, without what is not at a boundary."""
    return [event[0] for event in events if event[1] == index and event[0] != ENVIRON_CHANGED]
