"""A Django project in a file whose answers are made in every way, and changed by middlewares."""

import gzip

import django
from django.conf import settings
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.template import engines
from django.template.response import SimpleTemplateResponse
from django.urls import path


def signs(get_response):
    def middleware(request):
        response = get_response(request)
        if not response.streaming:
            response.content = response.content + b" - signed"
        return response

    return middleware


class Packs:
    """Replaces a stream by another."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.path == "/packed":
            response.streaming_content = map(gzip.compress, response.streaming_content)
        return response


def passes(get_response):
    return lambda request: get_response(request)


def text(request):
    return HttpResponse("hello from the view")


def written(request):
    response = HttpResponse()
    response.write("hello ")
    response.write("written")
    return response


def template(request):
    return SimpleTemplateResponse(engines["django"].from_string("hello {{ 1 }} template"))


def stream(request):
    return StreamingHttpResponse(iter([b"hello ", b"stream"]))


def file(request):
    return FileResponse(open("file.txt", "rb"))  # noqa: SIM115 (the response closes it)


def fails(request):
    raise ValueError("wrong")


urlpatterns = [
    path("text", text),
    path("written", written),
    path("template", template),
    path("stream", stream),
    path("packed", stream),
    path("file", file),
    path("fails", fails),
]

settings.configure(
    SECRET_KEY="for tests alone",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    LOGGING_CONFIG=None,
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        __name__ + ".signs",
        __name__ + ".Packs",
        __name__ + ".passes",
    ],
)
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402

application = get_wsgi_application()
