"""What the result of a call can be, by its type."""

from __future__ import annotations

from types import GeneratorType

from ...streams import FileWrapper
from ..kinds import ByClass, by_class, defines, is_plain, weakly_referred_at

BODY = 1
GENERATOR = 2
FILE = 3
NO_BODY = 4
#: The body of an application class that no reference can be kept to, or that is not to be asked for
#: anything: what becomes of it is unseen.
UNSEEN = 5
#: A generator that another body has given to be iterated by.
STEPS = 6

#: By the id of the type, as far as it was asked for.
known = ByClass()
known.add(GeneratorType, GENERATOR)
_MOST = 1000


def is_body(kind: type) -> bool:
    """Whether what is of a class is a body of which there is nothing special."""
    return (known.get(id(kind)) or find(kind)) == BODY


@by_class
def is_iterated(kind: type) -> bool:
    """Whether what is of a class can be iterated, if only by its indices."""
    return defines(kind, "__iter__") or defines(kind, "__getitem__")


def find(kind: type) -> int:
    if issubclass(kind, FileWrapper):
        found = FILE
    elif issubclass(kind, (str, bytes)):
        found = NO_BODY
    elif not is_plain(kind):
        found = UNSEEN
    elif not is_iterated(kind):
        found = NO_BODY
    elif weakly_referred_at(kind):
        found = BODY
    else:
        found = UNSEEN
    if len(known) < _MOST:  # of an application that makes a class a request
        known.add(kind, found)
    return found
