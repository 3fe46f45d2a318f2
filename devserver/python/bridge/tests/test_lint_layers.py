"""What is found of a framework's layer is told of that, and not of the stage that it lies in."""

from __future__ import annotations

import unittest

from _snifter.stages.checking import lint_environ
from _snifter.stages.frameworks import layers
from _snifter.stages.recording.environ import fresh

from .linked import LinkedTest
from .test_handed import hands_on, iterates
from .tracing import environ


def closes(environ):
    environ["wsgi.input"].close()
    environ["wsgi.errors"].close()


def seeks(environ):
    environ["wsgi.input"].seek(0)


def writes(environ):
    environ["wsgi.errors"].write(b"text")


def sets(environ):
    environ["CONTENT_LENGTH"] = 7


def removes(environ):
    del environ["SERVER_NAME"]


def keeps(environ):
    environ.update(CSRF_COOKIE_USED=True, HTTP_X_KEPT="kept")


_RULES = {
    closes: ["input-method", "errors-method"],
    seeks: ["input-method"],
    writes: ["errors-not-text"],
    sets: ["environ-not-text"],
    removes: ["environ-missing"],
    keeps: [],
}


def answers(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"text"]


def calls(*hooks):
    """An application that calls layers, each of which goes on to the next where that is said."""

    def application(environ, start_response):
        for hook in hooks:
            try:
                hook(environ)
            except (AttributeError, TypeError):
                pass  # as a framework answers what rises in a layer
        return answers(environ, start_response)

    return hands_on(application)


def layer(do, app=None):
    """A layer that does this, and may have another application answer."""

    def hook(environ):
        do(environ)
        return app and app(environ, lambda *args: None)

    layers.function(hook, "flask", "before_request")
    return hook


def passes(environ):
    pass


class LayersTest(LinkedTest):
    def test_whoever_does_it_is_blamed(self):
        for do, rules in _RULES.items():
            with self.subTest(do.__name__):
                for place in range(3):
                    hooks = [passes] * 3
                    hooks[place] = do
                    found, _ = self.found(calls(*map(layer, hooks)))
                    self.assertEqual(found, [(3 + place, rule) for rule in rules])

    def test_what_an_application_within_is_given(self):
        for do in sets, removes, keeps:
            with self.subTest(do.__name__):
                found, _ = self.found(calls(layer(passes), layer(do, hands_on(answers))))
                rules = _RULES[do] or ["environ-not-text"]
                self.assertEqual(found, [(4, rule) for rule in rules])

    def test_what_a_layer_does_with_the_body_of_an_application_within(self):
        def takes(app, closes, more):
            def view(environ):
                body = app(environ, lambda *args: None)
                blocks = [next(body)]
                for _ in range(closes):
                    body.close()
                for _ in range(more):
                    next(body, None)
                return blocks

            layers.function(view, "flask", "view")
            return calls(layer(passes), view)

        for closes, more, rules in (
            (0, 0, ["close-not-called"]),
            (1, 0, []),
            (2, 0, ["close-twice"]),
            (1, 1, ["body-after-close", "blocks-held-back"]),
            (0, 1, ["blocks-held-back", "close-not-called"]),
        ):
            for within in iterates(b"one", b"two"), hands_on(iterates(b"one", b"two")):
                with self.subTest(closes=closes, more=more):
                    found, _ = self.found(takes(within, closes, more))
                    self.assertEqual(found, [(4, rule) for rule in rules])

    def test_who_has_got_a_body_from_a_layer(self):
        """What is done with it then is no affair of the layer, but where nobody closes it."""

        def view(environ):
            return iterates(b"one", b"two")(environ, lambda *args: None)

        def closes(times):
            def application(environ, start_response):
                body = view(environ)
                for _ in range(times):
                    body.close()
                return answers(environ, start_response)

            return hands_on(application)

        layers.function(view, "flask", "view")
        for times, found in enumerate(([(3, "close-not-called")], [], [(2, "close-twice")])):
            self.assertEqual(self.found(closes(times))[0], found)

    def test_what_was_not_right_before(self):
        """Django and Bottle have another PATH_INFO than the server, which layers go on with."""
        before = environ(PATH_INFO="/\u2603/a", SERVER_PORT=80)
        after = {**before, "PATH_INFO": "/\u2603", "SERVER_PORT": 8080}
        for key in "PATH_INFO", "SERVER_PORT":
            changed = {**before, key: after[key]}
            self.assertEqual([*lint_environ.broken(before, changed, *fresh(before, changed))], [])
        right = environ()
        found = lint_environ.broken(right, after, *fresh(right, after))
        self.assertEqual({rule for rule, _ in found}, {"environ-not-text"})


if __name__ == "__main__":
    unittest.main()
