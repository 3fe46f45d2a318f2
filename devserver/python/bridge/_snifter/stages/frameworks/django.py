"""Django: the chain that settings.MIDDLEWARE is made into, with its hooks, the views, and those of
errors."""

from __future__ import annotations

import functools
import sys
from importlib import import_module
from inspect import CO_COROUTINE
from types import FunctionType, MethodType

from ...clock import monotonic_ns
from ...sources import held
from .. import context, names
from ..hooking import swap
from ..names import Stage
from ..reading import proxies
from ..running import calls
from . import decorated, layers, rendering, rest, roles
from .layerhooks import LayerHook, ResultHook
from .layers import Inside, Layer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_BEFORE = ("process_request", "process_view")
_AFTER = ("process_exception", "process_template_response", "process_response")
#: What Django asks a middleware for; the others its mixin does.
_TAKEN = ("process_view", "process_exception", "process_template_response")
_MOST_STEPS = 6


def kinds() -> tuple[type, ...]:
    kind = held(sys.modules.get("django.core.handlers.base"), "BaseHandler")
    return (kind,) if isinstance(kind, type) else ()


def watch() -> None:
    """Have a chain looked at when it is made anew, each view hooked when it is first resolved,
    those of errors when they are looked for, and the exceptions told that a middleware raises: its
    converted handler makes a response of them."""
    exception = import_module("django.core.handlers.exception")
    resolver = import_module("django.urls.resolvers").URLResolver
    again = ResultHook(lambda args, _: layers.look_again(sys.modules[__name__], args[0]))
    layers.watch(kinds()[0], "load_middleware", again)
    if "resolve_request" in vars(kinds()[0]):
        layers.watch(kinds()[0], "resolve_request", ResultHook(_resolved))
    else:
        layers.watch(resolver, "resolve", ResultHook(_resolved))  # before Django 3.1
    layers.watch(resolver, "resolve_error_handler", ResultHook(_error_view))
    layers.watch(exception, "response_for_exception", _converts)
    csrf = sys.modules.get("django.middleware.csrf")
    if csrf is not None:
        layers.watch(csrf, "_get_failure_view", ResultHook(_error_view))
    _watch_pages(exception.debug)


def _watch_pages(debug: Any) -> None:
    """Those of errors, which agents wrap where they stand."""
    for name in ("technical_404_response", "technical_500_response"):
        layers.function(proxies.behind(vars(debug).get(name)), "django", "error_view")


def inside(handler: Any) -> Inside:
    attributes = vars(handler)
    applications = []
    if "application" in attributes:
        # StaticFilesHandler: a handler around another, without a chain of its own.
        applications.append(attributes["application"])
    chain, innermost = _chain(attributes.get("_middleware_chain"))
    if innermost is not None:
        layers.install(innermost, ResultHook(rendering.handed))
    found: list[Layer] = []
    for converted, middleware in reversed(chain):
        layer = _layer(converted, middleware, found)
        if layer is not None:
            found = [layer]
    return Inside(found, applications)


class _ConvertedHook(LayerHook):
    """Of a middleware within convert_exception_to_response: what is around it gets a response,
    whatever it raises."""

    __slots__ = ()

    def converter(self, original: Any) -> Any:
        django = sys.modules["django.core.handlers.exception"]
        convert = django.response_for_exception
        if swap.original_code(original).co_flags & CO_COROUTINE:
            return functools.partial(_awaited, django.sync_to_async, convert)
        return convert


async def _awaited(sync_to_async: Any, convert: Any, request: Any, error: Exception) -> Any:
    """The response is made in another thread where what is around the middleware waits for it."""
    __traceback_hide__ = True
    return await sync_to_async(convert, thread_sensitive=False)(request, error)


def _layer(converted: FunctionType, middleware: Any, inner: list[Layer]) -> Layer | None:
    is_function = type(middleware) is FunctionType
    name = _factory(middleware) if is_function else names.name_of(middleware)
    stage = Stage(name, "django", names.place(middleware), "middleware")
    hook = swap.hook_of(converted)
    if isinstance(hook, LayerHook) and hook.stage is not None:
        stage = hook.stage
    elif not layers.install(converted, _ConvertedHook("django", "middleware", stage)):
        return None
    around = [middleware] if type(middleware) is FunctionType else _around_one(middleware)
    before = [_method(m, name, middleware) for m in around for name in _BEFORE]
    after = [_method(m, name, middleware) for name in _AFTER for m in around]
    found = [layer for layer in (*before, *inner, *after) if layer is not None]
    return Layer(stage, (id(stage), 0), found)


def _method(value: Any, name: str, middleware: Any) -> Layer | None:
    take = layers.taken if value is middleware and name in _TAKEN else layers.method
    return take(value, name, "django", name)


def _around_one(middleware: Any) -> list[Any]:
    """A middleware, and those it is made around in their place, whose hooks it calls: what they all
    call is the same."""
    following = _next(middleware)
    others = [
        value
        for value in layers.held(middleware).values()
        if any(n in vars(base) for base in type(value).__mro__ for n in _BEFORE + _AFTER)
        and following is not None
        and _next(value) is following
    ]
    return [middleware, *others]


