"""Notes, kept in the session: a list with a form, a page for each, JSON, a file that streams."""

import hashlib
import json

from django.contrib import messages
from django.http import Http404, HttpResponseBadRequest, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from .forms import NoteForm

KEPT = 10


def keep(request, note):
    request.session["notes"] = [*request.session.get("notes", []), note][-KEPT:]


@require_http_methods(["GET", "HEAD", "POST"])
def index(request):
    form = NoteForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        note = {"title": form.cleaned_data["title"], "text": form.cleaned_data["text"]}
        attachment = form.cleaned_data["attachment"]
        if attachment:
            sha256 = hashlib.sha256()
            for chunk in attachment.chunks():
                sha256.update(chunk)
            note["attachment"] = {
                "name": attachment.name,
                "size": attachment.size,
                "sha256": sha256.hexdigest(),
            }
        keep(request, note)
        messages.success(request, f"Kept “{note['title']}”.")
        return redirect("notes:index")
    status = 422 if form.errors else 200
    return render(
        request,
        "notes/index.html",
        {"form": form, "notes": request.session.get("notes", [])},
        status=status,
    )


def note(request, number):
    notes = request.session.get("notes", [])
    if not 1 <= number <= len(notes):
        raise Http404(f"there is no note {number}")
    return render(request, "notes/note.html", {"note": notes[number - 1]})


@require_POST
def clear(request):
    request.session.flush()
    return redirect("notes:index")


@csrf_exempt  # called by programs, which have no form to take a token from
@require_http_methods(["GET", "POST"])
def api(request):
    if request.method == "GET":
        return JsonResponse({"notes": request.session.get("notes", [])})
    try:
        note = json.loads(request.body)
        note = {"title": str(note["title"]), "text": str(note.get("text", ""))}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return HttpResponseBadRequest(
            json.dumps({"error": repr(error)}), content_type="application/json"
        )
    keep(request, note)
    return JsonResponse(note, status=201)


def export(request):
    notes = request.session.get("notes", [])

    def lines():
        for note in notes:
            yield f"# {note['title']}\n\n{note['text']}\n\n"
        yield f"{len(notes)} notes\n"

    return StreamingHttpResponse(lines(), content_type="text/markdown; charset=utf-8")


def broken(request):
    return JsonResponse({"share": 1 / len([])})
