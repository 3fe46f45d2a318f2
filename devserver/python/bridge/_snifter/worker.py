"""A worker: loads the application, and serves it until the server says stop."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from typing import Any

    from .link import Link


def serve(sock: socket.socket, nudge: socket.socket, threads: int) -> None:
    """Load the application and serve it until the server says stop. Does not return."""
    import faulthandler

    from . import forked, frames
    from .link import Link
    from .output import install

    try:
        faulthandler.enable()
    except (AttributeError, OSError, ValueError):
        pass  # without a real stderr there is nowhere to tell of a crash
    install()
    link = Link(sock, nudge, threads)
    forked.watch(link)
    while link.plan is None:
        with link.role:
            link.read()
    from marshal import dumps

    from .load import load
    from .logged import overhear
    from .terminal import lend

    lend(link.plan.get("terminal", 0), link.plan.get("lender", ""))

    try:
        link.app, name = load(link.plan)
    except BaseException as error:
        from .tracebacks import describe

        link.put(frames.FAILED, 0, dumps(describe(error, "load"), 2))
        link.flush()
        link.leave()
        return
    overhear()
    ready = _ready(link, name)
    if not link.plan.get("no_stages") and link.plan.get("stages") is None:
        ready["root"] = _trace(link)
    urls = link.plan.get("stages")
    if urls is not None:
        from .stages.tree import find

        ready["stages"], ready["stage_notes"] = find(link.app, urls)
    link.put(frames.READY, 0, dumps(ready, 2))
    link.flush()
    freeze()
    link.run()


def _trace(link: Link) -> int:
    """Have stages told apart, and return the number of the outermost; 0 where that fails: an
    application is served all the same."""
    app, imported = link.app, link.imported
    try:
        from .stages.serve import trace

        return trace(link)
    except (Exception, SystemExit) as error:
        from .stages.running import calls

        calls.stop()
        link.app, link.imported, link.recorder = app, imported, None
        sys.stderr.write(
            "snifter: the stages of the application can't be told apart: "
            f"{type(error).__name__}: {error}\n"
        )
        return 0


def freeze() -> None:
    """Spare what was loaded from every later collection of garbage."""
    import gc

    if hasattr(gc, "freeze"):
        gc.freeze()


def _ready(link: Any, name: str) -> dict[str, Any]:
    import platform

    from .body import EMPTY
    from .sources import Watcher, loaded
    from .streams import FileWrapper
    from .tracebacks import type_name

    files, libraries = loaded()
    link.imported = Watcher(link, files).look
    version = platform.python_implementation() + " " + platform.python_version()
    return {
        "language": "python",
        "version": version,
        "interpreter": sys.executable or "",
        "app": name,
        "app_type": type_name(type(link.app)),
        "pid": os.getpid(),
        "files": files,
        "libraries": libraries,
        "objects": {
            "wsgi.input": repr(EMPTY),
            "wsgi.errors": "<wsgi.errors>",
            "wsgi.file_wrapper": f"<class {FileWrapper.__name__!r}>",
        },
    }