def _factory(middleware: FunctionType) -> str:
    """The name of a middleware that is a closure: settings.MIDDLEWARE names what made it."""
    return names.written_name(middleware).partition(".<locals>.")[0]


def _chain(node: Any) -> tuple[list[tuple[FunctionType, Any]], FunctionType | None]:
    """The converted handlers with their middlewares, the outermost first, and the one of the
    handler's own, which the innermost calls."""
    found = []
    seen = set()
    node = _without_adapters(node)
    while _is_converted(node) and id(node) not in seen:
        seen.add(id(node))
        middleware = _without_adapters(_free(node, "get_response"))
        if type(middleware) is MethodType:
            return found, node  # the view follows
        if _is_converted(middleware):
            node = middleware  # what was to be a middleware has declined, by returning the next
            continue
        found.append((node, middleware))
        node = _next(middleware)
    return found, None


def _is_converted(value: Any) -> bool:
    """Whether a function is what convert_exception_to_response made."""
    if type(value) is not FunctionType:
        return False
    code = swap.original_code(value)
    module = value.__globals__.get("__name__")
    return module == "django.core.handlers.exception" and "get_response" in code.co_freevars


def _free(function: FunctionType, name: str) -> Any:
    at = swap.original_code(function).co_freevars.index(name)
    return (function.__closure__ or ())[at].cell_contents


def _without_adapters(value: Any) -> Any:
    """What asgiref has wrapped between synchronous and asynchronous middlewares, or an agent."""
    for _ in range(10):
        value = proxies.behind(value)
        inner = {"SyncToAsync": "func", "AsyncToSync": "awaitable"}.get(type(value).__name__)
        if inner is None:
            break
        value = vars(value).get(inner)
    return value


def inner(converted: FunctionType) -> Any:
    """What the middleware of a converted handler calls."""
    middleware = _without_adapters(_free(converted, "get_response"))
    found = _next(middleware)
    # The innermost: what it holds is the handler's own.
    return layers.held(middleware).get("get_response") if found is None else found


def _next(middleware: Any) -> Any:
    """The nearest converted handler that a middleware holds."""
    todo, seen = [(middleware, 0)], set()
    while todo:
        value, steps = todo.pop(0)
        value = _without_adapters(value)
        if _is_converted(value):
            return value
        if id(value) in seen or steps > _MOST_STEPS or isinstance(value, type):
            continue
        seen.add(id(value))
        held: list[Any] = []
        if type(value) is MethodType:
            continue
        if issubclass(type(value), functools.partial):
            held += [value.func, *value.args, *value.keywords.values()]
        elif type(value) is FunctionType or steps == 0 or callable(value):
            held += layers.held(value).values()
        todo += [(each, steps + 1) for each in held]
    return None


def _resolved(args: tuple[Any, ...], match: Any) -> None:
    view = proxies.behind(match.func)
    if type(view) is not FunctionType:
        if layers.callee(view, "django", "view") is not None:  # a Feed, or AdminSite.login
            rendering.watch(layers.called(view))
    elif not _is_view(swap.hook_of(view)):
        kind = _class_of(view)
        if layers.function(view, "django", "view", kind) is not None:
            decorated.watch(view, kind, _BEFORE + _AFTER)
            rendering.watch(view)
        rest.watch()  # it has imported what it needs


def _is_view(hook: Any) -> bool:
    if not isinstance(hook, LayerHook):
        return False
    # A function may be an error's page first.
    return hook.role == "view" or not roles.has_another(hook, "django", "view")


def _class_of(view: FunctionType) -> Any:
    """What a view that as_view() has made is named after; None for any other."""
    # Viewsets of Django REST framework have it as `cls` alone.
    kind = vars(view).get("view_class") or vars(view).get("cls")
    if not isinstance(kind, type) or kind.__qualname__.endswith(kind.__name__):
        return kind
    # Its @api_view makes a class of a function, under that one's name.
    for method in vars(kind).values():
        for value in layers.held(method).values() if type(method) is FunctionType else ():
            if type(value) is FunctionType and value.__name__ == kind.__name__:
                return value
    return kind


def _error_view(args: tuple[Any, ...], view: Any) -> None:
    # Before Django 3.2 it comes with arguments.
    view = view[0] if type(view) is tuple else view
    if layers.callee(view, "django", "error_view") is not None:
        rendering.watch(layers.called(view))


def _converts(original: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """In the place of response_for_exception(request, exc)."""
    __traceback_hide__ = True
    call = context.current()
    error = args[-1]
    if call is None or call.record is None or call.stage.role != "middleware":
        return original(*args, **kwargs)
    rose = error.__traceback__
    if rose is not None and type(rose.tb_frame.f_locals.get("get_response")) is MethodType:
        # What the innermost calls is the handler's own: a view's layer has told, if it was a view.
        return original(*args, **kwargs)
    try:
        calls.failed(call, call._tracer, "call", error)
    except Exception as other:  # by hand
        return original(*args[:-1], other)
    finally:
        call.began = monotonic_ns()  # what it took until here was told with the exception
    return original(*args, **kwargs)
