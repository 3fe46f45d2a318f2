"""What a framework's response has become since it was read last."""

from __future__ import annotations

import unittest
from types import SimpleNamespace
from typing import Any
from unittest import mock

from _snifter.stages.frameworks import unchanged
from _snifter.stages.kinds import ByClass
from _snifter.stages.recording.layered import Layered

BLOCK = b"page"
TYPE = ("Content-Type", "text/html")
MORE = ("X-A", "1")


class Odd:
    """What must not be asked whether it is equal."""

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("it was asked")

    __hash__ = object.__hash__


def of_django() -> Any:
    store = {"content-type": TYPE, "x-b": ("X-B", "2")}
    return SimpleNamespace(
        status_code=200,
        _reason_phrase=None,
        headers=SimpleNamespace(_store=store),
        cookies={},
        _container=[BLOCK],
    )


def of_werkzeug() -> Any:
    fields = SimpleNamespace(_list=[TYPE, ("X-B", "2")])
    return SimpleNamespace(_status="200 OK", headers=fields, response=[BLOCK])


def of_webob() -> Any:
    fields = [TYPE, ("X-B", "2")]
    return SimpleNamespace(_status="200 OK", _headerlist=fields, _app_iter=[BLOCK])


MADE = {"django": of_django, "flask": of_werkzeug, "pyramid": of_webob}


def headers_of(kind: str, response: Any) -> list[Any]:
    if kind == "django":
        return [*response.headers._store.values()]
    return [*(response.headers._list if kind == "flask" else response._headerlist)]


def kept_of(kind: str, response: Any) -> Any:
    head = "200 OK", headers_of(kind, response)
    return unchanged.keep(kind, response, head, (BLOCK,))


#: What may become of each, by what that is, of which no head is told.
CHANGES = {
    "django": {
        "another status": lambda r: vars(r).update(status_code=404),
        "another reason": lambda r: vars(r).update(_reason_phrase="Fine"),
        "an odd header more": lambda r: r.headers._store.update({"x-a": ("X-A", Odd())}),
        "an odd value": lambda r: r.headers._store.update({"x-b": ("X-B", Odd())}),
        "an odd header": lambda r: r.headers._store.update({"x-b": Odd()}),
        "other headers": lambda r: vars(r).update(headers=of_django().headers),
        "a cookie": lambda r: r.cookies.update(session=object()),
        "another body": lambda r: vars(r).update(_container=[BLOCK]),
        "another block": lambda r: r._container.__setitem__(0, b"other"),
        "a block more": lambda r: r._container.append(b"more"),
        "an empty body": lambda r: r._container.clear(),
        "no body": lambda r: vars(r).pop("_container"),
    },
    "flask": {
        "another status": lambda r: vars(r).update(_status="404 NOT FOUND"),
        "an odd header more": lambda r: r.headers._list.append(("X-A", Odd())),
        "an odd value": lambda r: r.headers._list.__setitem__(1, ("X-B", Odd())),
        "an odd name": lambda r: r.headers._list.__setitem__(1, (Odd(), "2")),
        "an odd header": lambda r: r.headers._list.__setitem__(1, Odd()),
        "half a header": lambda r: r.headers._list.__setitem__(1, ("X-B",)),
        "other headers": lambda r: vars(r).update(headers=of_werkzeug().headers),
        "another body": lambda r: vars(r).update(response=[BLOCK]),
        "another block": lambda r: r.response.__setitem__(0, b"other"),
        "a block more": lambda r: r.response.append(b"more"),
    },
    "pyramid": {
        "another status": lambda r: vars(r).update(_status="404 Not Found"),
        "an odd header more": lambda r: r._headerlist.append(("X-A", Odd())),
        "an odd value": lambda r: r._headerlist.__setitem__(1, ("X-B", Odd())),
        "another body": lambda r: vars(r).update(_app_iter=[BLOCK]),
        "another block": lambda r: r._app_iter.__setitem__(0, b"other"),
        "a block less": lambda r: r._app_iter.pop(),
        "no headers": lambda r: vars(r).pop("_headerlist"),
    },
}
#: And what may become of the headers, which are told.
OTHERS = {
    "django": {
        "a header more": lambda r: r.headers._store.update({"x-a": MORE}),
        "another value": lambda r: r.headers._store.update({"x-b": ("X-B", "3")}),
        "a header less": lambda r: r.headers._store.popitem(),
        "another in its place": lambda r: (
            r.headers._store.popitem(),
            r.headers._store.update({"x-a": MORE}),
        ),
    },
    "flask": {
        "a header more": lambda r: r.headers._list.append(MORE),
        "another value": lambda r: r.headers._list.__setitem__(1, ("X-B", "3")),
        "a header less": lambda r: r.headers._list.pop(),
        "one before": lambda r: r.headers._list.insert(0, MORE),
    },
    "pyramid": {
        "a header more": lambda r: r._headerlist.append(MORE),
        "another value": lambda r: r._headerlist.__setitem__(1, ("X-B", "3")),
        "other headers": lambda r: vars(r).update(_headerlist=[MORE, ("X-C", "2")]),
        "none": lambda r: r._headerlist.clear(),
    },
}


