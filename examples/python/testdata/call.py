"""Calls applications as a WSGI server would, between wsgiref.validate and one's own eyes.

Reads {"plan": PLAN, "requests": [...]} as JSON from stdin and prints a list of answers. Cookies are
kept from one request to the next; "{csrf}" in a body stands for the last token seen in a page.
"""

import importlib
import importlib.util
import io
import json
import os
import re
import sys
from http.cookies import SimpleCookie
from urllib.parse import unquote_to_bytes
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator


def load(plan):
    sys.path[:0] = plan.get("sys_path", [])
    if plan["kind"] == "django":
        os.environ["DJANGO_SETTINGS_MODULE"] = plan["settings"]
        module = importlib.import_module(plan["module"])
        return getattr(module, plan["attr"])
    if plan["kind"] == "ini":
        from paste.deploy import loadapp  # noqa: PLC0415

        return loadapp("config:" + plan["file"], plan["section"])
    module = importlib.import_module(plan["module"])
    for name in plan["names"]:
        if callable(getattr(module, name, None)):
            return getattr(module, name)
    for name in plan["factories"]:
        if callable(getattr(module, name, None)):
            return getattr(module, name)()
    raise LookupError(f"no application in {module}")


def call(app, request, cookies, token):
    body = request.get("body", "").replace("{csrf}", token).encode("latin-1")
    path, _, query = request.get("target", "/").partition("?")
    errors = io.StringIO()
    environ = {
        "REQUEST_METHOD": request.get("method", "GET"),
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": errors,
    }
    if body:
        environ["CONTENT_LENGTH"] = str(len(body))
    for name, value in request.get("headers", []):
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else "HTTP_" + key] = value
    if cookies:
        environ["HTTP_COOKIE"] = "; ".join(f"{k}={v}" for k, v in cookies.items())
    setup_testing_defaults(environ)
    answer = {"status": "", "headers": [], "chunks": [], "error": "", "closed": False}
    written = []

    def start_response(status, headers, exc_info=None):
        answer["status"], answer["headers"] = status, [list(pair) for pair in headers]
        return written.append

    try:
        chunks = app(environ, start_response)
        try:
            for chunk in chunks:
                answer["chunks"].append(chunk.decode("latin-1"))
                if request.get("stop_after") == len(answer["chunks"]):
                    break
        finally:
            if hasattr(chunks, "close"):
                chunks.close()
                answer["closed"] = True
    except BaseException as error:  # an example may exit, and that is its subject
        answer["error"] = type(error).__name__ + ": " + str(error)
    answer["written"] = [chunk.decode("latin-1") for chunk in written]
    answer["errors"] = errors.getvalue()
    for name, value in answer["headers"]:
        if isinstance(name, str) and name.lower() == "set-cookie":
            for morsel in SimpleCookie(value).values():
                cookies[morsel.key] = morsel.coded_value
    return answer


def main():
    asked = json.load(sys.stdin)
    app = load(asked["plan"])
    if asked["validate"]:
        app = validator(app)
    cookies, token, answers = {}, "", []
    for request in asked["requests"]:
        answer = call(app, request, cookies, token)
        found = re.search(
            r'name="csrf(?:middleware)?_?token" value="([^"]+)"', "".join(answer["chunks"])
        )
        token = found.group(1) if found else token
        answers.append(answer)
    json.dump(answers, sys.stdout, default=repr)


main()
