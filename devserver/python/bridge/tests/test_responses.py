"""What a framework's layer did to the response that it was given."""

from __future__ import annotations

import sys
import unittest
from http import HTTPStatus
from http.cookies import SimpleCookie
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest import mock

from _snifter.stages.frameworks import copies, responses, unchanged


class Headers:
    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._list = pairs


class Response:
    def __init__(self) -> None:
        self._status = "200 OK"
        self.headers = Headers([("Content-Type", "text/html")])


def call(kind: str, role: str, *args: Any, receiver: Any = None) -> Any:
    return SimpleNamespace(
        stage=SimpleNamespace(kind=kind, role=role),
        args=args,
        note=None,
        receiver=receiver,
        index=2,
        parent=SimpleNamespace(index=1),
        record=SimpleNamespace(contents={}, kept=None, events=[], full=False),
    )


def given(made: Any) -> Any:
    """The note of a layer's call."""
    find = responses.giver(made.stage.kind, made.stage.role)
    return None if find is None else find(made, made.args)


class TestGiven(unittest.TestCase):
    def test_what_a_layer_got_is_told_with_it(self) -> None:
        response = Response()
        note = given(call("flask", "after_request of site", response))
        response.headers._list.append(("X-After", "1"))
        self.assertEqual(note, (response, ("200 OK", [("Content-Type", "text/html")])))

    def test_a_method_has_it_behind_its_object(self) -> None:
        response = Response()
        made = call("flask", "after_request", object(), response, receiver=object())
        self.assertIs(given(made)[0], response)

    def test_a_function_may_have_defaults_behind_it(self) -> None:
        response: Any = Response()
        made = call("flask", "after_request", response, "a default")
        self.assertIs(given(made)[0], response)
        response = SimpleNamespace(_status="200 OK", _headerlist=[])
        made = call("pyramid", "response_callback", object(), response, "a default")
        self.assertIs(given(made)[0], response)

    def test_what_was_read_of_it_is_read_no_more(self) -> None:
        block = b"page"
        response = SimpleNamespace(
            _status="200 OK", _headerlist=[("X-A", "1")], _app_iter=[block]
        )
        head = "200 OK", response._headerlist[:]
        for role, argument in (
            ("response_callback", response),
            ("subscriber", SimpleNamespace(response=response)),
        ):
            made = call("pyramid", role, argument)
            made.record.kept = unchanged.keep("pyramid", response, head, (block,))
            self.assertIs(given(made)[1], head)
            response._status = "404 Not Found"
            self.assertEqual(given(made)[1][0], "404 Not Found")
            response._status = head[0]

    def test_what_saves_a_session_is_given_the_response(self) -> None:
        response = Response()
        made = call("flask", "save_session", object(), object(), {}, response, receiver=object())
        made.note = given(made)
        self.assertEqual(made.note, (response, ("200 OK", [("Content-Type", "text/html")])))
        response.headers._list.append(("Set-Cookie", "session=1"))
        self.assertEqual(responses.head(made, None)[1][1:], [("Set-Cookie", "session=1")])

    def test_falcons_layers_have_the_response_behind_the_request(self) -> None:
        response = SimpleNamespace(_headers={"x-a": "1"}, status="200 OK")
        made = call("falcon", "process_response", None, None, response, receiver=object())
        made.note = given(made)
        self.assertEqual(made.note, (response, ("200 OK", [("x-a", "1")])))
        response._headers["x-b"] = "2"
        self.assertEqual(responses.head(made, None), ("200 OK", [("x-a", "1"), ("x-b", "2")]))

    def test_what_falcons_response_has_beside_its_headers(self) -> None:
        for more, head in (
            ({}, ("200 OK", [])),
            ({"status": 404}, ("404 Not Found", [])),
            ({"_headers": {"x-a": 1}}, ("200 OK", [("x-a", "1")])),
            ({"_extra_headers": [("x-a", "1")]}, ("200 OK", [("x-a", "1")])),
            ({"_cookies": SimpleCookie("a=1")}, ("200 OK", [("Set-Cookie", "a=1")])),
            ({"_headers": None}, None),
        ):
            response = SimpleNamespace(
                status="200 OK", _headers={}, _extra_headers=None, _cookies=None
            )
            vars(response).update(more)
            made = call("falcon", "responder", None, response)
            made.note = given(made)
            self.assertEqual(made.note, (response, head))
            self.assertEqual(responses.head(made, None), head)
            self.assertEqual(responses.leaver("falcon")(made, None, response), (head, None))
        self.assertIsNone(given(call("falcon", "error_serializer", None)))

    def test_djangos_have_it_behind_the_request(self) -> None:
        class Page(SimpleNamespace):
            status_code = 200  # as HttpResponse has it

        response = Page(
            headers=SimpleNamespace(_store={"content-type": ("Content-Type", "text/html")}),
            cookies={},
            status_code=404,
            _reason_phrase="Not Found",
        )
        made = call("django", "process_response", None, None, response)
        head = ("404 Not Found", [("Content-Type", "text/html")])
        self.assertEqual(given(made), (response, head))
        self.assertIsNone(given(call("django", "middleware", None, None, response)))

    def test_other_layers_are_given_none(self) -> None:
        self.assertIsNone(given(call("flask", "view", Response())))
        self.assertIsNone(given(call("django", "process_response", None, None, None)))
        self.assertIsNone(given(call("flask", "after_request")))

    def test_what_a_view_of_flasks_returns_beside_a_body(self) -> None:
        html = ("Content-Type", "text/html")
        for returned, head in (
            (("text", 201), ("201", [])),
            (("text", "201 Made"), ("201 Made", [])),
            (("text", HTTPStatus.CREATED), ("201", [])),
            (("text", {"X-A": "1"}), ("200 OK", [("X-A", "1")])),
            (("text", {"X-A": ["1", "2"]}), ("200 OK", [("X-A", "1"), ("X-A", "2")])),
            (("text", 201, [["X-A", "1"]]), ("201", [("X-A", "1")])),
            (("text", 201, Headers([("X-A", "1")])), ("201", [("X-A", "1")])),
            ((Response(), 404), ("404", [html])),
            ((Response(), {"content-type": "a/b"}), ("200 OK", [("content-type", "a/b")])),
            ("text", None),
            ((), None),
        ):
            self.assertEqual(responses.head(call("flask", "view"), returned), head, returned)

    def test_headers_that_a_view_of_flasks_has_made_anew(self) -> None:
        one = [("X-A", "1")]
        for headers, head in (
            ({"X-A": "1"}, ("200 OK", one)),
            ({"X-A": ("1", 2)}, ("200 OK", [*one, ("X-A", "2")])),
            (one, ("200 OK", one)),
            (None, None),
            ("no headers", None),
        ):
            response = Response()
            response.headers = headers  # type: ignore[assignment]
            self.assertEqual(responses.head(call("flask", "view"), response), head, headers)

    def test_what_an_exception_of_werkzeugs_is_made_into(self) -> None:
        class HTTPException(Exception):
            code: Any = None

            def __init__(self, code: Any = None, response: Any = None) -> None:
                self.code, self.response = code, response

        module = SimpleNamespace(HTTPException=HTTPException)
        answered = ("200 OK", [("Content-Type", "text/html")])
        for error, head in (
            (HTTPException(404), ("404", [])),
            (HTTPException(), ("200 OK", [])),
            (HTTPException(response=Response()), answered),
            (HTTPException(response="an application"), None),
            (KeyError(), None),
        ):
            with mock.patch.dict(sys.modules, {"werkzeug.exceptions": module}):
                self.assertEqual(responses.raised(call("flask", "view"), error), head, error)

    def test_a_view_of_pyramids_that_is_rendered_has_changed_its_requests_response(self) -> None:
        made = SimpleNamespace(_status="201 Created", _headerlist=[("X-A", "1")])
        own = SimpleNamespace(_status="200 OK", _headerlist=[])
        head = ("201 Created", [("X-A", "1")])
        for result, told in (
            ({"a": 1}, head),
            ("text", head),
            (own, ("200 OK", [])),
            (KeyError("it failed"), None),
        ):
            request = SimpleNamespace(environ={})
            for args in ((request,), ("context", request), (SimpleNamespace(request=request),)):
                request.__dict__.pop("response", None)
                view = call("pyramid", "view", *args)
                view.note = given(view)
                self.assertIsNone(responses.head(view, {"a": 1}))
                request.response = made
                self.assertEqual(responses.head(view, result), told, (result, args))
                # It was there before.
                self.assertIsNone(given(call("pyramid", "view", *args)))
        self.assertIsNone(given(call("pyramid", "view", "no request")))

    def test_what_pyramid_tells_of_a_response_has_it(self) -> None:
        response = SimpleNamespace(_status="200 OK", _headerlist=[("X-A", "1")])
        made = call("pyramid", "subscriber", SimpleNamespace(response=response))
        made.note = given(made)
        self.assertEqual(made.note, (response, ("200 OK", [("X-A", "1")])))
        response._headerlist.append(("X-B", "2"))
        self.assertEqual(responses.head(made, None), ("200 OK", [("X-A", "1"), ("X-B", "2")]))
        made = call("pyramid", "response_callback", object(), response)
        made.note = given(made)
        self.assertEqual(made.note[1], ("200 OK", [("X-A", "1"), ("X-B", "2")]))
        response._headerlist.clear()
        self.assertEqual(responses.head(made, None), ("200 OK", []))
        other = call("pyramid", "subscriber", SimpleNamespace(request=None))
        other.note = given(other)
        self.assertIsNone(responses.head(other, None))


