"""Flask: the functions before and after each request, by blueprint, the views, and the handlers of
errors."""

from __future__ import annotations

import sys
from types import FunctionType

from . import layers
from .layers import Inside, Layer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def kinds() -> tuple[type, ...]:
    kind = getattr(sys.modules["flask"], "Flask", None)
    return (kind,) if isinstance(kind, type) else ()


def inside(app: Any) -> Inside:
    """Around the view stand, in the order in which they run, its hooks."""
    found: list[Layer] = []
    attributes = vars(app)
    for role in ("before_request", "after_request", "teardown_request"):
        functions = attributes.get(role + "_funcs") or {}
        # Flask runs the application's own before a blueprint's, and after them backwards.
        scopes = sorted(functions, key=lambda scope: scope is not None)
        if role != "before_request":
            scopes.reverse()
        for scope in scopes:
            ordered = list(functions[scope])
            if role != "before_request":
                ordered.reverse()
            for value in ordered:
                layer = layers.callee(
                    value, "flask", role if scope is None else f"{role} of {scope}"
                )
                if layer is not None:
                    found.append(layer)
    for value in reversed(attributes.get("teardown_appcontext_funcs") or ()):
        layer = layers.callee(value, "flask", "teardown_appcontext")
        if layer is not None:
            found.append(layer)
    for value in (attributes.get("view_functions") or {}).values():
        if type(value) is FunctionType:
            layers.function(value, "flask", "view", vars(value).get("view_class"))
        else:
            layers.callee(value, "flask", "view")
    for handlers in (attributes.get("error_handler_spec") or {}).values():
        for by_class in handlers.values():
            for value in by_class.values():
                layers.callee(value, "flask", "errorhandler")
    # `app.wsgi_app = Middleware(app.wsgi_app)` puts one between the application's own methods.
    applications = [attributes["wsgi_app"]] if "wsgi_app" in attributes else []
    return Inside(found, applications)
