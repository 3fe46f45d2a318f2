"""What is called with an environ and a start_response, or with what was made of them."""

from __future__ import annotations

import os
import unittest

from _snifter.stages.reading import acts

held = shared = os


def tells_of_a_body(environ, start_response):
    body = held.application(environ, start_response)
    os.log(held.size(body), held.kind(body))
    os.log(body, body)
    os.log(str(environ), id(start_response))
    return body


def gives_what_is_made(environ, start_response):
    return held(shared(environ, {"x": 1}), start_response)


class GivenTest(unittest.TestCase):
    def test_what_makes_the_environ_is_given_nothing_more(self):
        self.assertEqual(acts.called_names(gives_what_is_made), {"held"})

    def test_what_is_told_of_a_body_is_given_to_no_application(self):
        self.assertEqual(acts.called_names(tells_of_a_body), {"held", "application"})


if __name__ == "__main__":
    unittest.main()
