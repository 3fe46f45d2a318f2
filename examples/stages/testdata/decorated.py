"""Views of Django with middlewares of their own."""

from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF="decorated",
    CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
)

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402
from django.utils.decorators import (  # noqa: E402
    decorator_from_middleware,
    method_decorator,
)
from django.views import View  # noqa: E402
from django.views.decorators.cache import cache_page  # noqa: E402


class Marks:
    def __init__(self, get_response):
        pass

    def process_view(self, request, view, args, kwargs):
        pass

    def process_response(self, request, response):
        response["X-Marked"] = "1"
        return response


marks = decorator_from_middleware(Marks)


@marks
def page(request):
    return HttpResponse("page")


@cache_page(60)
def kept(request):
    return HttpResponse("kept")


class Base(View):
    @method_decorator(marks)
    def dispatch(self, *args, **kwargs):
        return super().dispatch(*args, **kwargs)


class Shown(Base):
    def get(self, request):
        return HttpResponse("shown")


urlpatterns = [
    path("page", page),
    path("kept", kept),
    path("shown", Shown.as_view()),
]
application = get_wsgi_application()
