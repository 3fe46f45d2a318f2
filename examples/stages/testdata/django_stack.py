"""A Django project in a file, with the middlewares that startproject writes and some of its own.

WhiteNoise is among them, and around all of it."""

import functools
import os
import tempfile

import django
from django.conf import settings
from django.http import HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.decorators import sync_and_async_middleware
from django.utils.deprecation import MiddlewareMixin
from django.views import View
from django.views.decorators.gzip import gzip_page


def function_middleware(get_response):
    def middleware(request):
        response = get_response(request)
        response["X-Function"] = "1"
        return response

    return middleware


@sync_and_async_middleware
def either_middleware(get_response):
    def middleware(request):
        return get_response(request)

    return middleware


class Slotted:
    __slots__ = ("_next",)

    def __init__(self, get_response):
        self._next = get_response

    def __call__(self, request):
        if request.path == "/refused":
            raise PermissionError("refused")
        return self._next(request)


class Hooks:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        return None

    def process_exception(self, request, error):
        if isinstance(error, KeyError):
            return HttpResponse("mended", status=503)
        return None


class Timed(MiddlewareMixin):
    def process_request(self, request):
        return None

    def process_response(self, request, response):
        response["X-Timed"] = "1"
        return response


class Watched:
    """As an agent that watches an application has a middleware of its own around each."""

    def __init__(self, get_response):
        self.get_response = get_response
        self._inner = Timed(get_response)

    def __call__(self, request):
        return self._inner(request)


def index(request):
    return HttpResponse("hello")


@functools.lru_cache(maxsize=1)
def kept(request):
    return HttpResponse("kept")


def stream(request):
    return StreamingHttpResponse(iter([b"a", b"b"]))


def fails(request):
    raise ValueError("wrong")


def mended(request):
    raise KeyError("wrong")


async def asynchronous(request):
    return HttpResponse("asynchronous")


def passes_on(request, number):
    return numbered(request, number)


def numbered(request, number):
    return HttpResponse(str(number))


def rendered(request):
    return TemplateResponse(request, "there is no such template")


def missing(request, exception):
    return HttpResponse("not here", status=404)


class Page(View):
    def get(self, request):
        return HttpResponse("page")


urlpatterns = [
    path("", index),
    path("stream", stream),
    path("kept", kept),
    path("fails", fails),
    path("mended", mended),
    path("asynchronous", asynchronous),
    path("page", Page.as_view()),
    path("zipped", gzip_page(index)),
    path("passes/<int:number>", passes_on),
    path("rendered", rendered),
]
handler404 = missing

_static = tempfile.mkdtemp()
with open(os.path.join(_static, "file.txt"), "w", encoding="utf-8") as _file:
    _file.write("static")

settings.configure(
    SECRET_KEY="for tests alone",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    STATIC_URL="/static/",
    STATIC_ROOT=_static,
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "django.contrib.staticfiles",
    ],
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    LOGGING_CONFIG=None,
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "whitenoise.middleware.WhiteNoiseMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
        __name__ + ".Slotted",
        __name__ + ".function_middleware",
        __name__ + ".Hooks",
        __name__ + ".Watched",
        __name__ + ".either_middleware",
    ],
)
django.setup()

from django.contrib.staticfiles.handlers import StaticFilesHandler  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from whitenoise import WhiteNoise  # noqa: E402

application = WhiteNoise(StaticFilesHandler(get_wsgi_application()), root=_static, prefix="wn")
URLS = [
    "/",
    "/stream",
    "/kept",
    "/fails",
    "/mended",
    "/asynchronous",
    "/page",
    "/zipped",
    "/passes/1",
    "/rendered",
    "/refused",
    "/wn/file.txt",
    "/none",
]
