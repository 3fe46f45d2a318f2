"""What a code looks up by a name that is written in it as a text: globals()["app"],
sys.modules["site"].app, importlib.import_module("site").app, pkgutil.resolve_name("site:app").

Nothing is imported for that: what is there says which modules are meant, and by which names.
"""

from __future__ import annotations

from .expressions import asked_for, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .found import Reading
    from .readings import Expression

#: The module that a code stands in itself, and its names.
_OWN: Expression = ("module", None)
_GLOBALS: Expression = ("call", ("name", "globals"), ())
_MODULES: Expression = ("attribute", ("name", "sys"), "modules")
_IMPORTING = frozenset(("import_module", "__import__"))
#: Functions that give what a text names, with the module that it is in.
_RESOLVING = frozenset(("resolve_name", "import_string"))


def item(reading: Reading, of: Expression, key: Expression) -> Expression:
    """What something has by a key."""
    reading.asked.append((of, key))
    if of == _MODULES and key == ("name", "__name__"):
        return _OWN
    name = text(key)
    if name and of == _MODULES:
        return _module(reading, name)
    if name and of == _GLOBALS:
        return attribute(reading, _OWN, name)
    return "item", of


def attribute(reading: Reading, of: Expression, name: str) -> Expression:
    if of == _OWN:
        reading.globals[name] = None
    return "attribute", of, name


def call(reading: Reading, called: Expression, args: tuple[Expression, ...]) -> Expression:
    """What a call gives."""
    name = text(args[0]) if args else ""
    by = called[-1] if name and called is not None and called[0] in ("name", "attribute") else ""
    if by == "get" and called[1] in (_MODULES, _GLOBALS):
        return item(reading, called[1], args[0])
    if by in _IMPORTING:
        return _module(reading, name)
    if by in _RESOLVING:
        module, colon, path = name.partition(":")
        if not colon:
            module, _, path = name.rpartition(".")
        found = _module(reading, module)
        for each in filter(None, path.split(".")):
            reading.attributes[each] = None
            found = "attribute", found, each
        return found
    made = "call", called, args
    if asked_for(made):
        reading.attributes[asked_for(made)] = None
        attribute(reading, args[0], asked_for(made))
    return made if called or args else None


def _module(reading: Reading, name: str) -> Expression:
    """A module, which is known by the last of its names."""
    within = name.lstrip(".")
    reading.imports.append((len(name) - len(within), within))
    return "name", within.rpartition(".")[2]
