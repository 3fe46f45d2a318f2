"""The stack of expressions that a code is read on (see `readings`), and the dicts that are put
together there to be given by keyword."""

from __future__ import annotations

from .named import is_environ_name, is_start_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .readings import Expression

#: A text that is put together there and then.
TEXT = ("text", None)


def pop(stack: list[Expression]) -> Expression:
    value = stack.pop() if stack else None
    return None if value is not None and value[0] == "taken" else value


def last(stack: list[Expression], count: int) -> tuple[Expression, ...]:
    if not count:
        return ()
    taken = stack[-count:]
    del stack[-count:]
    known = [None if each is not None and each[0] == "taken" else each for each in taken]
    return (*[None] * (count - len(taken)), *known)


def is_text(value: Expression) -> bool:
    return value is not None and (value == TEXT or value[0] == "const" and type(value[1]) is str)


def make_dict(stack: list[Expression], name: str, arg: int) -> None:
    """Put a dict together, or one and more."""
    if name == "BUILD_MAP":
        pairs = last(stack, 2 * arg)
        stack.append(_dict([*zip(pairs[::2], pairs[1::2])]))
    elif name == "BUILD_CONST_KEY_MAP":
        keys = pop(stack)
        names = keys[1] if keys is not None else ()
        stack.append(_dict([*zip((("const", each) for each in names), last(stack, arg))]))
    elif name.startswith("BUILD_MAP_UNPACK"):  # up to 3.8
        parts = last(stack, arg)
        stack.append(_merged(parts, is_given=name.endswith("_CALL")))
    else:
        more, into = pop(stack), -(arg or 1)  # to PyPy it is always the next one
        # What that is made of is left out where it is unknown, if nothing asks for all of it.
        stack[into] = _merged((stack[into], more), is_given=name == "DICT_MERGE")


def items(value: Expression) -> tuple[Expression, ...]:
    """What is in a tuple, or the value itself."""
    return value[1] if value is not None and value[0] == "tuple" else (value,)


def keywords(given: Expression) -> tuple[Expression, ...]:
    """What is known to be given by keyword with a dict."""
    if given is None:
        return ()
    if given[0] == "call" and given[1] == ("name", "dict"):
        return tuple(each for each in given[2] if each is not None and each[0] == "keyword")
    return given[1] if given[0] == "dict" else ()


def filled(of: Expression, given: tuple[Expression, ...]) -> Expression:
    """A dict with more in it, of which some is an environ or a start_response; None if nothing."""
    more = tuple(each for each in given if each is not None and each[0] == "keyword")
    if not any(is_environ_name(name) or is_start_name(name) for _, _, name in more):
        return None
    return "dict", (*keywords(of), *more)


def _merged(parts: tuple[Expression, ...], is_given: bool) -> Expression:
    """One of several, which has all that is in each of them unless it is to be given by keyword."""
    items = [keywords(each) for each in parts]
    if not is_given and not all(items):
        return None
    found = tuple(each for those in items for each in those)
    return ("dict", found) if found else None


def _dict(items: list[tuple[Expression, Expression]]) -> Expression:
    """Only of an environ and a start_response by such names: any other is as unknown as ever."""
    names = [key[1] if key is not None and key[0] == "const" else None for key, _ in items]
    if not all(type(name) is str and name.isidentifier() for name in names):
        return None
    if not any(is_environ_name(name) or is_start_name(name) for name in names):
        return None
    return "dict", tuple(("keyword", value, name) for name, (_, value) in zip(names, items))