class Bottles:
    """What is looked at of a response of Bottle's."""

    def __init__(self, status: str) -> None:
        self._status_line = status
        self._headers: dict[str, list[str]] = {}
        self._cookies = None


class TestBottle(unittest.TestCase):
    def setUp(self) -> None:
        self.response = Bottles("200 OK")
        bottle: Any = ModuleType("bottle")
        bottle.BaseResponse, bottle.response = Bottles, self.response
        patch = mock.patch.multiple(copies, _found=[bottle], _classes={})
        patch.start()
        self.addCleanup(patch.stop)
        self.application = SimpleNamespace(index=1, environ={}, note=None)

    def layer(self, role: str) -> Any:
        made = call("bottle", role)
        made.parent = self.application
        return made

    def test_a_hook_has_what_is_going_to_be_sent(self) -> None:
        self.assertEqual(responses.head(self.layer("callback"), "text"), ("200 OK", []))
        hook = self.layer("after_request")
        self.assertEqual(given(hook), (None, ("200 OK", [])))
        self.response._headers["X-After"] = ["1"]
        self.assertEqual(responses.head(hook, None), ("200 OK", [("X-After", "1")]))

    def test_a_hook_has_what_is_not_going_to_be_sent(self) -> None:
        """A response that was returned takes the place of the thread's, before version 0.13 only
        once the hooks were called."""
        gone = Bottles("410 Gone")
        for end in responses.head, responses.raised:
            self.assertEqual(end(self.layer("callback"), gone), ("410 Gone", []))
            hook = self.layer("after_request")
            self.assertEqual(given(hook), (None, None))
            self.assertIsNone(responses.head(hook, None))
        # As from 0.13 on.
        self.response._status_line, self.response._headers = "410 Gone", gone._headers
        self.assertEqual(given(hook), (None, ("410 Gone", [])))
        self.assertEqual(responses.head(hook, None), ("410 Gone", []))
        self.response._headers = {}
        # A plugin has made another thing of it.
        responses.head(self.layer("plugin"), "text")
        self.assertIsNotNone(responses.head(hook, None))


if __name__ == "__main__":
    unittest.main()
