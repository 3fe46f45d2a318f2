"""What frameworks hold is looked at, of whatever shape it is, and nothing of it runs for that."""

from __future__ import annotations

import functools
import operator
import sys
import types
import unittest
from typing import Any, NamedTuple
from unittest import mock

from _snifter.stages import names
from _snifter.stages.frameworks import django, falcon, flask, layers, pyramid
from _snifter.stages.hooking import swap

from . import tracing, wrapping


def nameless() -> Any:
    """A function of a module that has no name."""
    made: dict[str, Any] = {"__builtins__": {}}
    exec("def nameless(*args): pass", made)
    return made["nameless"]


def nameless_around(view: Any) -> Any:
    made: dict[str, Any] = {"__builtins__": {}}
    exec(
        "def around(view):\n"
        "    def nameless(*args):\n"
        "        return view(*args)\n"
        "    return nameless",
        made,
    )
    return made["around"](view)


def converter() -> Any:
    """As Django's convert_exception_to_response."""
    made: dict[str, Any] = {"__name__": "django.core.handlers.exception", "wraps": functools.wraps}
    exec(
        "def convert(get_response):\n"
        "    @wraps(get_response)\n"
        "    def inner(request):\n"
        "        return get_response(request)\n"
        "    return inner",
        made,
    )
    return made["convert"]


def decorated(get_response):
    @functools.wraps(get_response)
    def middleware(request):
        return get_response(request)

    return middleware


class Router:
    """Of Pyramid, as far as it is looked at."""

    def handle_request(self, request):
        pass


class Tween:
    def __init__(self, handler, registry):
        self.handler = handler

    def __call__(self, request):
        return self.handler(request)

    def run(self, request):
        return self.handler(request)


def method_tween(handler, registry):
    return Tween(handler, registry).run


def passes_on(handler, request):
    return handler(request)


def partial_tween(handler, registry):
    return functools.partial(passes_on, handler)


def passed(*calls):
    """The names of the layers that are called in a request, without what they are defined in."""
    entered = tracing.within(*calls)
    return [call.stage.name.rpartition("<locals>.")[2] for call in entered][1:]


