"""A guest book in Flask: forms, a session, uploads and a JSON API.

    cd examples/python/flask_app
    python3 -m venv .venv && .venv/bin/pip install --require-hashes -r requirements.txt
    snifter

snifter finds the package and its create_app, as Flask would with FLASK_APP=guestbook. Look at the
stages: the server, RequestId, and Flask itself. Sign the book at /, then follow the session cookie
from the answer to the next request.
"""

from flask import Flask, render_template, request

from . import api, views
from .middleware import RequestId


def create_app(config=None):
    app = Flask(__name__)
    app.config.update(
        # For an example alone: a real key is a secret. Fixed, so that sessions outlive reloads.
        SECRET_KEY="not a secret",
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=64 * 1024 * 1024,
        GREETING="Welcome",
    )
    app.config.update(config or {})
    app.register_blueprint(views.bp)
    app.register_blueprint(api.bp)

    @app.errorhandler(404)
    def not_found(error):
        if request.path.startswith("/api/"):
            return {"error": "not found", "path": request.path}, 404
        return render_template("404.html"), 404

    app.wsgi_app = RequestId(app.wsgi_app)
    return app
