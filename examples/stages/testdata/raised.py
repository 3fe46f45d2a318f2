"""raised.py BRIDGE: whether an exception that is raised by hand where a middleware of Django's is
entered or left comes to what it comes to where the middleware itself raises it: what is around it
gets a response. What is not so is printed, and the exit code is 1.

As a module it has the application.
"""

import os
import sys
import warnings

warnings.simplefilter("ignore")

import django  # noqa: E402
from django.conf import settings  # noqa: E402
from django.http import Http404, HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402
from django.utils.decorators import async_only_middleware  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
#: The middlewares, but for the outermost; those that are waited for are the last.
NAMES = ("function", "Class", "outer", "later")
ENTER, EXCEPTION = 1, 8  # of the kinds of events


class Around:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response["X-Around"] = "1"
        return response


def raising(name, get_response):
    def middleware(request):
        if request.GET.get("raise") == name + ":enter":
            raise Http404("lost")
        response = get_response(request)
        response["X-" + name] = "1"
        if request.GET.get("raise") == name + ":exit":
            raise Http404("lost")
        return response

    return middleware


def function(get_response):
    within = raising("function", get_response)

    def middleware(request):
        return within(request)

    return middleware


class Class(Around):
    def __call__(self, request):
        return raising("Class", self.get_response)(request)


def awaiting(name, get_response):
    async def middleware(request):
        if request.GET.get("raise") == name + ":enter":
            raise Http404("lost")
        response = await get_response(request)
        response["X-" + name] = "1"
        if request.GET.get("raise") == name + ":exit":
            raise Http404("lost")
        return response

    return middleware


@async_only_middleware
def outer(get_response):
    within = awaiting("outer", get_response)

    async def middleware(request):
        return await within(request)

    return middleware


@async_only_middleware
def later(get_response):
    within = awaiting("later", get_response)

    async def middleware(request):
        return await within(request)

    return middleware


def page(request):
    return HttpResponse("page")


urlpatterns = [path("", page)]


def application():
    settings.configure(
        ROOT_URLCONF=__name__,
        MIDDLEWARE=[f"{__name__}.{name}" for name in ("Around", *NAMES)],
        ALLOWED_HOSTS="*",
    )
    django.setup()
    from django.core.wsgi import get_wsgi_application

    return get_wsgi_application()


def differs(server, number, place):
    server.request(number, HTTP_HOST="localhost", QUERY_STRING=f"raise={place}")
    itself = told(server, server.end(number))
    server.stops(place)
    server.request(number + 1, HTTP_HOST="localhost")
    stopped = server.halt()
    server.stops()
    server.resume(stopped, "raise", type="django.http.Http404", message="lost")
    by_hand = told(server, server.end(number + 1))
    if by_hand == itself and itself[0] == "404 Not Found" and itself[2] == "1":
        return False
    print(place, by_hand, "and not", itself)
    return True


def told(server, answer):
    headers = {name.lower(): value.strip() for name, value in answer.headers}
    entered = {event[1]: server.stages[event[4]][0] for event in answer.each() if event[0] == ENTER}
    raised = [(entered[event[1]], event[4]) for event in answer.events if event[0] == EXCEPTION]
    head = [answer.status, headers.get("content-type")]
    set_by = [headers.get("x-" + name.lower()) for name in ("around", *NAMES)]
    return [*head, *set_by, raised]


def main():
    sys.path.insert(0, sys.argv[1])
    from tests import stepping

    plan = {"kind": "module", "module": "raised", "attr": "application", "sys_path": [HERE]}
    with stepping.Stepping(dict(plan, factories=["application"])) as server:
        server.ready()
        places = [f"{name}:{boundary}" for name in NAMES for boundary in ("enter", "exit")]
        sys.exit(sum(differs(server, 2 * n, place) for n, place in enumerate(places, 1)))


if __name__ == "__main__":
    main()
