"""A Pyramid application whose answers are made in every way, and changed by a tween."""

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPFound
from pyramid.response import FileResponse, Response


def signing(handler, registry):
    def signs(request):
        response = handler(request)
        if isinstance(response.app_iter, list) and response.status_int == 200:
            response.body += b" - signed"
        return response

    return signs


def text(request):
    return Response("hello from the view")


def value(request):
    return {"hello": "value"}


def stream(request):
    return Response(app_iter=iter([b"hello ", b"stream"]))


def file(request):
    return FileResponse("file.txt")


def found(request):
    return HTTPFound("/text")


def raised(request):
    raise HTTPFound("/text", headers=[("X-Made", "1")])


with Configurator() as config:
    for _view in (text, value, stream, file, found, raised):
        config.add_route(_view.__name__, "/" + _view.__name__)
        _renderer = {"renderer": "json"} if _view is value else {}
        config.add_view(_view, route_name=_view.__name__, **_renderer)
    config.add_tween(__name__ + ".signing")
    application = config.make_wsgi_app()
