"""What telling the layers of frameworks apart costs: python3 -m tests.cost_layers, in the folder of
the bridge, where Flask, Django, Pyramid, Bottle and Falcon are installed.

As `cost`, of an application of one view, without and with more layers around that: what recording
adds to the first, and what each further layer adds to that.
"""

from __future__ import annotations

import importlib.util
import logging
import subprocess
import sys
import types

from . import cost

FEW, MANY = 5, 15
TEXT = "Hello, World!"


def functions(source, n):
    """So many functions of this source, each of a code of its own, as those of an application."""
    module = types.ModuleType("layers")
    sys.modules["layers"] = module
    exec("\n".join(source.replace("NTH", str(each)) for each in range(n)), vars(module))
    return [vars(module)[f"layer{each}"] for each in range(n)]


def flask(add, source):
    def make(n):
        from flask import Flask

        app = Flask("app")
        for layer in functions(source, n):
            add(app, layer)
        app.route("/")(lambda: TEXT)
        return app

    return make


def around(app, layer):
    app.wsgi_app = layer(app.wsgi_app)


def django(source):
    def make(n):
        from django.conf import settings
        from django.core.wsgi import get_wsgi_application
        from django.http import HttpResponse
        from django.urls import re_path

        names = [f"layers.{each.__name__}" for each in functions(source, n)]
        urls = types.ModuleType("urls")
        urls.urlpatterns = [re_path("", lambda request: HttpResponse(TEXT))]
        sys.modules["urls"] = urls
        settings.configure(
            MIDDLEWARE=names, ROOT_URLCONF="urls", ALLOWED_HOSTS=["*"], SECRET_KEY="-"
        )
        return get_wsgi_application()

    return make


def pyramid(source):
    def make(n):
        from pyramid.config import Configurator
        from pyramid.response import Response

        config = Configurator()
        for layer in functions(source, n):
            config.add_tween(f"layers.{layer.__name__}")
        config.add_route("page", "/")
        config.add_view(lambda request: Response(TEXT), route_name="page")
        return config.make_wsgi_app()

    return make


def bottle(add, source):
    def make(n):
        from bottle import Bottle

        app = Bottle()
        for layer in functions(source, n):
            add(app, layer)
        app.route("/", callback=lambda: TEXT)
        return app

    return make


def falcon(source):
    def make(n):
        from falcon import App

        app = App(middleware=[each() for each in functions(source, n)])
        app.add_sink(lambda request, response, **_: setattr(response, "text", TEXT), "/")
        return app

    return make


#: What the layers are, by framework. The first of each does nothing.
LAYERS = {
    "Flask, before_request": flask(
        lambda app, each: app.before_request(each), "def layerNTH(): pass"
    ),
    "Flask, after_request": flask(
        lambda app, each: app.after_request(each), "def layerNTH(response): return response"
    ),
    "Flask, after_request, adds a header": flask(
        lambda app, each: app.after_request(each),
        "def layerNTH(response):\n response.headers['X-NTH'] = '1'\n return response",
    ),
    "Flask, WSGI middleware within": flask(
        around,
        "def layerNTH(app):\n"
        " def middlewareNTH(environ, start_response): return app(environ, start_response)\n"
        " return middlewareNTH",
    ),
    "Django, middleware": django(
        "def layerNTH(get_response):\n"
        " def middlewareNTH(request): return get_response(request)\n"
        " return middlewareNTH"
    ),
    "Django, middleware, adds a header": django(
        "def layerNTH(get_response):\n"
        " def middlewareNTH(request):\n"
        "  response = get_response(request)\n"
        "  response['X-NTH'] = '1'\n"
        "  return response\n"
        " return middlewareNTH"
    ),
    "Pyramid, tween": pyramid(
        "def layerNTH(handler, registry):\n"
        " def tweenNTH(request): return handler(request)\n"
        " return tweenNTH"
    ),
    "Pyramid, tween, adds a header": pyramid(
        "def layerNTH(handler, registry):\n"
        " def tweenNTH(request):\n"
        "  response = handler(request)\n"
        "  response.headers['X-NTH'] = '1'\n"
        "  return response\n"
        " return tweenNTH"
    ),
    "Bottle, before_request": bottle(
        lambda app, each: app.add_hook("before_request", each), "def layerNTH(): pass"
    ),
    "Bottle, after_request, adds a header": bottle(
        lambda app, each: app.add_hook("after_request", each),
        "from bottle import response\ndef layerNTH(): response.headers['X-NTH'] = '1'",
    ),
    "Bottle, plugin": bottle(
        lambda app, each: app.install(each),
        "def layerNTH(callback):\n"
        " def pluginNTH(*args, **kwargs): return callback(*args, **kwargs)\n"
        " return pluginNTH",
    ),
    "Falcon, process_request": falcon(
        "class layerNTH:\n def process_request(self, request, response): pass"
    ),
    "Falcon, process_response, adds a header": falcon(
        "class layerNTH:\n"
        " def process_response(self, request, response, resource, succeeded):\n"
        "  response.set_header('X-NTH', '1')"
    ),
}
WAYS = {"plain": cost.Bare, "recorded": cost.traced}


def measured(way, kind, layers):
    """What a request costs, in processes of their own."""
    command = [sys.executable, "-m", "tests.cost_layers", way, kind, str(layers)]
    found = (subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout for _ in range(3))
    return min(map(float, found))


def added(kind, layers):
    return measured("recorded", kind, layers) - measured("plain", kind, layers)


def main():
    if len(sys.argv) > 1:
        way, kind, layers = sys.argv[1:]
        logging.disable(logging.CRITICAL)
        link = WAYS[way](LAYERS[kind](int(layers)))
        cost.best(link, 3)  # what is found in the first requests
        link.modules = len(sys.modules)
        print(cost.best(link))
        return
    print(f"CPython {sys.version.split()[0]}: us that recording adds")
    columns = "a view", f"and {FEW} layers", f"and {MANY} layers", "each further"
    print(f"  {'layers':42}" + "".join(f"{column:>15}" for column in columns))
    for kind in LAYERS:
        if importlib.util.find_spec(kind.split(",")[0].lower()) is None:
            print(f"  {kind:42} is not installed")
            continue
        none, few, many = (added(kind, layers) for layers in (0, FEW, MANY))
        row = none, few, many, (many - none) / MANY
        print(f"  {kind:42}" + "".join(f"{each:15.2f}" for each in row), flush=True)


if __name__ == "__main__":
    main()
