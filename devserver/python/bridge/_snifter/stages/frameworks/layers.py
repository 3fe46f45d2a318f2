"""What frameworks put between an application and its answer: middlewares, hooks, tweens, views.

Each framework's module looks at its objects after they were loaded, says what lies in them, and
hooks the functions that run, so that they are calls among the WSGI stages'. No framework is
imported for it, and nothing lazy (a body, a session, a user) is made to load.
"""

from __future__ import annotations

import functools
import importlib
import sys
from itertools import count
from types import FunctionType, MemberDescriptorType, MethodType

from .. import context, loaded, names, ours
from ..hooking import compiled, hide, swap
from ..names import Stage
from ..reading import proxies, shapes
from ..running import calls, fresh
from . import contents, copies, roles
from .layerhooks import LayerHook, layer_hook, written

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterable

#: A framework's package, and the module here that knows it.
FRAMEWORKS = ("django", "flask", "pyramid", "falcon", "bottle")


class Layer:
    """A layer within an application, and those within it, the outermost first."""

    __slots__ = ("key", "stage", "inner")

    def __init__(self, stage: Stage, key: tuple[int, int], inner: Iterable[Layer] = ()) -> None:
        self.stage = stage
        self.key = key
        self.inner = list(inner)


class Inside:
    """What a framework's application has within itself."""

    __slots__ = ("layers", "applications", "closed", "aside", "value")

    def __init__(
        self,
        layers: Iterable[Layer] = (),
        applications: Iterable[Any] = (),
        closed: bool = True,
        aside: Callable[[], Iterable[Any]] = tuple,
    ) -> None:
        self.layers = list(layers)
        #: The WSGI applications in it, beyond those that a search finds; there are no others if it
        #: is closed.
        self.applications = list(applications)
        self.closed = closed
        #: Gives the applications that are held by it and no request is passed on to.
        self.aside = aside
        self.value: Any = None


_inside: dict[int, Inside] = {}


def inside(value: Any) -> Inside | None:
    """What is known of an application."""
    return _inside.get(id(value))


def are_all(value: Any, method: str) -> bool:
    """Whether nothing but its layers lies within what a method of an application runs."""
    found = _inside.get(id(value))
    return found is not None and found.closed and not (found.applications and method == "__call__")


def look() -> list[str]:
    """Look at the applications of all frameworks that are loaded; return what failed, in words.

    A framework that is of another shape than was known costs its layers, and nothing else. What is
    needed of one that is there may not be imported yet, where all imports are lazy.
    """
    hide.install()
    failures = []
    for framework in _loaded():
        try:
            module, kinds = _watched(framework)
            look_into = functools.partial(_look_into, module)
            fresh.watch(kinds, look_into)
            for value in _instances(kinds):
                if not fresh.is_waiting(value):
                    look_into(value)
        except Exception as error:
            failures.append(
                f"the layers of {framework} could not be found: {type(error).__name__}: {error}"
            )
    return failures


def prepare() -> None:
    """Hook what is hooked of the frameworks that are loaded, whatever the applications."""
    for framework in _loaded():
        _watched(framework)


def _loaded() -> list[str]:
    return [f for f in FRAMEWORKS if (copies.look() if f == "bottle" else f in sys.modules)]


def _watched(framework: str) -> tuple[Any, tuple[type, ...]]:
    """What knows of a framework, and the classes of its applications, what is given to which is
    noticed from now on."""
    module = importlib.import_module("." + framework, __package__)
    kinds = module.kinds()
    if kinds:
        module.watch()
    return module, kinds


def _look_into(framework: Any, value: Any) -> None:
    if id(value) not in _inside:
        found = framework.inside(value)
        found.value = value  # the id is its own as long as this is kept
        _inside[id(value)] = found


def look_again(framework: Any, value: Any) -> None:
    """An application was given more, which may be so at any time: not one that is still to be
    looked into as a whole."""
    if id(value) in _inside:
        del _inside[id(value)]
        _look_into(framework, value)


def known() -> list[Stage]:
    """The layers that were found, hooks and views too."""
    found: list[Stage] = []
    for hook in [*swap.hooks(), *compiled.hooks()]:
        if isinstance(hook, LayerHook):
            found += hook.stages()
    return found


