"""Which stages a function is, by the classes that it is called as a method of."""

from __future__ import annotations

from functools import partialmethod
from types import FunctionType

from .. import loaded, names
from ..hooking import swap
from ..kinds import ByClass, is_plain
from ..names import Stage
from ..reading import methods, proxies, shapes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any

    from ...exchange import Exchange

#: So many classes of one def are remembered: an application may make one a request.
_MOST_CLASSES = 100


class Hooked:
    """What is known of a function that is a stage, or of the def whose functions are."""

    __slots__ = (
        "code",
        "name",
        "makes",
        "gives_others",
        "qualname",
        "module",
        "function",
        "_stages",
        "_known",
        "_usual",
        "_methods",
        "_statics",
        "_once",
        "_makers",
        "_standing",
        "_is_off",
    )

    kind = "wsgi"
    #: The two are given to the function in a tuple, so that it is no application itself.
    unpacks = False

    def __init__(
        self, code: CodeType, qualname: str, module: str, function: FunctionType | None = None
    ) -> None:
        self.code = code
        # The maker of a namedtuple is a lambda, by its code.
        is_maker = function is not None and function.__name__ == "__new__"
        self.name = "__new__" if is_maker else code.co_name
        #: It is an application class that is called, and the instance is its body.
        self.makes = code.co_name == "__init__"
        #: The same, and what it gives in the place of an instance is.
        self.gives_others = self.name == "__new__"
        self.qualname = qualname
        self.module = module
        self.function = function
        self._stages: ByClass = ByClass()
        # By what they are called and where they stand: a class that each request makes is one.
        self._known: dict[tuple[str, str, int], Stage] = {}
        # The stage that it is where it is called as a method of a class, by the id of that, once it
        # was.
        self._usual: ByClass = ByClass()
        self._methods: ByClass = ByClass()
        self._statics: ByClass = ByClass()
        self._once: ByClass = ByClass()
        self._makers: ByClass = ByClass()
        #: The stages of methods that it is called in the place of, by their names.
        self._standing: ByClass = ByClass()
        self._is_off = False

    def take_off(self) -> None:
        """Give all that has this hook its own code back, once: what a function makes anew with each
        request has it all the same."""
        if self._is_off:
            return
        self._is_off = True
        functions = [self.function]
        if self.function is None:
            functions, _ = loaded.functions_and_classes()
        for each in functions:
            if type(each) is FunctionType and swap.hook_of(each) is self:
                swap.remove(each)

    def forget(self, kind: type) -> None:
        """Have the next call of a class's method looked at as if it was the first."""
        self._usual.pop(id(kind), None)

    def is_method_of(self, kind: type) -> bool:
        """Whether the function is what a class has under its name."""
        found = self._methods.get(id(kind))
        if found is None:
            # An overridden method that is called by super() is one too.
            found = is_plain(kind) and any(self._stands_in(base) for base in kind.__mro__)
            self._methods.add(kind, found)
        return found

    def _stands_in(self, base: type) -> bool:
        """Whether the function stands in a class, under whatever name, or within decorators."""
        values = [*filter(methods.may_be_one, base.__dict__.values())]
        if any(swap.is_of(each, self) for value in values for each in methods.within(value)):
            return True
        if getattr(base.__dict__.get("__call__"), "_snifter_stage", None) is self:
            return True
        return (
            type(base.__dict__.get(self.name, staticmethod)) is not staticmethod
            and base.__module__ == self.module
            and self.qualname == f"{base.__qualname__}.{self.name}"
        )

    def is_function_of(self, kind: type) -> bool:
        """Whether the function is a static or class method of a class."""
        found = self._statics.get(id(kind))
        if found is None:
            values = (b.__dict__[self.name] for b in kind.__mro__ if self.name in b.__dict__)
            value = next(values, None)
            function = value.__func__ if isinstance(value, (staticmethod, classmethod)) else None
            found = self._statics.add(
                kind, type(function) is FunctionType and swap.hook_of(function) is self
            )
        return found

    def is_once_in(self, kind: type) -> bool:
        """Whether the function is one method of a class and no other, to which super() could go
        on: one that runs within itself was called anew."""
        found = self._once.get(id(kind))
        if found is None:
            values = [value for base in kind.__mro__ for value in base.__dict__.values()]
            those = {
                id(each)
                for method in filter(methods.may_be_one, values)
                for each in methods.within(method)
                if swap.is_of(each, self)
            }
            found = self._once.add(kind, len(those) == 1)
        return found

    def is_maker_of(self, kind: Any) -> bool:
        """Whether the function, a __new__, is what makes a class the stage that it is: a subclass
        may have one of its own around it, or an __init__ for what it makes."""
        if not issubclass(type(kind), type):
            return True
        found = self._makers.get(id(kind))
        if found is None:
            made = shapes.maker(kind) if is_plain(kind) else None
            is_one = swap.hook_of(made) is self and shapes.makes_bodies(kind)
            found = self._makers.add(kind, made is None or is_one)
        return found

    def is_stage_of(self, kind: type) -> bool:
        """Whether the function, an __init__, makes a class the stage that it is: what inherits it
        may be none, and what has one of its own around it is, by that."""
        found = self._makers.get(id(kind))
        if found is None:
            made = shapes.maker(kind) if is_plain(kind) else None
            is_own = made is not None and swap.hook_of(made) is self
            found = self._makers.add(kind, not is_own or shapes.makes_bodies(kind))
        return found

    def is_again(self, exchange: Exchange, receiver: Any) -> bool:
        """Whether the outermost stage, which was entered before, calls itself."""
        if not exchange.outermost or self is not exchange.link.recorder.hook:
            return False
        return self.makes or self.is_once_in(type(receiver))

    def stage_of(self, receiver: Any) -> Stage:
        """The stage by its name; a method's bears that of the object's class."""
        kind = None if receiver is None else type(receiver)
        return self._stages.get(id(kind)) or self.stage_for(kind)

    def stage_for(self, kind: type | None) -> Stage:
        """The same, of a class itself."""
        stage = self._stages.get(id(kind))
        if stage is None:
            if len(self._stages) >= _MOST_CLASSES:
                known = (self._stages, self._methods, self._statics, self._once)
                for by_class in (*known, self._makers, self._usual, self._standing):
                    by_class.clear()
            stage = self._named(kind)
            stage = self._known.setdefault((stage.name, stage.file, stage.line), stage)
            self._stages.add(kind, stage)
        return stage

    def stage_in(self, kind: type, standing: Any) -> Stage | None:
        """The same of a method, by what stands in a class in its place, as a decorator's object, or
        behind that; None where it stands there by no name."""
        if type(standing) is FunctionType and not self.unpacks:
            return None
        name = methods.name_in(kind, standing)
        if not name:
            return None
        known = self._standing.get(id(kind)) or self._standing.add(kind, {})
        if name not in known:
            stage = self._named_in(kind, name)
            known[name] = self._known.setdefault((stage.name, stage.file, stage.line), stage)
        return known[name]

    def _named_in(self, kind: type, name: str) -> Stage:
        of = names.full_name(kind.__module__, kind.__qualname__)
        if name == "__call__":
            return Stage(of, self.kind, names.place(kind))
        function = methods.written(kind, name)
        code = self.code if function is None else swap.original_code(function)
        return Stage(f"{of}.{name}", self.kind, names.place_of_code(code))

    def stages(self) -> list[Stage]:
        """The stages that it has been so far, or is going to be."""
        found = list(self._known.values())
        if not found:
            stage = self._named(None)
            if self.name == "__init__":
                stage.name = stage.name[: -len(".__init__")]
            found.append(stage)
        return found

    def _named(self, kind: type | None) -> Stage:
        if kind is None:
            name = names.full_name(self.module, self.qualname)
            if name.endswith((".__call__", ".__new__")):
                name = name.rpartition(".")[0]  # a static method: its class is the application
                return Stage(name, self.kind, names.place_around(self.code, name.split(".")[-1]))
            return Stage(name, self.kind, names.place_of_code(self.code))
        name = names.full_name(kind.__module__, kind.__qualname__)
        called = proxies.given_by(kind, shapes.call_method(kind))
        called = called.func if type(called) is partialmethod else called
        hook = swap.hook_of(called) if type(called) is FunctionType else None
        # A __call__ that another has taken the place of is a method as others are.
        replaced = isinstance(hook, Hooked) and self.name == "__call__"
        if hook is self or self.name in ("__call__", "__init__", "__new__") and not replaced:
            return Stage(name, self.kind, names.place(kind))
        return Stage(f"{name}.{self.name}", self.kind, names.place_of_code(self.code))
