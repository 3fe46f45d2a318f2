"""What is known of a response that may have no content: as a rule it has none, and nobody is looked
at."""

from __future__ import annotations

import unittest

from .linked import LinkedTest

_PLAIN = ("Content-Type", "text/plain")
_TAG = ("ETag", '"a"')
_ALLOWED, _TYPED = "body-not-allowed", "content-type-unexpected"


class Body:
    """One that is no generator."""

    def __init__(self, blocks):
        self.left = [*blocks]

    def __iter__(self):
        return self

    def __next__(self):
        if not self.left:
            raise StopIteration
        return self.left.pop(0)

    def close(self):
        pass


def generated(blocks):
    return (block for block in blocks)


def answers(make, *blocks, status="304 Not Modified", headers=(_TAG,)):
    def application(environ, start_response):
        start_response(status, [*headers])
        return make(blocks)

    return application


def lazily(*blocks):
    def application(environ, start_response):
        start_response("304 Not Modified", [_TAG])
        yield from blocks

    return application


def passing(app):
    def middleware(environ, start_response):
        return app(environ, start_response)

    return middleware


def adding(app, header=("X-Seen", "1")):
    def middleware(environ, start_response):
        def begin(status, headers, exc_info=None):
            return start_response(status, [*headers, header])

        return app(environ, begin)

    return middleware


def changing(app, status):
    def middleware(environ, start_response):
        def begin(_, headers, exc_info=None):
            return start_response(status, headers)

        return app(environ, begin)

    return middleware


def relaying(app):
    def middleware(environ, start_response):
        body = app(environ, start_response)
        try:
            yield from body
        finally:
            if hasattr(body, "close"):
                body.close()

    return middleware


class NothingTest(LinkedTest):
    def test_nobody_is_looked_at(self):
        for make in list, tuple, Body, generated:
            for blocks in (), (b"",):
                for around in passing, adding, relaying:
                    with self.subTest(make.__name__, blocks=blocks, around=around.__name__):
                        app = answers(make, *blocks)
                        self.assertEqual(self.found(passing(around(passing(app)))), ([], 0))
        for blocks in (), (b"",):
            self.assertEqual(self.found(passing(passing(lazily(*blocks)))), ([], 0))

    def test_it_has_a_type(self):
        app = answers(list, headers=(_PLAIN, _TAG))
        self.assertEqual(self.found(passing(adding(passing(app)))), ([(4, _TYPED)], 0))
        app = adding(answers(list), _PLAIN)
        self.assertEqual(self.found(passing(passing(app))), ([(3, _TYPED)], 0))

    def test_it_has_content(self):
        """Whoever has given it is told so."""
        for make in list, tuple, Body, generated:
            for blocks in (b"one",), (b"", b"one"), (b"one", b"", b"two"):
                for around in passing, adding, relaying:
                    with self.subTest(make.__name__, blocks=blocks, around=around.__name__):
                        app = answers(make, *blocks)
                        found, _ = self.found(passing(around(passing(app))))
                        self.assertEqual(found, [(4, _ALLOWED)])
        for blocks in (b"one",), (b"", b"one"):
            found, _ = self.found(passing(passing(lazily(*blocks))))
            self.assertEqual(found, [(3, _ALLOWED)])

    def test_it_may_have_content_after_all(self):
        """As the status says that a stage around has given."""
        app = answers(list, headers=(_PLAIN, ("Content-Length", "0")))
        found, _ = self.found(passing(changing(app, "200 OK")))
        self.assertEqual(found, [(3, _TYPED)])
        app = answers(list, b"one", headers=(_PLAIN, ("Content-Length", "4")))
        found, _ = self.found(passing(changing(app, "200 OK")))
        self.assertEqual(found, [(3, _TYPED), (2, "content-length-short"), (3, _ALLOWED)])

    def test_it_may_not_as_a_stage_around_has_said(self):
        app = answers(list, b"one", status="200 OK", headers=(_PLAIN,))
        found, _ = self.found(passing(passing(changing(app, "204 No Content"))))
        self.assertEqual(found, [(3, _TYPED), (3, _ALLOWED)])

    def test_its_length_is_what_another_has(self):
        """As that of what was not modified."""
        for make in list, generated:
            app = answers(make, headers=(_TAG, ("Content-Length", "5")))
            self.assertEqual(self.found(passing(passing(app))), ([], 0))
            app = adding(answers(make), ("Content-Length", "5"))
            self.assertEqual(self.found(passing(passing(app)))[0], [])


if __name__ == "__main__":
    unittest.main()