def _instances(kinds: tuple[type, ...]) -> list[Any]:
    return [v for v in loaded.objects() if issubclass(type(v), kinds)] if kinds else []


def handed(args: tuple[Any, ...], response: Any) -> None:
    """The innermost layer, which is running, gets a response of the framework itself: an error's
    page, or what was rendered of what a view returned."""
    call = context.current()
    if call is not None and call.record is not None and call.environ is None:
        contents.got(call, response)


def method(value: Any, name: str, kind: str, role: str) -> Layer | None:
    """Hook a method of an object's class, and return the layer that it is for this object."""
    found = next((vars(base)[name] for base in type(value).__mro__ if name in vars(base)), None)
    if isinstance(found, functools.partialmethod):
        return function(proxies.behind(found.func), kind, role)
    if isinstance(found, (staticmethod, classmethod)):
        # Its first argument is not the object.
        return function(proxies.behind(found.__func__), kind, role)
    return _method(value, proxies.behind(found), name, kind, role)


def taken(value: Any, name: str, kind: str, role: str) -> Layer | None:
    """Hook what a framework asks an object for by a name and calls, and return the layer that it
    is: a method of its class, or what the object has itself, or gets for it elsewhere."""
    layer = None
    if name not in getattr(value, "__dict__", ()):
        layer = method(value, name, kind, role)
    if layer is None:
        found = getattr(value, name, None)
        layer = callee(found, kind, role) if callable(found) else None
    return layer


def _method(value: Any, function: Any, name: str, kind: str, role: str) -> Layer | None:
    if shapes.is_cython(function):
        hook = _hook_compiled(value, function, LayerHook(kind, role, method=name))
    elif type(function) is FunctionType:
        hook = compiled.hook_of(function) or _hook_of(function)
    else:
        return None
    if type(function) is FunctionType and (hook is None or roles.has_another(hook, kind, role)):
        if not _has_room():
            return None
        hook = _hooked(function, hook, layer_hook(function, kind, role, method=name))
    if not isinstance(hook, LayerHook) or hook.stage is not None:
        return None
    hook = roles.of_role(hook, role) or hook
    return Layer(hook.stage_of(value), (id(hook), id(value)))


def _hooked(function: FunctionType, known: Any, hook: LayerHook) -> LayerHook | None:
    """Have a function go through a hook, beside the one that is known, if any."""
    if known is not None:
        return roles.add(function, known, hook)
    return hook if swap.install(function, hook) else None


def _hook_compiled(value: Any, function: Any, hook: LayerHook) -> LayerHook | None:
    """Hook a compiled method in the class that has it."""
    of = next((b for b in type(value).__mro__ if vars(b).get(hook.method) is function), None)
    if of is None or not _has_room() or compiled.replace(of, hook.method, hook) is None:
        return None
    return hook


def function(value: Any, kind: str, role: str, named: Any = None) -> Layer | None:
    """Hook a function, and return the layer that it is, by the name of `named` if that is given."""
    if type(value) is not FunctionType:
        return None
    hook = _hook_of(value)
    if hook is None or roles.has_another(hook, kind, role):
        if not _has_room():
            return None
        stage = _stage(written(value) if named is None else named, kind, role)
        hook = _hooked(value, hook, layer_hook(value, kind, role, stage))
    if not isinstance(hook, LayerHook) or hook.stage is None:
        return None
    hook = roles.of_role(hook, role) or hook
    return Layer(hook.stage, (id(hook.stage), 0))


_MOST_LATE = 2_000
_late = count()


def _has_room() -> bool:
    """Whether one more function may be hooked, and kept. Those that are met while requests are
    served may be made by them, without end."""
    return calls.tracing() is None or next(_late) < _MOST_LATE


def _hook_of(function: FunctionType) -> Any:
    """The hook of a function, and none where it is only suspected to be an application."""
    hook = swap.hook_of(function)
    if getattr(hook, "is_stage", True):
        return hook
    swap.remove(function)
    return None


def install(function: FunctionType, hook: Any) -> bool:
    """Have a function of a framework's go through a hook, and say whether it does."""
    return _hook_of(function) is None and swap.install(function, hook)


