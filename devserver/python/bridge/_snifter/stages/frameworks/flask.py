"""Flask: the functions before and after each request, by blueprint, the views, the handlers of
errors, and what saves the session."""

from __future__ import annotations

import sys
from importlib import import_module
from inspect import CO_COROUTINE
from types import FunctionType

from ...sources import held
from .. import failures
from ..hooking import swap
from ..reading import proxies
from . import inmost, layers, roles
from .layerhooks import ArgumentsHook, ResultHook, written
from .layers import Inside, Layer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..names import Stage

#: What runs around a view, and the attribute that it is held in.
_FUNCTIONS = (
    ("url_value_preprocessor", "url_value_preprocessors"),
    ("before_request", "before_request_funcs"),
    ("after_request", "after_request_funcs"),
    ("teardown_request", "teardown_request_funcs"),
)
_BACKWARDS = ("after_request", "teardown_request")
#: Of so many functions that are none of these is taken note.
_MOST_SEEN = 200
#: What gives an application more, which the first request may do.
_LATER = (
    *(role for role, _ in _FUNCTIONS),
    "teardown_appcontext",
    "register_error_handler",
    "register_blueprint",
)


def kinds() -> tuple[type, ...]:
    # In the package itself an agent may have put a class of its own.
    kind = held(sys.modules.get("flask.app"), "Flask") or held(sys.modules["flask"], "Flask")
    return (kind,) if isinstance(kind, type) else ()


def watch() -> None:
    """What a request says is to run after it is hooked as it is said, and what it gives to an
    application as it is given."""
    hook = ArgumentsHook(lambda args: layers.once(args[0], "flask", "after_this_request"))
    layers.watch(import_module("flask.ctx"), "after_this_request", hook)
    again = ResultHook(lambda args, _: layers.look_again(sys.modules[__name__], args[0]))
    hooks = dict.fromkeys(_LATER, again)
    hooks.update(add_url_rule=ResultHook(_ruled), endpoint=ResultHook(_decorator))
    for base in kinds()[0].__mro__:
        for name, hook in hooks.items():
            function = proxies.behind(vars(base).get(name))
            if type(function) is FunctionType:
                # What Flask has put around it looks who has called that, to warn of it.
                layers.install(written(function), hook)
        layers.watch(base, "ensure_sync", _runs)


def inside(app: Any) -> Inside:
    """Around the view stand, in the order in which they run, its hooks."""
    found: list[Layer] = []
    attributes = vars(app)
    for role, name in _FUNCTIONS:
        if name == "teardown_request_funcs":
            found += _session(app)
        functions = attributes.get(name) or {}
        # Flask runs the application's own before a blueprint's, and after them backwards.
        scopes = sorted(functions, key=lambda scope: scope is not None)
        if role in _BACKWARDS:
            scopes.reverse()
        for scope in scopes:
            ordered = list(functions[scope])
            if role in _BACKWARDS:
                ordered.reverse()
            for value in ordered:
                layer = layers.callee(
                    value, "flask", role if scope is None else f"{role} of {scope}"
                )
                if layer is not None:
                    _belongs(layer.stage, role, scope)
                    found.append(layer)
    for value in reversed(attributes.get("teardown_appcontext_funcs") or ()):
        layer = layers.callee(value, "flask", "teardown_appcontext")
        if layer is not None:
            found.append(layer)
    for value in (attributes.get("view_functions") or {}).values():
        _view(value)
    for handlers in (attributes.get("error_handler_spec") or {}).values():
        for by_class in handlers.values():
            for value in by_class.values():
                layers.callee(value, "flask", "errorhandler")
    for name in ("handle_exception", "handle_user_exception"):
        if name in attributes:  # Flask-RESTful puts its own there
            layers.callee(attributes[name], "flask", "errorhandler")
    # `app.wsgi_app = Middleware(app.wsgi_app)` puts one between the application's own methods.
    applications = [attributes["wsgi_app"]] if "wsgi_app" in attributes else []
    return Inside(found, applications)


def _belongs(stage: Stage, role: str, scope: str | None) -> None:
    """Have it said of which blueprints a function is, which may be registered more than once."""
    known, _, scopes = stage.role.partition(" of ")
    if scope is None or known != role or not scopes:
        return
    if scope not in scopes.split(" and "):
        stage.role += f" and {scope}"


# Called by a name of its own, at less expense.
_is_ours = swap.is_id_of_ours


class _Runs:
    """In the place of ensure_sync(), through which Flask takes each function before it runs it: one
    that was put right into what holds them is looked for."""

    __slots__ = ("_seen",)

    def __init__(self) -> None:
        #: What is no layer even so, or no function, by its id.
        self._seen: dict[int, Any] = {}

    def __call__(self, original: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        __traceback_hide__ = True
        return self.direct(original, *args, **kwargs)

    def direct(self, original: Any, app: Any, value: Any) -> Any:
        __traceback_hide__ = True
        if type(value) is not FunctionType or not _is_ours(id(value.__code__)):
            failures.tell(self._look, app, value)
        elif value.__code__.co_flags & CO_COROUTINE:
            failures.tell(roles.note, value)
        return original(app, value)

    def _look(self, app: Any, value: Any) -> None:
        if id(value) not in self._seen and len(self._seen) < _MOST_SEEN:
            self._seen[id(value)] = value
            layers.look_again(sys.modules[__name__], app)


_runs = _Runs()


def _view(value: Any) -> None:
    value = proxies.behind(value)
    if type(value) is FunctionType:
        layers.function(value, "flask", "view", vars(value).get("view_class"))
    else:
        layers.callee(value, "flask", "view")
    inmost.look(value, "flask", "view")


def _ruled(args: tuple[Any, ...], _: Any) -> None:
    """A rule was added to an application, or to a blueprint that is to be registered: its view is
    the last one, if it is new."""
    views = vars(args[0]).get("view_functions")
    if views and layers.inside(args[0]) is not None:
        _view(next(reversed(list(views.values()))))


def _decorator(args: tuple[Any, ...], result: Any) -> None:
    layers.install(result, _decorates)


_decorates = ArgumentsHook(lambda args: _view(args[0]))


def _session(app: Any) -> list[Layer]:
    """What saves the session, after all that runs after a request: it sets the cookie."""
    attributes = vars(app)
    kept = attributes.get("session_interface", getattr(type(app), "session_interface", None))
    layer = layers.method(kept, "save_session", "flask", "save_session")
    if layer is None:
        return []
    # Without a key there are no sessions in cookies.
    is_own = type(kept).__module__ == "flask.sessions"
    return [layer] if not is_own or attributes["config"].get("SECRET_KEY") else []
