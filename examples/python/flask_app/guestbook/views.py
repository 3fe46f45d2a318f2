"""The pages: the book, signing it, signing in and out, and uploads."""

import hashlib

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    session,
    stream_with_context,
    url_for,
)

bp = Blueprint("pages", __name__)


@bp.get("/")
def index():
    return render_template(
        "index.html", greeting=current_app.config["GREETING"], entries=session.get("entries", [])
    )


@bp.post("/")
def sign():
    text = request.form.get("text", "").strip()
    if not text:
        flash("Write something first.")
        return render_template(
            "index.html", greeting="Once more", entries=session.get("entries", [])
        ), 422
    name = request.form.get("name", "").strip() or session.get("user", "anonymous")
    session["entries"] = [*session.get("entries", []), {"name": name, "text": text}][-10:]
    flash("Thank you!")
    return redirect(url_for("pages.index"), code=303)


@bp.route("/login", methods=["GET", "POST"])
def login():
    if request.method == "POST":
        if request.form.get("password") != "lovelace":
            flash("That is not the password.")
            return render_template("login.html"), 403
        session["user"] = request.form["user"]
        return redirect(url_for("pages.index"), code=303)
    return render_template("login.html")


@bp.post("/logout")
def logout():
    session.clear()
    return redirect(url_for("pages.index"), code=303)


@bp.route("/upload", methods=["GET", "POST"])
def upload():
    files = [
        {
            "name": f.filename,
            "type": f.mimetype,
            "sha256": hashlib.sha256(content).hexdigest(),
            "size": len(content),
        }
        for f in request.files.getlist("file")
        if f.filename
        for content in [f.read()]
    ]
    return render_template("upload.html", files=files)


@bp.get("/download")
def download():
    """A file that is made while it is sent."""

    @stream_with_context
    def rows():
        yield "name,text\r\n"
        for entry in session.get("entries", []):
            yield "{name},{text}\r\n".format(**entry)

    return rows(), {
        "Content-Type": "text/csv",
        "Content-Disposition": "attachment; filename=guestbook.csv",
    }


@bp.get("/private")
def private():
    if "user" not in session:
        abort(401)
    return render_template("private.html", user=session["user"])


@bp.get("/broken")
def broken():
    """What an exception looks like."""
    return {"share": 1 / len([])}