def watch(owner: Any, name: str, hook: Any) -> None:
    """Have a function of a framework's module or class go through a hook, if there is one."""
    function = proxies.behind(vars(owner).get(name))
    if type(function) is FunctionType:
        if not ours.is_ours(swap.original_code(function)):
            install(function, hook)
    elif shapes.is_cython(function) and isinstance(owner, type):
        compiled.replace(owner, name, _OfCompiled(hook))


class _OfCompiled:
    """A hook that looks at arguments, which are given to it as they are to that of a def."""

    __slots__ = ("hook",)

    def __init__(self, hook: Any) -> None:
        self.hook = hook

    def __call__(self, original: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        __traceback_hide__ = True
        looked = compiled.in_place(original, args, kwargs)
        return self.hook(lambda *_: original(*args, **kwargs), looked, {})


#: The stages of functions and classes by the id of these, which are kept, and the role.
_named: dict[tuple[int, str], tuple[Any, Stage]] = {}


def _stage(named: Any, kind: str, role: str) -> Stage:
    """The one stage of a function or class, in however many decorators it is."""
    key = (id(named), role)
    if key not in _named:
        _named[key] = named, Stage(names.name_of(named), kind, names.place(named), role)
    return _named[key][1]


#: The trampolines of defs by the id of their code, which those keep.
_made: dict[int, Any] = {}


def made(value: FunctionType, kind: str, role: str, name: str = "") -> None:
    """Hook a function that is one of many of the same def, as requests make them: they are one
    stage, and none of them is kept."""
    if _hook_of(value) is not None:
        return
    code = value.__code__
    if id(code) not in _made:
        if not _has_room():
            return
        stage = Stage(name or names.name_of(value), kind, names.place(value), role)
        trampoline = swap.trampoline(code, layer_hook(value, kind, role, stage), value.__qualname__)
        if trampoline is None:
            return
        _made[id(code)] = trampoline
    value.__code__ = _made[id(code)]


def once(value: Any, kind: str, role: str) -> None:
    """Hook what is called in one request, which may have made it: a function, a method, or an
    object, within a partial or not."""
    value = called(value)
    if type(value) is MethodType:
        value = value.__func__
    if type(value) is FunctionType:
        made(value, kind, role)
    elif not isinstance(value, type):
        method(value, "__call__", kind, role)
        _keep(value, False)


def called(value: Any) -> Any:
    """What a partial, or an object that stands for another, calls."""
    value = proxies.behind(value)
    while issubclass(type(value), functools.partial):
        value = proxies.behind(value.func)
    return value


def callee(value: Any, kind: str, role: str) -> Layer | None:
    """Hook what is called, a function, a method of an object, or an object, within a partial or
    not, and return the layer that it is."""
    value = called(value)
    if type(value) is MethodType:
        if not isinstance(value.__self__, type):
            return _method(value.__self__, value.__func__, value.__name__, kind, role)
        value = value.__func__
    if type(value) is FunctionType:
        return function(value, kind, role)
    layer = None if isinstance(value, type) else method(value, "__call__", kind, role)
    if layer is not None and kind in _HELD:
        _keep(value, True)
    return layer


#: Frameworks that have the objects which they call as long as they live.
_HELD = ("flask", "bottle")


def _keep(value: Any, is_held: bool) -> None:
    """An object is a layer, and others of its class are none, within another layer, as far as the
    framework holds all that it calls of the class: a decorator of views may be that of helpers."""
    function = proxies.behind(shapes.call_method(type(value)))
    hook = swap.hook_of(function) if type(function) is FunctionType else None
    if not isinstance(hook, LayerHook):
        return
    hooks = roles.hooks_of(hook)
    objects = hooks[0].objects
    if not is_held or objects is not None and len(objects) >= _MOST_LATE:
        objects = None
    elif objects is not None:
        objects = objects or {}
        objects[id(value)] = value
    for each in hooks:
        each.objects = objects


def held(value: Any) -> dict[str, Any]:
    """What a function closes over, or what an object has as attributes and in slots, by name."""
    if type(value) is FunctionType:
        return shapes.closed_over(value)
    found = {}
    for base in type(value).__mro__:
        for name, slot in base.__dict__.items():
            if type(slot) is MemberDescriptorType:
                try:
                    found[name] = slot.__get__(value)
                except AttributeError:
                    continue  # nothing was set
    own = getattr(value, "__dict__", None)
    found.update(own if type(own) is dict else ())
    return found
