"""The rules of which a breach is found in a Python worker, and where each of them is written.

What a rule says in a sentence, and whether it is an error or a warning, is in snifter's package
``devserver/lint``, whose test compares the two lists.
"""

from __future__ import annotations

from . import rules
from .body import Input
from .rules import (
    CONTENT_LENGTH,
    CONTENT_TYPE,
    NO_CONTENT,
    OTHER_HTTP,
    SPECIFICATION,
    START_RESPONSE,
    STREAMING,
    UNICODE,
    WRITE,
)
from .streams import Errors

#: So many findings of a request are told.
MOST_FINDINGS = 100

BLOCKS = "PEP 3333: Middleware Handling of Block Boundaries"
ENVIRON = "PEP 3333: environ Variables"
ERRORS = "PEP 3333: Error Handling"
FILES = "PEP 3333: Optional Platform-Specific File Handling"
STREAMS = "PEP 3333: Input and Error Streams"

RULES = {
    "environ-not-dict": ENVIRON,
    "environ-missing": ENVIRON,
    "environ-not-text": UNICODE,
    "environ-subclass": UNICODE,
    "environ-content-key": ENVIRON,
    "environ-version": ENVIRON,
    "environ-flag": ENVIRON,
    "environ-url-scheme": ENVIRON,
    "environ-input": STREAMS,
    "environ-errors": STREAMS,
    "environ-method": ENVIRON,
    "environ-script-name": ENVIRON,
    "environ-path-info": ENVIRON,
    "environ-content-length": ENVIRON,
    "environ-query-string": ENVIRON,
    "input-method": STREAMS,
    "errors-method": STREAMS,
    "errors-not-text": STREAMS,
    "errors-subclass": UNICODE,
    "application-keywords": SPECIFICATION,
    "start-response-arguments": START_RESPONSE,
    "start-response-keywords": START_RESPONSE,
    "start-response-twice": START_RESPONSE,
    "start-response-late": SPECIFICATION,
    "start-response-foreign": START_RESPONSE,
    "start-response-not-called": START_RESPONSE,
    "exc-info-invalid": START_RESPONSE,
    "exc-info-swallowed": ERRORS,
    "status-invalid": START_RESPONSE,
    "status-subclass": START_RESPONSE,
    "status-no-reason": START_RESPONSE,
    "header-invalid": START_RESPONSE,
    "header-subclass": START_RESPONSE,
    "header-status": START_RESPONSE,
    "header-name-odd": START_RESPONSE,
    "header-value-space": START_RESPONSE,
    "header-changed-late": START_RESPONSE,
    "hop-by-hop-header": OTHER_HTTP,
    "content-type-missing": CONTENT_TYPE,
    "content-type-unexpected": CONTENT_TYPE,
    "content-length-exceeded": CONTENT_LENGTH,
    "content-length-short": CONTENT_LENGTH,
    "body-not-allowed": NO_CONTENT,
    "not-iterable": SPECIFICATION,
    "body-is-string": STREAMING,
    "block-not-bytes": UNICODE,
    "block-subclass": UNICODE,
    "blocks-tiny": STREAMING,
    "blocks-held-back": BLOCKS,
    "body-after-close": SPECIFICATION,
    "yield-after-end": SPECIFICATION,
    "close-not-called": SPECIFICATION,
    "close-twice": SPECIFICATION,
    "file-wrapper-lost": FILES,
    "write-used": WRITE,
    "write-in-body": WRITE,
}


def told_by(where: str, error: BaseException) -> tuple[str, str] | None:
    """The rule that an exception which leaves a stage tells of, with a message: that something was
    asked of a stream which PEP 3333 does not let it be asked for, or that a generator went on."""
    if isinstance(error, AttributeError):
        text = str(error)
        asked = getattr(error, "obj", None)  # from Python 3.10 on
        for kind, rule, stream in (
            (Input, "input-method", "wsgi.input"),
            (Errors, "errors-method", "wsgi.errors"),
        ):
            front = f"'{kind.__name__}' object has no attribute "
            if isinstance(asked, kind) or asked is None and text.startswith(front):
                name = text.rpartition(" ")[2].strip("'")
                return rule, f"{stream} has no {name}"
    elif where == "close" and str(error) == rules.YIELDED_ON:
        return "yield-after-end", rules.YIELDED_ON
    return None
