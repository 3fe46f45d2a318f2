"""Asking an application for a URL without a server, to see which stages a request passes."""

from __future__ import annotations

import sys

from .checking import checks
from .finding.learn import Learner
from .frameworks import layers
from .running import calls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .finding.scan import Scanner
    from .running.calls import Call

#: A body is read this far: a stream may have no end.
_MOST_BLOCKS = 100
#: What a request makes known is hooked, and the request made once more to see it, so often.
_MOST_TRIES = 3


class Entered:
    """A tracer that keeps which stages were entered, in their order, and of which calls it was
    found that they are none of a stage."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.checks: list[Call] = []

    def enter(self, call: Call) -> None:
        self.calls.append(call)

    def exit(self, call: Call, result: Any) -> None:
        if self.calls and self.calls[-1] is call and checks.is_one(call, result):
            self.checks.append(self.calls.pop())

    def let_go(self) -> None:
        """Hold no body that a call has returned: one that is an application's instance is known to
        be its call's for as long as it lives."""
        for call in self.calls:
            call.result = None

    def _ignore(self, *args: Any) -> None:
        pass

    start_response = write = chunk = close = exception = _ignore


def ask(application: Any, url: str, scanner: Scanner) -> tuple[Entered, str]:
    """Make a GET request, again while it shows stages that were not known; return what the last has
    entered, and what came of it in words."""
    for _ in range(_MOST_TRIES):
        entered = Entered()
        looked_for = scanner.looked_for
        calls.start(entered)
        try:
            with Learner(known=scanner.known) as learner:
                outcome = _get(application, url)
        finally:
            calls.stop()
            entered.let_go()
        new = scanner.learn(learner.found, looked_for)
        hooked = scanner.scan() if new else scanner.look()
        layers.look()
        if not hooked:
            break
    return entered, f"GET {url}: {outcome}"


def environ(url: str) -> dict[str, Any]:
    """What a server makes of a GET request."""
    from urllib.parse import unquote_to_bytes, urlsplit

    from ..body import EMPTY
    from ..streams import FileWrapper

    parts = urlsplit(url if "://" in url else "http://localhost" + url)
    path = unquote_to_bytes(parts.path or "/").decode("latin-1")
    secure = parts.scheme == "https"
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": parts.query,
        "REQUEST_URI": parts.path + ("?" + parts.query if parts.query else ""),
        "SERVER_NAME": parts.hostname or "localhost",
        "SERVER_PORT": str(parts.port or (443 if secure else 80)),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_SOFTWARE": "snifter",
        "REMOTE_ADDR": "127.0.0.1",
        "REMOTE_PORT": "0",
        "HTTP_HOST": parts.netloc.rpartition("@")[2] or "localhost",
        "HTTP_ACCEPT": "*/*",
        "HTTP_USER_AGENT": "snifter",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": parts.scheme or "http",
        "wsgi.input": EMPTY,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": FileWrapper,
    }


def _get(application: Any, url: str) -> str:
    heads: list[Any] = []

    def start_response(status: Any, headers: Any, exc_info: Any = None) -> Any:
        heads.append(status)
        return lambda block: None

    try:
        body = application(environ(url), start_response)
        try:
            for number, _ in enumerate(body):
                if number >= _MOST_BLOCKS:
                    break
        finally:
            close = getattr(body, "close", None)
            if close is not None:
                close()
    except (Exception, SystemExit) as error:
        return f"{type(error).__name__}: {error}"
    return str(heads[-1]) if heads else "start_response was not called"
