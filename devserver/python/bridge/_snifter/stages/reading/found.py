"""What is found where a function's code is read."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType

    from .readings import Expression


class Reading:
    """What a code calls, keeps, returns, yields and asks for a key, in order; which functions it
    makes with defaults; which globals it names; what it imports, and takes out of what."""

    __slots__ = (
        *("code", "calls", "places", "kept", "returned", "yielded", "asked", "with_defaults"),
        *("spread", "globals", "attributes", "imports", "taken"),
    )

    def __init__(self, code: CodeType) -> None:
        self.code = code
        #: What is called, and with what: arguments by name follow those by place.
        self.calls: list[tuple[Expression, tuple[Expression, ...]]] = []
        #: Where the instructions of each of these are, as a frame has it that is calling.
        self.places: list[range] = []
        #: Those where what is given by place is known, and a dict is given besides.
        self.spread: list[range] = []
        #: The names of attributes that are set, with the object's and the value's expressions.
        self.kept: list[tuple[str, Expression, Expression]] = []
        self.returned: list[Expression] = []
        self.yielded: list[Expression] = []
        #: What is asked for a key, by subscript or `in`, and the key.
        self.asked: list[tuple[Expression, Expression]] = []
        self.with_defaults: set[CodeType] = set()
        self.globals: dict[str, None] = {}
        #: Names of attributes that are written as texts.
        self.attributes: dict[str, None] = {}
        #: How many packages up, and the name there.
        self.imports: list[tuple[int, str]] = []
        #: Variables that hold an element of something, and of what, or what was imported; and
        #: globals that are set to what a call of no arguments gives.
        self.taken: dict[str, Expression] = {}
