"""The middlewares of the onion, each a class that is called as PEP 3333 has it."""

import base64
import hashlib
import hmac
import json
import time
import zlib


class Timing:
    """Tells how long it took until the answer began. The clock is the only thing that it adds."""

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        began = time.perf_counter()

        def start(status, headers, exc_info=None):
            took = (time.perf_counter() - began) * 1000
            return start_response(
                status, [*headers, ("Server-Timing", f"app;dur={took:.1f}")], exc_info
            )

        return self.app(environ, start)


class Gzip:
    """Packs text (RFC 1952). What the application yields is flushed at once: a stream stays one."""

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        if "gzip" not in environ.get("HTTP_ACCEPT_ENCODING", ""):
            return self.app(environ, start_response)
        packs = []

        def start(status, headers, exc_info=None):
            kind = next((v for n, v in headers if n.lower() == "content-type"), "")
            packs[:] = [kind.startswith("text/") and environ["REQUEST_METHOD"] != "HEAD"]
            if packs[0]:
                headers = [(n, v) for n, v in headers if n.lower() != "content-length"]
                headers += [("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")]
            return start_response(status, headers, exc_info)

        return Packed(self.app(environ, start), packs)


class Packed:
    """The blocks of another iterable, packed if the headers turn out to say so."""

    def __init__(self, blocks, packs):
        self.blocks = blocks
        self.packs = packs

    def __iter__(self):
        packer = zlib.compressobj(wbits=31)
        begun = False
        for block in self.blocks:
            if not self.packs[0]:
                yield block
                continue
            begun = True
            yield packer.compress(block) + packer.flush(zlib.Z_SYNC_FLUSH)
        if begun:
            yield packer.flush()

    def close(self):
        if hasattr(self.blocks, "close"):
            self.blocks.close()


class Session:
    """Keeps a dict in a cookie that nobody can change but who knows the secret."""

    def __init__(self, app, secret, cookie="onion"):
        self.app = app
        self.secret = secret
        self.cookie = cookie

    def __call__(self, environ, start_response):
        session = self.load(environ.get("HTTP_COOKIE", ""))
        before = dict(session)
        environ["onion.session"] = session

        def start(status, headers, exc_info=None):
            if session != before:
                cookie = f"{self.cookie}={self.dump(session)}; Path=/; HttpOnly; SameSite=Lax"
                headers = [*headers, ("Set-Cookie", cookie)]
            return start_response(status, headers, exc_info)

        return self.app(environ, start)

    def load(self, cookies):
        for pair in cookies.split(";"):
            name, _, value = pair.strip().partition("=")
            text, _, signature = value.partition(".")
            if name == self.cookie and hmac.compare_digest(signature, self.sign(text)):
                return json.loads(base64.urlsafe_b64decode(text))
        return {}

    def dump(self, session):
        text = base64.urlsafe_b64encode(json.dumps(session).encode()).decode()
        return f"{text}.{self.sign(text)}"

    def sign(self, text):
        return hmac.new(self.secret, text.encode(), hashlib.sha256).hexdigest()


class Auth:
    """Names the user of the session in REMOTE_USER, and guards what lies under /private."""

    def __init__(self, app, guarded="/private"):
        self.app = app
        self.guarded = guarded

    def __call__(self, environ, start_response):
        user = environ["onion.session"].get("user")
        if user:
            environ["REMOTE_USER"] = user
            environ["AUTH_TYPE"] = "session"
        if environ["PATH_INFO"].startswith(self.guarded) and "REMOTE_USER" not in environ:
            page = b"<!doctype html><title>Who are you?</title>\n"
            start_response(
                "401 Unauthorized",
                [
                    ("Content-Type", "text/html"),
                    ("Content-Length", str(len(page))),
                    ("WWW-Authenticate", 'Session login="/login"'),
                ],
            )
            return [page]
        return self.app(environ, start_response)
