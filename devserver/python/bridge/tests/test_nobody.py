"""Functions that are given an environ and a start_response, and are no applications; and
applications that only return what is no body."""

from __future__ import annotations

import collections
import unittest

from _snifter import frames
from _snifter.stages import names, tree
from _snifter.stages.events import ENTER, GIVEN

from .linked import LinkedTest, run, told
from .test_handed import hands_on, stack
from .tracing import row_names

Parts = collections.namedtuple("Parts", "status headers block")

_PLAIN = ("Content-Type", "text/plain")


def starts(environ, start_response):
    start_response("200 OK", [_PLAIN])


def gives_write(environ, start_response):
    return start_response("200 OK", [_PLAIN])


def gives_start(environ, start_response):
    def begin(status, headers):
        return start_response(status, [*headers, ("X-Begun", "1")])

    return begin


def gives_parts(environ, start_response):
    if environ is None:
        start_response("500 Failed", [_PLAIN])
    return "200 OK", [_PLAIN], b"one"


def gives_headers(environ, start_response):
    if environ is None:
        start_response("500 Failed", [_PLAIN])
    return [_PLAIN]


def gives_lines(environ, start_response):
    if environ is None:
        start_response("500 Failed", [_PLAIN])
    yield from sorted(environ)[:3]


def finds_nothing_wrong(environ, start_response):
    if environ is None:
        start_response("500 Failed", [_PLAIN])
    return []


def gives_numbers(environ, start_response):
    return [1, 2, 3]


def gives_a_pair(environ, start_response):
    return {"a": 1}, ["b"]


def gives_nothing_of_a_body(environ, start_response):
    return []


def by_its_effect(helper):
    def application(environ, start_response):
        helper(environ, start_response)
        return [b"one"]

    return application


def by_its_start(helper):
    def application(environ, start_response):
        begin = helper(environ, start_response)
        begin("200 OK", [_PLAIN])
        return [b"one"]

    return application


def by_its_parts(helper):
    def application(environ, start_response):
        status, headers, block = helper(environ, start_response)
        start_response(status, headers)
        return [block]

    return application


def by_its_headers(helper):
    def application(environ, start_response):
        start_response("200 OK", helper(environ, start_response))
        return [b"one"]

    return application


def by_its_lines(helper):
    def application(environ, start_response):
        text = "".join(helper(environ, start_response))
        start_response("200 OK", [_PLAIN])
        return [text.encode()]

    return application


def unless_it_finds(helper):
    def application(environ, start_response):
        if helper(environ, start_response):
            return []
        start_response("200 OK", [_PLAIN])
        return [b"one"]

    return application


def chosen(environ, start_response):
    return answers


def answers(environ, start_response):
    start_response("200 OK", [_PLAIN])
    return [b"one"]


def by_choice(environ, start_response):
    return chosen(environ, start_response)(environ, start_response)


def encodes(app):
    def middleware(environ, start_response):
        return [block.encode() for block in app(environ, start_response)]

    return middleware


def has_none(app):
    def middleware(environ, start_response):
        return app(environ, start_response) or []

    return middleware


def excuses(app):
    def middleware(environ, start_response):
        try:
            return list(app(environ, start_response))
        except TypeError:
            start_response("500 Failed", [_PLAIN])
            return [b"sorry"]

    return middleware


def texts(environ, start_response):
    start_response("200 OK", [_PLAIN])
    return ["one"]


def silent(environ, start_response):
    if environ is None:
        start_response("500 Failed", [_PLAIN])
    return ["one"]


def texts_by_and_by(environ, start_response):
    start_response("200 OK", [_PLAIN])
    yield "one"


def only_texts(environ, start_response):
    yield "one"


def parts(environ, start_response):
    if environ is None:
        start_response("500 Failed", [_PLAIN])
    return Parts("200 OK", [_PLAIN], b"one")


def nothing(environ, start_response):
    if environ is None:
        start_response("500 Failed", [_PLAIN])


class NobodyTest(LinkedTest):
    def assertFound(self, app, *wanted):
        self.assertEqual(self.found(app)[0], [*wanted])

    def test_what_helps_an_application_is_none(self):
        for helper, use in (
            (starts, by_its_effect),
            (gives_write, by_its_effect),
            (gives_start, by_its_start),
            (gives_parts, by_its_parts),
            (gives_headers, by_its_headers),
            (gives_lines, by_its_lines),
            (finds_nothing_wrong, unless_it_finds),
            (gives_nothing_of_a_body, unless_it_finds),
        ):
            with self.subTest(helper.__name__):
                self.assertFound(use(helper))
                self.assertFound(stack(use(helper), hands_on))
                self.assertFound(stack(use(helper), hands_on, hands_on))

    def test_what_makes_no_body_is_no_stage(self):
        for helper in gives_numbers, gives_a_pair:
            application = by_its_effect(helper)
            for urls in [], ["/"]:
                rows, _ = tree.find(application, urls)
                self.assertEqual(row_names(rows), [names.name_of(application)], helper)

    def test_what_gives_a_named_tuple_is_no_stage_of_a_request(self):
        """Though it may have answered."""
        rows, _ = tree.find(by_its_parts(parts), ["/"])
        self.assertEqual(row_names(rows), [names.name_of(by_its_parts(parts))])
        link = self.link(by_its_parts(parts))
        run(link)
        kinds = {event[0] for _, told_of in told(link, frames.STAGE_EVENTS) for event in told_of}
        self.assertTrue(kinds.isdisjoint((ENTER, GIVEN)), kinds)

    def test_what_chooses_an_application_is_none(self):
        expected = [names.name_of(each) for each in (by_choice, answers)]
        for urls in [], ["/"]:
            rows, _ = tree.find(by_choice, urls)
            self.assertEqual(row_names(rows), expected)

    def test_an_empty_body_of_an_application(self):
        """It should have called start_response, whoever else has."""
        self.assertFound(
            hands_on(gives_nothing_of_a_body), (2, "start-response-not-called")
        )

    def test_an_application_that_returns_none(self):
        self.assertFound(has_none(starts), (2, "not-iterable"))
        self.assertFound(hands_on(starts), (2, "not-iterable"))
        self.assertFound(excuses(nothing), (2, "not-iterable"))

    def test_an_application_that_returns_texts(self):
        self.assertFound(encodes(texts), (2, "block-not-bytes"))
        self.assertFound(hands_on(texts), (2, "block-not-bytes"))
        self.assertFound(hands_on(texts_by_and_by), (2, "block-not-bytes"))
        self.assertFound(
            hands_on(only_texts), (2, "block-not-bytes"), (2, "start-response-not-called")
        )
        self.assertFound(
            hands_on(silent), (2, "block-not-bytes"), (2, "start-response-not-called")
        )


if __name__ == "__main__":
    unittest.main()
