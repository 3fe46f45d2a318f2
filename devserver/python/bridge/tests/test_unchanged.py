"""Whether a framework's response is as it was when it was read last."""

from __future__ import annotations

import unittest
from types import SimpleNamespace
from typing import Any
from unittest import mock

from _snifter.stages.frameworks import unchanged

HEAD = ("200 OK", [("Content-Type", "text/html")])
BLOCK = b"page"


class Odd:
    """What must not be asked whether it is equal."""

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("it was asked")

    __hash__ = object.__hash__


def of_django() -> Any:
    store = {"content-type": ("Content-Type", "text/html"), "x-odd": ("X-Odd", Odd())}
    return SimpleNamespace(
        status_code=200,
        _reason_phrase=None,
        headers=SimpleNamespace(_store=store),
        cookies={},
        _container=[BLOCK],
    )


def of_werkzeug() -> Any:
    fields = SimpleNamespace(_list=[("Content-Type", "text/html"), ("X-Odd", Odd())])
    return SimpleNamespace(_status="200 OK", headers=fields, response=[BLOCK])


def of_webob() -> Any:
    fields = [("Content-Type", "text/html"), ("X-Odd", Odd())]
    return SimpleNamespace(_status="200 OK", _headerlist=fields, _app_iter=[BLOCK])


MADE = {"django": of_django, "flask": of_werkzeug, "pyramid": of_webob}
#: What may become of each, by what that is.
CHANGES = {
    "django": {
        "another status": lambda r: vars(r).update(status_code=404),
        "another reason": lambda r: vars(r).update(_reason_phrase="Fine"),
        "a header more": lambda r: r.headers._store.update({"x-a": ("X-A", "1")}),
        "another value": lambda r: r.headers._store.update({"x-odd": ("X-Odd", Odd())}),
        "a header less": lambda r: r.headers._store.popitem(),
        "another in its place": lambda r: (
            r.headers._store.popitem(),
            r.headers._store.update({"x-a": ("X-A", "1")}),
        ),
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
        "a header more": lambda r: r.headers._list.append(("X-A", "1")),
        "another value": lambda r: r.headers._list.__setitem__(1, ("X-Odd", Odd())),
        "a header less": lambda r: r.headers._list.pop(),
        "other headers": lambda r: vars(r).update(headers=of_werkzeug().headers),
        "another body": lambda r: vars(r).update(response=[BLOCK]),
        "another block": lambda r: r.response.__setitem__(0, b"other"),
        "a block more": lambda r: r.response.append(b"more"),
    },
    "pyramid": {
        "another status": lambda r: vars(r).update(_status="404 Not Found"),
        "a header more": lambda r: r._headerlist.append(("X-A", "1")),
        "another value": lambda r: r._headerlist.__setitem__(1, ("X-Odd", Odd())),
        "other headers": lambda r: vars(r).update(_headerlist=[("X-A", "1"), ("X-B", "2")]),
        "another body": lambda r: vars(r).update(_app_iter=[BLOCK]),
        "another block": lambda r: r._app_iter.__setitem__(0, b"other"),
        "a block less": lambda r: r._app_iter.pop(),
        "no headers": lambda r: vars(r).pop("_headerlist"),
    },
}


class UnchangedTest(unittest.TestCase):
    def test_what_is_left_alone(self) -> None:
        for kind, make in MADE.items():
            with self.subTest(kind):
                response = make()
                kept: Any = unchanged.keep(kind, response, HEAD, (BLOCK,))
                self.assertIs(kept.response, response)
                self.assertEqual((kept.head, kept.content), (HEAD, (BLOCK,)))
                self.assertTrue(kept.is_same())

    def test_what_is_changed(self) -> None:
        for kind, changes in CHANGES.items():
            for what, change in changes.items():
                with self.subTest(kind=kind, what=what):
                    response = MADE[kind]()
                    kept: Any = unchanged.keep(kind, response, HEAD, (BLOCK,))
                    change(response)
                    self.assertFalse(kept.is_same())

    def test_what_can_not_be_told(self) -> None:
        cookie, streamed, slotted = of_django(), of_django(), object()
        cookie.cookies["session"] = object()
        del streamed._container
        for kind, response, head, content in (
            ("django", cookie, HEAD, (BLOCK,)),
            ("django", streamed, HEAD, (BLOCK,)),
            ("flask", slotted, HEAD, (BLOCK,)),
            ("flask", of_werkzeug(), None, (BLOCK,)),
            ("flask", of_werkzeug(), HEAD, [of_werkzeug()]),
            ("flask", of_werkzeug(), HEAD, (BLOCK, BLOCK)),
            ("pyramid", of_webob(), HEAD, (b"not its own",)),
            ("falcon", of_webob(), HEAD, (BLOCK,)),
        ):
            with self.subTest(kind=kind, head=head, content=content):
                self.assertIsNone(unchanged.keep(kind, response, head, content))

    def test_what_is_set_as_an_attribute(self) -> None:
        """Often enough that the interpreter has found a shorter way to do so."""

        class Page:
            def __init__(self) -> None:
                vars(self).update(vars(of_django()))

        for n in range(100):
            page: Any = Page()
            page.status_code = 200
            kept: Any = unchanged.keep("django", page, HEAD, (BLOCK,))
            self.assertTrue(kept.is_same())
            page.status_code = 300 + n
            self.assertFalse(kept.is_same())


class NumberlessTest(UnchangedTest):
    """The same where dicts have no numbers."""

    def setUp(self) -> None:
        patch = mock.patch.dict(unchanged._KINDS, django=unchanged._OfDjango)
        patch.start()
        self.addCleanup(patch.stop)


if __name__ == "__main__":
    unittest.main()
