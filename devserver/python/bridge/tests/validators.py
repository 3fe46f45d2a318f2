"""What wsgiref.validate and webtest.lint assert, and which of our rules says the same.

By the name of each function of theirs that asserts, in the order in which it does: the rule, or, in
parentheses, why there is none.
"""

from __future__ import annotations

import ast

_NUMBER = "(an application that is given fewer or more fails by itself, or is no application)"
_OURS = "(wsgi.input is the server's own, and gives bytes)"
_SIZE = "(PEP 3333 lets read, readline and readlines be called with a size and without)"

_COMMON = {
    "check_input": ["environ-input"],
    "check_errors": ["environ-errors"],
    "check_exc_info": ["exc-info-invalid"],
    "check_iterator": ["body-is-string"],
    "WriteWrapper.__call__": ["block-not-bytes"],
    "IteratorWrapper.__del__": ["close-not-called"],
    "InputWrapper.close": ["input-method"],
    "ErrorWrapper.close": ["errors-method"],
    "check_environ": [
        "environ-not-dict",
        "environ-missing",
        "environ-content-key",
        "environ-query-string",
        "environ-not-text",
        "environ-version",
        "environ-url-scheme",
        "environ-method",
        "environ-script-name",
        "environ-path-info",
        "environ-content-length",
        "environ-path-info",
        "environ-script-name",
    ],
    "check_headers": [
        "header-invalid",
        "header-invalid",
        "header-invalid",
        "header-status",
        "header-invalid",
        "header-name-odd",
        "header-name-odd",
        "header-invalid",
    ],
}

WSGIREF = dict(
    _COMMON,
    **{
        "assert_": ["(it is what asserts)"],
        "check_string_type": ["header-invalid"],
        "validator.lint_app": [_NUMBER, "application-keywords", "not-iterable"],
        "validator.lint_app.start_response_wrapper": [
            "start-response-arguments",
            "start-response-keywords",
        ],
        "InputWrapper.read": [_SIZE, _OURS],
        "InputWrapper.readline": [_SIZE, _OURS],
        "InputWrapper.readlines": [_SIZE, _OURS, _OURS],
        "ErrorWrapper.write": ["errors-subclass"],
        "IteratorWrapper.__next__": [
            "body-after-close",
            "block-not-bytes",
            "start-response-not-called",
        ],
        "check_status": ["status-invalid", "status-invalid", "status-invalid"],
        "check_content_type": ["content-type-unexpected", "content-type-missing"],
    },
)

WEBTEST = dict(
    _COMMON,
    **{
        "middleware.lint_app": [_NUMBER, "application-keywords", "not-iterable"],
        "middleware.lint_app.start_response_wrapper": [
            "start-response-arguments",
            "start-response-keywords",
        ],
        "InputWrapper.read": [_SIZE, _OURS],
        "InputWrapper.readline": [_OURS],
        "InputWrapper.readlines": [_SIZE, _OURS, _OURS],
        "IteratorWrapper.next": [
            "body-after-close",
            "start-response-not-called",
            "block-not-bytes",
        ],
        "check_status": [
            "status-invalid",
            "status-no-reason",
            "status-invalid",
            "status-invalid",
            "status-invalid",
        ],
        "_assert_latin1_str": ["header-invalid", "header-invalid"],
        "check_content_type": [
            "content-type-unexpected",
            "content-type-unexpected",
            "content-type-missing",
        ],
    },
)


def assertions(source: str) -> dict[str, int]:
    """How often each function of a source asserts, or warns."""
    found: dict[str, int] = {}

    def walk(node: ast.AST, name: str) -> None:
        for child in ast.iter_child_nodes(node):
            inner = name
            if isinstance(child, (ast.FunctionDef, ast.ClassDef)):
                inner = f"{name}.{child.name}".strip(".")
            if _asserts(child):
                found[name] = found.get(name, 0) + 1
            walk(child, inner)

    walk(ast.parse(source), "")
    return found


def _asserts(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        called = getattr(node.func, "id", getattr(node.func, "attr", ""))
        return called in ("assert_", "warn")
    if isinstance(node, ast.Raise):
        return getattr(getattr(node.exc, "func", None), "id", "") == "AssertionError"
    return isinstance(node, ast.Assert)