class FrameworksTest(unittest.TestCase):
    def test_properties_of_falcons_resources_do_not_run(self):
        ran = []

        class Resource:
            def on_get(self, request, response):
                pass

            @property
            def on_duty(self):
                ran.append("on_duty")
                raise RuntimeError("nobody is")

            @functools.cached_property
            def on_call(self):
                ran.append("on_call")

        falcon._hook_responders(Resource())
        self.assertIsNotNone(swap.hook_of(Resource.on_get))
        self.assertEqual(ran, [])

    def test_responders_of_falcon_that_have_several_names(self):
        class Resource:
            def on_post(self, request, response):
                pass

            on_get = on_put = on_post

        falcon._hook_responders(Resource())
        self.assertEqual(swap.hook_of(Resource.on_get).method, "on_post")

    def test_responders_of_falcon_that_are_decorated_by_each_name(self):
        """As it does with those that a class inherits: what is within is the same responder."""

        def decorator(function):
            @functools.wraps(function)
            def wrapper(self):
                return function(self)

            return wrapper

        class Base:
            def on_get(self):
                return "got"

            def on_put(self):
                return self.on_get()

            on_post = on_get

        class Derived(Base):
            on_get = decorator(Base.on_get)
            on_post = decorator(decorator(Base.on_post))
            on_put = decorator(Base.on_put)

        for value in (Base(), Derived()):
            for name in ("on_get", "on_post", "on_put"):
                layers.method(value, name, "falcon", "responder")
        self.assertEqual(
            passed(Derived().on_post, Derived().on_get, Base().on_post),
            ["Derived.on_post", "Derived.on_get", "Base.on_get"],
        )
        # One that calls another is around it, and not the same.
        self.assertEqual(passed(Derived().on_put), ["Derived.on_put", "Derived.on_get"])

    def test_responders_of_falcon_that_are_held(self):
        class Resource(NamedTuple):
            on_get: Any

        def get(request, response):
            pass

        falcon._hook_responders(Resource(get))
        self.assertIsNotNone(swap.hook_of(get))

    def test_functions_of_modules_without_a_name(self):
        responder, subscriber, view = nameless(), nameless(), nameless()

        class Resource:
            on_get = responder

        falcon._hook_responders(Resource())

        def derived(context, request):
            return between(context, request)

        between = nameless_around(view)
        pyramid._hook_subscribers([subscriber])
        pyramid._hook_between(derived, view)
        for function in responder, subscriber, between:
            self.assertIsNotNone(swap.hook_of(function))

    def test_classes_of_frameworks_that_an_agent_has_replaced(self):
        """In the package, where others look for them: those that were made before stay."""

        class Own:
            pass

        class Agents(Own):
            pass

        for framework, module, name in (flask, "flask.app", "Flask"), (falcon, "falcon.app", "App"):
            package = types.SimpleNamespace(**{name: Agents})
            written = types.SimpleNamespace(**{name: Own})
            loaded = {module.partition(".")[0]: package, module: written}
            with mock.patch.dict(sys.modules, loaded):
                self.assertEqual(framework.kinds(), (Own,))

    def test_tweens_of_pyramid_that_an_agent_has_wrapped(self):
        wrapped = functools.partial(wrapping.Wrapper, wrapper=wrapping.passes)

        def factory(handler, registry):
            def tween(request):
                return handler(request)

            return tween

        router = Router()
        inner = factory(wrapped(router.handle_request), None)
        outer = factory(wrapped(inner), None)
        router.handle_request = wrapped(outer)
        self.assertEqual(pyramid._handlers(router, 3), [outer, inner])
        name = pyramid._factory_name("a.tween", wrapped(factory))
        self.assertEqual(name, names.name_of(factory))

    def test_views_of_django_are_resolved_by_its_handler_from_3_1_on(self):
        class Handler:
            def load_middleware(self):
                pass

        class Resolver:
            def resolve(self, path):
                pass

            def resolve_error_handler(self, view_type):
                pass

        def convert(request, error):
            pass

        pages = types.SimpleNamespace()
        modules = {
            "django.core.handlers.base": types.SimpleNamespace(BaseHandler=Handler),
            "django.core.handlers.exception": types.SimpleNamespace(
                response_for_exception=convert, debug=pages
            ),
            "django.urls.resolvers": types.SimpleNamespace(URLResolver=Resolver),
        }
        before = [Handler.load_middleware, Resolver.resolve_error_handler, Resolver.resolve]
        with mock.patch.dict(sys.modules, modules):
            django.watch()
            self.assertIs(swap.hook_of(Resolver.resolve).look, django._resolved)
            swap.remove(Resolver.resolve)
            Handler.resolve_request = lambda self, request: None
            django.watch()
        self.assertIsNone(swap.hook_of(Resolver.resolve))
        self.assertIs(swap.hook_of(Handler.resolve_request).look, django._resolved)
        for function in (*before, convert, Handler.resolve_request):
            swap.remove(function)

    def test_pages_of_djangos_errors_that_an_agent_has_wrapped(self):
        def missing(request, exception):
            pass

        def failed(request, *exc_info):
            pass

        pages = {
            "technical_404_response": missing,
            "technical_500_response": wrapping.Wrapper(failed, wrapping.passes),
        }
        self.addCleanup(swap.remove, missing)
        self.addCleanup(swap.remove, failed)
        django._watch_pages(types.SimpleNamespace(**pages))
        roles = [swap.hook_of(page).role for page in (missing, failed)]
        self.assertEqual(roles, ["error_view"] * 2)

    def test_middlewares_of_django_that_decline(self):
        """What has returned the handler that it was given is none; one that bears the name of that
        handler goes by where it was written."""
        convert = converter()

        class Handler:
            def get_response(self, request):
                pass

        def declines(get_response):
            return get_response

        made, handler = [], convert(Handler().get_response)
        for middleware in declines, decorated, declines, declines, decorated, declines:
            made.append(middleware(handler))
            handler = convert(made[-1])
        chain, innermost = django._chain(handler)
        self.assertEqual([middleware for _, middleware in chain], [made[4], made[1]])
        self.assertIsNotNone(innermost)
        name = django._factory(made[1])
        of = "decorated" if sys.version_info >= (3, 11) else "middleware"
        self.assertEqual(name.rpartition(".")[2], of)

    def test_hooks_of_a_middleware_of_django(self):
        """Django asks for some of them; of the others only its own mixin knows."""

        class Middleware:
            def __init__(self, get_response):
                self.get_response = get_response
                self.process_view = lambda request, view, args, kwargs: None

            def __call__(self, request):
                return self.get_response(request)

            @staticmethod
            def process_exception(request, exception):
                pass

            def __getattr__(self, name):
                asked.append(name)
                raise AttributeError(name)

        asked = []
        convert = converter()
        middleware = Middleware(convert(Router().handle_request))
        handler = convert(middleware)
        layer = django._layer(handler, middleware, [])
        assert layer is not None
        found = [each.stage.role for each in layer.inner]
        self.assertEqual(found, ["process_view", "process_exception"])
        self.assertNotIn("process_request", asked)

        def function(request):
            return middleware(request)

        function.process_view = lambda request, view, args, kwargs: None
        layer = django._layer(convert(function), function, [])
        assert layer is not None
        self.assertEqual([each.stage.role for each in layer.inner], ["process_view"])

    def test_tweens_of_pyramid_by_what_has_made_them(self):
        """A factory that returns the handler that it was given has made none."""

        def closure(handler, registry):
            @functools.wraps(handler, updated=())
            def tween(request):
                return handler(request)

            return tween

        def declines(handler, registry):
            return handler

        def odd(handler, registry):
            made = types.SimpleNamespace(handler=handler)
            return type("Odd", (), {"__call__": lambda self, request: made})()

        factories = [closure, declines, partial_tween, odd, Tween, declines, method_tween]
        router = Router()
        for factory in reversed(factories):
            router.handle_request = factory(router.handle_request, None)
        handlers = pyramid._handlers(router, len(factories))
        self.assertEqual(len(handlers), 3, "nobody can see what the odd one calls")
        inner = Router()
        method = method_tween(inner.handle_request, None)
        inner.handle_request = Tween(method, None)
        handlers += pyramid._handlers(inner, 2)
        found = pyramid._named([("", factory) for factory in factories], handlers)
        expected = [closure, partial_tween, odd, Tween, method_tween]
        self.assertEqual(
            [(name, handler) for name, handler in found],
            [(names.name_of(factory), each) for factory, each in zip(expected, handlers)],
        )
        layer = pyramid._tween("a.name", handlers[1], [])
        assert layer is not None
        self.assertEqual(layer.stage.name, "a.name")
        self.assertEqual(layer.stage.line, passes_on.__code__.co_firstlineno)
        self.assertEqual(pyramid._tween("b.name", method, []).stage.name, "b.name")

    def test_decorators_of_pyramids_views_that_are_named_as_what_they_decorate(self):
        def derived(context, request):
            return view(context, request)

        def view(*args):
            pass

        def decorator(view):
            @functools.wraps(view)
            def within(context, request):
                return view(context, request)

            return within

        name = names.written_name(decorator(derived))
        self.assertIn("within" if sys.version_info < (3, 11) else "decorator.<locals>.within", name)
        self.assertEqual(names.written_name(view), names.name_of(view))

    def test_subscribers_of_pyramid_that_are_no_functions(self):
        """Those of C have no module everywhere."""

        def subscriber(event):
            pass

        pyramid._hook_subscribers(
            [operator.methodcaller("lower"), functools.partial(subscriber), print]
        )
        self.assertIsNotNone(swap.hook_of(subscriber))

    def test_functions_of_several_blueprints_of_flask(self):
        """As a blueprint has that is registered twice, under two names."""

        def before():
            pass

        def after(response):
            return response

        class Application:
            def __init__(self):
                self.config = {}
                self.before_request_funcs = {"b": [before], "a": [before], None: [after]}

        role = "before_request"
        for _ in range(2):
            found = [layer.stage.role for layer in flask.inside(Application()).layers]
            self.assertEqual(found, [role, f"{role} of b and a", f"{role} of b and a"])

    def test_what_flask_runs_is_looked_for_once(self):
        """A function that is no layer even so, and an object of any other kind, again and again."""

        def hooked():
            pass

        looked = []
        application, runs = object(), flask._Runs()
        layers.function(hooked, "flask", "view")
        objects = [functools.partial(hooked) for _ in range(flask._MOST_SEEN + 10)]
        with mock.patch.object(layers, "look_again", lambda _, app: looked.append(app)):
            for value in (hooked, lambda: None, *objects, *objects):
                self.assertIs(runs(lambda app, given: given, (application, value), {}), value)
        self.assertEqual(looked, [application] * flask._MOST_SEEN)


if __name__ == "__main__":
    unittest.main()
