"""A project of Django REST framework in a file."""

import django
from django.conf import settings
from django.urls import path

settings.configure(
    SECRET_KEY="k",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["rest_framework"],
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "EXCEPTION_HANDLER": __name__ + ".handles",
        "UNAUTHENTICATED_USER": None,
    },
)
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from rest_framework.authentication import BaseAuthentication  # noqa: E402
from rest_framework.permissions import AllowAny, BasePermission  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.throttling import BaseThrottle  # noqa: E402
from rest_framework.views import APIView, exception_handler  # noqa: E402


class Token(BaseAuthentication):
    def authenticate(self, request):
        return None


class Nobody(BasePermission):
    def has_permission(self, request, view):
        return False


class Always(BaseThrottle):
    def allow_request(self, request, view):
        return True


def handles(error, context):
    response = exception_handler(error, context)
    response["X-Handled"] = "1"
    return response


class Open(APIView):
    authentication_classes = (Token,)
    throttle_classes = (Always,)

    def get(self, request):
        return Response({"hello": "rest"})


class Closed(Open):
    def get_permissions(self):
        return [(AllowAny & Nobody)()]


urlpatterns = [path("open", Open.as_view()), path("closed", Closed.as_view())]
application = get_wsgi_application()
