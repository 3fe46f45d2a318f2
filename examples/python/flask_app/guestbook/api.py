"""The same in JSON."""

from flask import Blueprint, jsonify, request, session

bp = Blueprint("api", __name__, url_prefix="/api")


@bp.get("/entries")
def entries():
    return jsonify(entries=session.get("entries", []), user=session.get("user"))


@bp.post("/entries")
def add():
    entry = request.get_json()
    if not isinstance(entry, dict) or not isinstance(entry.get("text"), str) or not entry["text"]:
        return {"error": "text is missing"}, 422
    made = {"name": str(entry.get("name", "anonymous")), "text": entry["text"]}
    session["entries"] = [*session.get("entries", []), made][-10:]
    return made, 201


@bp.get("/hello/<name>")
def hello(name):
    """Small and quick, for measuring."""
    return {"hello": name}
