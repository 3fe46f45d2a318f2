"""The views of the board."""

import hashlib
import time

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.response import Response
from pyramid.view import notfound_view_config, view_config


def keep(request, message):
    kept = request.registry.settings["board.kept"]
    request.session["messages"] = [*request.session.get("messages", []), message][-kept:]


@view_config(route_name="index", request_method="GET", renderer="templates/index.jinja2")
def index(request):
    return {"messages": request.session.get("messages", []), "notices": request.session.pop_flash()}


@view_config(
    route_name="index", request_method="POST", renderer="templates/index.jinja2", require_csrf=True
)
def post(request):
    text = request.POST.get("text", "").strip()
    if not text:
        request.response.status = 422
        return {
            "messages": request.session.get("messages", []),
            "notices": ["Write something first."],
        }
    keep(request, {"name": request.POST.get("name", "").strip() or "anonymous", "text": text})
    request.session.flash("Posted.")
    return HTTPSeeOther(request.route_path("index"))


@view_config(route_name="upload", request_method="POST", renderer="json", require_csrf=False)
def upload(request):
    field = request.POST.get("file")
    if not hasattr(field, "file"):
        request.response.status = 422
        return {"error": "a file is missing"}
    sha256, size = hashlib.sha256(), 0
    for block in iter(lambda: field.file.read(65536), b""):
        sha256.update(block)
        size += len(block)
    return {"name": field.filename, "type": field.type, "size": size, "sha256": sha256.hexdigest()}


@view_config(route_name="messages", request_method="GET", renderer="json")
def messages(request):
    return {"messages": request.session.get("messages", [])}


@view_config(route_name="messages", request_method="POST", renderer="json", require_csrf=False)
def add_message(request):
    try:
        body = request.json_body
        message = {"name": str(body.get("name", "anonymous")), "text": str(body["text"])}
    except (ValueError, KeyError, AttributeError) as error:
        request.response.status = 400
        return {"error": repr(error)}
    keep(request, message)
    request.response.status = 201
    return message


@view_config(route_name="clock")
def clock(request):
    """Three lines, one at a time."""

    def lines():
        for i in range(3):
            yield f"{i} {time.strftime('%H:%M:%S')}\n".encode()
            time.sleep(0.2)

    return Response(app_iter=lines(), content_type="text/plain", charset="utf-8")


@view_config(route_name="broken", renderer="json")
def broken(request):
    return {"share": 1 / len([])}


@notfound_view_config(renderer="templates/404.jinja2")
def not_found(request):
    request.response.status = 404
    return {}
