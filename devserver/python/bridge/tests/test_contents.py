"""What is told of the bodies of frameworks' responses, layer by layer."""

from __future__ import annotations

import sys
import unittest
from types import SimpleNamespace
from typing import Any, Iterator
from unittest import mock

from _snifter.stages.events import CHUNK, GOT
from _snifter.stages.frameworks import contents

GAVE, GIVEN = CHUNK, GOT


class Never:
    """What must not be looked into."""

    def __iter__(self) -> Iterator[bytes]:
        raise AssertionError("it was iterated")

    def __bool__(self) -> bool:
        raise AssertionError("it was asked")

    def __eq__(self, other: object) -> bool:
        raise AssertionError("it was compared")

    def __hash__(self) -> int:
        raise AssertionError("it was hashed")

    __len__ = __str__ = __bytes__ = __bool__  # type: ignore[assignment]


class Response(SimpleNamespace):
    """Of whatever framework."""


def django(**attributes: Any) -> Response:
    return Response(cookies={}, **attributes)


def flask(response: Any) -> Response:
    return Response(_status="200 OK", response=response)


def webob(app_iter: Any) -> Response:
    return Response(_headerlist=[], _app_iter=app_iter)


class Request:
    """A request's way through layers, which are entered and left as a framework has them."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.record = SimpleNamespace(contents=None, events=[], full=False, block_at=0)
        self.index = 1
        self.application = SimpleNamespace(index=1)

    def enter(self, role: str, within: Any = None, note: Any = None) -> Any:
        self.index += 1
        stage = SimpleNamespace(kind=self.kind, role=role)
        parent = within or self.application
        return SimpleNamespace(
            stage=stage, parent=parent, index=self.index, record=self.record, note=note
        )

    def run(self, role: str, result: Any, within: Any = None, note: Any = None) -> Any:
        call = self.enter(role, within, note)
        contents.gave(call, result, 0)
        return call

    def told(self) -> list[tuple[int, int, Any]]:
        """Kind, index and block of what was told since the last time."""
        events = [(kind, index, block) for kind, index, _, block in self.record.events]
        self.record.events.clear()
        return events


class TestContents(unittest.TestCase):
    def one(self, kind: str, role: str, result: Any, note: Any = None) -> list[Any]:
        request = Request(kind)
        request.run(role, result, note=note)
        return [block for _, _, block in request.told()]

    def test_where_the_only_block_is(self) -> None:
        """So that it need not be looked for as it is sent."""
        entered = (1, 2, 0, 1)
        for before, expected in (
            ([entered], [1, -1]),
            ([entered, entered], [2, -1]),
            ([], [-1, -1]),  # what was told before is sent
        ):
            with self.subTest(before=before):
                request, found = Request("flask"), []
                request.record.events += before
                for text in "one", "another":
                    request.run("view", text)
                    found.append(request.record.block_at)
                self.assertEqual(found, expected)

    def test_django(self) -> None:
        block = b"page"
        told = self.one("django", "view", django(_container=[block]))
        self.assertIs(told[0], block)
        self.assertEqual(
            self.one("django", "view", django(_container=[b"a", b"", b"b"])), [b"a", b"b"]
        )
        self.assertEqual(self.one("django", "process_request", None), [])
        self.assertEqual(self.one("django", "view", "no response"), [])

    def test_what_is_lazy_is_not_touched(self) -> None:
        lazy = Never()
        streaming = django(_iterator=lazy)
        template = django(_is_rendered=False, _container=[b""])
        for kind, result, want in (
            ("django", streaming, lazy),
            ("django", template, template),
            ("flask", flask(lazy), lazy),
            ("flask", lazy, lazy),
            ("pyramid", webob(lazy), lazy),
            ("pyramid", lazy, lazy),
            ("bottle", {"a": lazy}, None),
        ):
            request = Request(kind)
            role = "callback" if kind == "bottle" else "view"
            request.run(role, result)
            request.run("plugin" if kind == "bottle" else "tween", result)  # it is passed on
            told = request.told()
            self.assertEqual(len(told), 1, kind)
            self.assertTrue(told[0][2] is (result if want is None else want), kind)

    def test_flask(self) -> None:
        self.assertEqual(self.one("flask", "view", "é"), ["é".encode()])
        self.assertEqual(self.one("flask", "view", ("text", 404)), [b"text"])
        self.assertEqual(self.one("flask", "view", flask(["a", b"b"])), [b"a", b"b"])
        self.assertEqual(self.one("flask", "before_request", None), [])
        self.assertEqual(self.one("flask", "teardown_request of site", "ignored"), [])
        self.assertEqual(self.one("flask", "view", "\ud800"), ["\ud800"])

    def test_a_response_that_an_exception_of_werkzeugs_carries(self) -> None:
        class HTTPException(Exception):
            def __init__(self, response: Any = None) -> None:
                self.response = response

        module = SimpleNamespace(HTTPException=HTTPException)
        with mock.patch.dict(sys.modules, {"werkzeug.exceptions": module}):
            for error, made in (
                (HTTPException(flask([b"made here"])), [b"made here"]),
                (HTTPException(), None),
                (HTTPException("an application"), None),
                (KeyError("no response"), None),
            ):
                self.assertIs(contents.is_response("flask", error), made is not None, error)
                if made is not None:
                    self.assertEqual(self.one("flask", "view", error), made)
        answer = {"a": 1}
        self.assertIs(self.one("flask", "view", answer)[0], answer)

    def test_falcon(self) -> None:
        def told(**attributes: Any) -> list[Any]:
            response = Response(
                **{"text": None, "_data": None, "_media": None, "stream": None, **attributes}
            )
            return self.one("falcon", "responder", None, (response, None))

        self.assertEqual(told(text="text", _data=b"data"), [b"text"])
        self.assertEqual(told(_data=b"data", _media={}), [b"data"])
        self.assertEqual(told(_media={"a": 1}), [{"a": 1}])
        self.assertEqual(told(), [])

    def test_bottle(self) -> None:
        self.assertEqual(self.one("bottle", "callback", "text"), [b"text"])
        self.assertEqual(self.one("bottle", "callback", ["a", "b"]), [b"a", b"b"])
        self.assertEqual(self.one("bottle", "after_request", "ignored"), [])

    def test_what_is_long_is_not_looked_into(self) -> None:
        text = "x" * (2 << 20)
        self.assertIs(self.one("flask", "view", text)[0], text)
        blocks = [b"x"] * 1000
        self.assertIs(self.one("flask", "view", flask(blocks))[0], blocks)


class TestLayers(unittest.TestCase):
    def test_only_what_a_layer_changed_is_told(self) -> None:
        request = Request("django")
        response = django(_container=[b"page"])
        outer = request.enter("middleware")
        inner = request.enter("middleware", outer)
        view = request.run("view", response, inner)
        self.assertEqual(request.told(), [(GAVE, view.index, b"page")])
        contents.gave(inner, response, 0)
        self.assertEqual(request.told(), [])
        response._container = [b"PAGE"]
        contents.gave(outer, response, 0)
        self.assertEqual(request.told(), [(GAVE, outer.index, b"PAGE")])

    def test_equal_bytes_are_not_told_again(self) -> None:
        request = Request("flask")
        request.run("view", "page")
        request.told()
        after = request.enter("after_request")
        contents.got(after, flask([b"".join([b"pa", b"ge"])]))
        self.assertEqual(request.told(), [])
        contents.gave(after, flask([b"page", b"!"]), 0)
        self.assertEqual(request.told(), [(GAVE, after.index, b"page"), (GAVE, after.index, b"!")])

    def test_what_the_framework_made_in_between_is_told_of_who_got_it(self) -> None:
        request = Request("flask")
        request.run("view", {"a": 1})
        request.told()
        after, last = request.enter("after_request"), flask([b'{"a":1}'])
        contents.got(after, last)
        contents.gave(after, last, 0)
        self.assertEqual(request.told(), [(GIVEN, after.index, b'{"a":1}')])
        contents.got(request.enter("after_request"), last)
        self.assertEqual(request.told(), [])

    def test_what_a_layer_got_those_within_it_have_got(self) -> None:
        request = Request("flask")
        page, response = (b"page",), flask([b"page"])
        request.record.contents = {request.application.index: page}
        outer = request.enter("after_request")
        contents.has_got(outer, page)
        contents.has_got(request.enter("after_request", outer), page)
        request.run("after_request", response, outer)
        contents.gave(outer, response, 0)
        self.assertEqual(request.told(), [])

    def test_two_applications_share_nothing(self) -> None:
        request = Request("flask")
        request.run("view", "page")
        request.told()
        request.application = SimpleNamespace(index=9)
        request.index = 9
        second = request.run("view", "page")
        self.assertEqual(request.told(), [(GAVE, second.index, b"page")])

    def test_a_full_record_is_left_alone(self) -> None:
        request = Request("flask")
        request.record.full = True
        request.run("view", "page")
        self.assertEqual(request.told(), [])


if __name__ == "__main__":
    unittest.main()