class UnchangedTest(unittest.TestCase):
    def test_what_is_left_alone(self) -> None:
        for kind, make in MADE.items():
            with self.subTest(kind):
                response = make()
                kept = kept_of(kind, response)
                self.assertIs(kept.response, response)
                head = "200 OK", headers_of(kind, response)
                self.assertEqual((kept.head, kept.content), (head, (BLOCK,)))
                self.assertIs(kept.found(), kept.head)
                self.assertEqual(kept.head, head)

    def test_what_is_changed(self) -> None:
        for kind, changes in CHANGES.items():
            for what, change in changes.items():
                with self.subTest(kind=kind, what=what):
                    response = MADE[kind]()
                    kept = kept_of(kind, response)
                    change(response)
                    self.assertIsNone(kept.found())
                    self.assertIsNone(kept.found())

    def test_other_headers(self) -> None:
        for kind, changes in OTHERS.items():
            for what, change in changes.items():
                with self.subTest(kind=kind, what=what):
                    response = MADE[kind]()
                    kept = kept_of(kind, response)
                    before = kept.head
                    change(response)
                    head = "200 OK", headers_of(kind, response)
                    self.assertEqual(kept.found(), head)
                    self.assertIs(kept.head, kept.found())
                    self.assertEqual(before[1], [TYPE, ("X-B", "2")])
                    # Where some are behind those that it had, these are told.
                    if what == "a header more":
                        self.assertIs(kept.of, before)
                        self.assertEqual(kept.more, [MORE])
                    else:
                        self.assertIsNone(kept.of)

    def test_headers_again_and_again(self) -> None:
        for kind, changes in OTHERS.items():
            with self.subTest(kind=kind):
                response = MADE[kind]()
                kept = kept_of(kind, response)
                for change in changes.values():
                    change(response)
                    self.assertEqual(kept.found(), ("200 OK", headers_of(kind, response)))

    def test_what_can_not_be_told(self) -> None:
        cookie, streamed, slotted = of_django(), of_django(), object()
        cookie.cookies["session"] = object()
        del streamed._container
        fields = [TYPE, ("X-B", "2")]
        head = "200 OK", fields
        numbers = of_werkzeug()
        numbers.headers._list[1] = ("X-B", 2)  # of which the head is told as texts
        with_store = of_django()
        with_store.headers._store = dict(zip("ab", fields))
        with_list = of_werkzeug()
        with_list.headers._list = [*fields]
        with_fields = of_webob()
        with_fields._headerlist = [*fields]
        cookie.headers = streamed.headers = with_store.headers
        for kind, response, status_and_fields, content in (
            ("django", cookie, head, (BLOCK,)),
            ("django", streamed, head, (BLOCK,)),
            ("flask", slotted, head, (BLOCK,)),
            ("flask", numbers, head, (BLOCK,)),
            ("flask", with_list, None, (BLOCK,)),
            ("flask", with_list, head, [of_werkzeug()]),
            ("flask", with_list, head, (BLOCK, BLOCK)),
            ("pyramid", with_fields, head, (b"not its own",)),
            ("falcon", with_fields, head, (BLOCK,)),
        ):
            with self.subTest(kind=kind, head=status_and_fields, content=content):
                self.assertIsNone(unchanged.keep(kind, response, status_and_fields, content))
        for kind, response in (
            ("django", with_store),
            ("flask", with_list),
            ("pyramid", with_fields),
        ):
            self.assertIsNotNone(unchanged.keep(kind, response, head, (BLOCK,)))

    def test_what_is_set_as_an_attribute(self) -> None:
        """Often enough that the interpreter has found a shorter way to do so."""

        class Page:
            def __init__(self) -> None:
                vars(self).update(vars(of_django()))

        for n in range(100):
            page: Any = Page()
            page.status_code = 200
            kept = kept_of("django", page)
            self.assertIs(kept.found(), kept.head)
            page.status_code = 300 + n
            self.assertIsNone(kept.found())


class ToldTest(unittest.TestCase):
    """How the head of what a layer has returned is told."""

    def told(self, kept: Any, last: Any, found: Any) -> tuple[Any, ...]:
        record = SimpleNamespace(events=[], kept=kept, told=last, contents=None)
        call: Any = SimpleNamespace(
            record=record,
            index=3,
            note=None,
            stage=SimpleNamespace(kind="falcon"),
            hook=SimpleNamespace(left=lambda call, result, response: (found, None)),
            seen=SimpleNamespace(number=SimpleNamespace(value=1), known=1),
            spent=0,
            inner=0,
            began=0,
        )
        recorder = Layered()
        recorder._types, recorder._type = ByClass(), lambda kind: kind.__name__
        recorder.layer_left(call, object())
        self.assertIs(record.told, found)
        [event] = record.events
        return event[6:]

    def test_one_of_another_framework(self) -> None:
        """A request may go through several, each with a response of its own."""
        response = of_werkzeug()
        kept = kept_of("flask", response)
        first = kept.head
        response.headers._list.append(MORE)
        kept.found()
        other = "404 Not Found", [("X-Other", "1")]
        self.assertEqual(self.told(kept, first, other), other)
        self.assertEqual(self.told(kept, first, kept.head), (None, [MORE]))
        self.assertEqual(self.told(kept, kept.head, kept.head), (None, ()))


class NumberlessTest(UnchangedTest):
    """The same where dicts have no numbers."""

    def setUp(self) -> None:
        patch = mock.patch.dict(unchanged._KINDS, django=unchanged._OfDjango)
        patch.start()
        self.addCleanup(patch.stop)


if __name__ == "__main__":
    unittest.main()
