"""A stack of middlewares: classes and functions, around one application.

    snifter run examples/python/middleware.py
    curl -i http://127.0.0.1:8000/
    curl -i -u ada:lovelace http://127.0.0.1:8000/
    curl -i -u ada:lovelace http://127.0.0.1:8000/broken

The request goes down the stack and the answer comes up:

    request_log    a function: writes a line to wsgi.errors when the answer is done
    Authentication a class: asks for a password, and puts REMOTE_USER into the environ
    Shout          a class: rewrites the body, chunk by chunk, and so drops Content-Length
    greet          the application

Each passes close() on (PEP 3333, "Middleware: Components that Play Both Sides"); Shout does so by
being an iterator with a close of its own, request_log by a generator.
"""

import base64
import binascii
import hmac
import time


def greet(environ, start_response):
    if environ["PATH_INFO"] == "/broken":
        raise RuntimeError("this is what a failing view looks like")
    body = f"hello, {environ.get('REMOTE_USER', 'stranger')}\n".encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body[:6], body[6:]]


class Shout:
    """Makes every letter of a text/plain answer a capital."""

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        rewrite = False

        def start(status, headers, exc_info=None):
            nonlocal rewrite
            kind = {name.lower(): value for name, value in headers}.get("content-type", "")
            rewrite = kind.startswith("text/plain")
            if rewrite:
                # The length may not stay what it was: in some languages a capital takes more bytes.
                headers = [
                    (name, value) for name, value in headers if name.lower() != "content-length"
                ]
            return start_response(status, headers, exc_info)

        chunks = self.app(environ, start)
        return Shouting(chunks, lambda: rewrite)


class Shouting:
    """Iterates over another iterable's chunks, and closes it."""

    def __init__(self, chunks, wanted):
        self.chunks = chunks
        self.iterator = iter(chunks)
        self.wanted = wanted

    def __iter__(self):
        return self

    def __next__(self):
        chunk = next(self.iterator)
        return chunk.upper() if self.wanted() else chunk

    def close(self):
        if hasattr(self.chunks, "close"):
            self.chunks.close()


class Authentication:
    """Lets in those who know a password (RFC 7617)."""

    def __init__(self, app, passwords, realm="examples"):
        self.app = app
        self.passwords = passwords
        self.realm = realm

    def __call__(self, environ, start_response):
        user = self.user(environ.get("HTTP_AUTHORIZATION", ""))
        if user is None:
            body = b"Who are you?\n"
            start_response(
                "401 Unauthorized",
                [
                    ("Content-Type", "text/plain"),
                    ("Content-Length", str(len(body))),
                    ("WWW-Authenticate", f'Basic realm="{self.realm}", charset="UTF-8"'),
                ],
            )
            return [body]
        environ["REMOTE_USER"] = user
        environ["AUTH_TYPE"] = "Basic"
        return self.app(environ, start_response)

    def user(self, header):
        scheme, _, encoded = header.partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            name, _, password = (
                base64.b64decode(encoded, validate=True).decode("utf-8").partition(":")
            )
        except (binascii.Error, UnicodeDecodeError):
            return None
        known = self.passwords.get(name, "")
        right = hmac.compare_digest(known.encode(), password.encode())
        return name if known and right else None


def request_log(app):
    """Writes method, path, status, bytes and time of each request to wsgi.errors."""

    def logged(environ, start_response):
        began = time.perf_counter()
        seen = {"status": "-", "bytes": 0}

        def start(status, headers, exc_info=None):
            seen["status"] = status.partition(" ")[0]
            return start_response(status, headers, exc_info)

        chunks = app(environ, start)
        try:
            for chunk in chunks:
                seen["bytes"] += len(chunk)
                yield chunk
        finally:
            if hasattr(chunks, "close"):
                chunks.close()
            took = (time.perf_counter() - began) * 1000
            environ["wsgi.errors"].write(
                f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']} "
                f"{seen['status']} {seen['bytes']} B {took:.1f} ms\n"
            )

    return logged


app = request_log(Authentication(Shout(greet), passwords={"ada": "lovelace"}))
