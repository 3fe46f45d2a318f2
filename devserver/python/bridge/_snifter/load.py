"""Loading the application by a plan, which the server made by looking at files alone."""

from __future__ import annotations

import os
import sys
from functools import partial
from types import FunctionType, MethodType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any, Callable

    Plan = dict[str, Any]

_NAMES = ("app", "application")
_FACTORIES = ("create_app", "make_app")
_FUNCTIONS = (FunctionType, MethodType, partial)


class ApplicationNotFound(Exception):
    """The module was imported, and what it should hold is not there.

    The message says what was tried.
    """

    # Printed without the name of a module: where it is defined tells nobody anything.
    __module__ = "builtins"


def load(plan: Plan) -> tuple[Callable[..., Any], str]:
    """Load the application and return it with its name in words."""
    prepare(plan)
    kind = plan.get("kind") or "module"
    if kind == "django":
        from .frameworks import django

        return _callable(django(plan), "the project"), plan["settings"]
    if kind == "ini":
        from .frameworks import ini

        section = plan.get("section") or "main"
        return _callable(ini(plan["file"], section), plan["file"]), "{}#{}".format(
            os.path.basename(plan["file"]), section
        )
    if kind == "file":
        module, name = _run_file(plan["file"], plan["module"]), plan["file"]
    elif kind == "module":
        name = plan["module"]
        module = _import(name)
        file = plan.get("file")
        if file and _is_elsewhere(module, file):
            # A file named like a module that Python has loaded already (io.py, types.py).
            module = _run_file(file, name + "__file")
    else:
        raise ApplicationNotFound(f"a plan of kind {kind!r} is not for Python")
    found, attr = find(module, plan)
    return _callable(found, attr), f"{name}:{attr}"


def prepare(plan: Plan) -> None:
    """Set the process up as the usual commands would have."""
    for name, value in (plan.get("env") or {}).items():
        os.environ.setdefault(name, value)
    # Programs ask by these whether they run under a server that reloads, and start their
    # background work only then.
    os.environ.setdefault("WERKZEUG_RUN_MAIN", "true")
    # app.run() at the end of a module is then passed over, as `flask run` has it.
    os.environ.setdefault("FLASK_RUN_FROM_CLI", "true")
    if plan.get("kind") == "django":
        os.environ.setdefault("RUN_MAIN", "true")
        sys.argv = ["manage.py", "runserver"]
    else:
        sys.argv = ["snifter"]
    front = list(plan.get("sys_path") or ())
    sys.path[:] = front + [entry for entry in sys.path if entry not in front]


def _import(name: str) -> ModuleType:
    import importlib

    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        # Its own import that fails is the module's affair, and told as such.
        if error.name is None or not (name == error.name or name.startswith(error.name + ".")):
            raise
        folders = ", ".join(entry or "." for entry in sys.path[:3])
        raise ApplicationNotFound(
            f"there is no module {error.name!r} "
            f"(looked in {folders} and the interpreter's own folders)"
        ) from None


def _is_elsewhere(module: ModuleType, file: str) -> bool:
    origin = getattr(module, "__file__", None)
    if origin is None or not os.path.exists(file):
        return origin is None
    return not os.path.samefile(origin, file)


