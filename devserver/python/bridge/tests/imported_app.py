"""What a request imports first."""

from __future__ import annotations


def application(e, s, told=""):
    s("200 OK", [("Content-Type", "text/plain")])
    return [told.encode()]