def _run_file(path: str, name: str) -> ModuleType:
    import importlib.util

    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ApplicationNotFound(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return module


def find(module: ModuleType, plan: Plan) -> tuple[Any, str]:
    """Take the application out of its module, and return it with the expression that names it."""
    attr = plan.get("attr") or ""
    factories = tuple(plan.get("factories") or _FACTORIES)
    if attr:
        found = _attribute(module, attr)
        if plan.get("call"):
            args = plan.get("args") or ""
            return _call(found, attr, args), f"{attr}({args})"
        if _is_factory(found, attr, factories):
            return _call(found, attr, ""), attr + "()"
        return found, attr
    names = tuple(plan.get("names") or _NAMES)
    for name in names:
        found = getattr(module, name, None)
        if callable(found) and (not isinstance(found, type) or _is_class_application(found)):
            return (
                (_call(found, name, ""), name + "()")
                if _is_factory(found, name, factories)
                else (found, name)
            )
    for name in factories:
        found = getattr(module, name, None)
        if callable(found):
            return _call(found, name, ""), name + "()"
    return _only_application(module, names, factories)


def _only_application(
    module: ModuleType, names: tuple[str, ...], factories: tuple[str, ...]
) -> tuple[Any, str]:
    """The one object of the module that is an application by its kind, as Flask looks for one."""
    found = {
        name: value
        for name, value in vars(module).items()
        if not isinstance(value, type) and hasattr(type(value), "wsgi_app") and callable(value)
    }
    if len({id(value) for value in found.values()}) == 1:
        name = next(iter(found))
        return found[name], name
    if found:
        raise ApplicationNotFound(
            "the module {!r} has several applications ({}): say which one, as in {}:{}".format(
                module.__name__, ", ".join(found), module.__name__, next(iter(found))
            )
        )
    raise ApplicationNotFound(
        "the module {!r} has no application: tried {}, and the factories {}. {}".format(
            module.__name__, ", ".join(names), ", ".join(factories), _what_it_has(module)
        )
    )


def _attribute(module: ModuleType, dotted: str) -> Any:
    found: Any = module
    for name in dotted.split("."):
        try:
            found = getattr(found, name)
        except AttributeError:
            if found is not module:
                raise ApplicationNotFound(
                    f"{found} of module {module.__name__!r} has no attribute {name!r}"
                ) from None
            raise ApplicationNotFound(
                f"the module {module.__name__!r} has no attribute {name!r}. {_what_it_has(module)}"
            ) from None
    return found


def _what_it_has(module: ModuleType) -> str:
    own = [
        name
        for name, value in vars(module).items()
        if callable(value)
        and not name.startswith("_")
        and getattr(value, "__module__", module.__name__) == module.__name__
    ]
    others = [
        name
        for name, value in vars(module).items()
        if callable(value)
        and not name.startswith("_")
        and name not in own
        and not isinstance(value, type)
    ]
    has = own + others
    if not has:
        return "It has no callables at all."
    listed = ", ".join(has[:12])
    return "Its callables are: {}{}.".format(listed, ", ..." if len(has) > 12 else "")


def _is_factory(found: Any, name: str, factories: tuple[str, ...]) -> bool:
    """Whether a function makes an application, rather than being one."""
    import inspect

    if not inspect.isfunction(found):
        return False
    try:
        # What functools.wraps gave it the signature of is no help where it can't be called so.
        inspect.signature(found, follow_wrapped=False).bind()
        signature = inspect.signature(found)
        signature.bind()
    except (TypeError, ValueError):
        return False
    try:
        signature.bind(None, None)
    except TypeError:
        return True
    # It could be called either way: its name decides.
    return name.rpartition(".")[2] in factories


def _call(factory: Any, name: str, args: str) -> Any:
    if not callable(factory):
        raise ApplicationNotFound(
            f"{name!r} is an object of type {type(factory).__name__}, and can't be called"
        )
    positional, keywords = literals(args)
    import inspect

    try:
        inspect.signature(factory).bind(*positional, **keywords)
    except TypeError as error:
        raise ApplicationNotFound(
            f"the factory {name}({args}) can't be called so: {error}"
        ) from None
    except ValueError:
        pass  # a callable without a signature
    made = factory(*positional, **keywords)
    if made is None:
        raise ApplicationNotFound(
            f"the factory {name}({args}) returned None: it forgets to return its application"
        )
    return made


def literals(source: str) -> tuple[list[Any], dict[str, Any]]:
    """Evaluate the arguments of a call, which may be literals alone."""
    if not source.strip():
        return [], {}
    import ast

    try:
        call = ast.parse(f"_({source})", mode="eval").body
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            raise ValueError(source)
        positional = [ast.literal_eval(arg) for arg in call.args]
        keywords = {}
        for keyword in call.keywords:
            if keyword.arg is None:
                raise ValueError(source)
            keywords[keyword.arg] = ast.literal_eval(keyword.value)
    except (SyntaxError, ValueError):
        raise ApplicationNotFound(
            f"the arguments of a factory must be literals: ({source})"
        ) from None
    return positional, keywords


def _is_class_application(found: Any) -> bool:
    """Whether a class is an application itself: its instances, made with two arguments, are bodies
    (PEP 3333, "The Application/Framework Side"), or its metaclass says what a call of it is."""
    import inspect

    if not isinstance(found, type):
        return False
    called = _call_method(type(found))
    if called is not type.__call__ and inspect.isfunction(called):
        return True
    try:
        inspect.signature(found).bind(None, None)
    except (TypeError, ValueError):
        return False
    is_iterated = hasattr(found, "__iter__") or hasattr(found, "__getitem__")
    return is_iterated or inspect.isfunction(found.__new__)


def _call_method(kind: type) -> Any:
    """What a class has as __call__, which is not asked for: a decorator's may be there for objects
    alone."""
    found = next(base.__dict__["__call__"] for base in kind.__mro__ if "__call__" in base.__dict__)
    return found.__func__ if type(found) in (staticmethod, classmethod) else found


def _callable(found: Any, name: str) -> Any:
    if isinstance(found, type) and not _is_class_application(found) or not callable(found):
        what = "a class" if isinstance(found, type) else f"an object of type {type(found).__name__}"
        raise ApplicationNotFound(
            f"{name} is {what}, not a WSGI application, which is called with two arguments"
        )
    import inspect

    # Of another object only its class is asked: its attributes may be what a proxy stands for.
    function = found if issubclass(type(found), _FUNCTIONS) else _call_method(type(found))
    if inspect.iscoroutinefunction(function):
        raise ApplicationNotFound(f"{name} is an ASGI application, not a WSGI one")
    return found
