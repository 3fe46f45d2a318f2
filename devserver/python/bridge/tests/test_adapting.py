"""Functions of the user that a library has made applications of: the stage goes by their names."""

import inspect
import unittest

from _snifter.stages import tree

from .tracing import row_names

_SOURCE = """
    from functools import update_wrapper

    class Response:
        def __call__(self, environ, start_response):
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [b"adapted"]

    def responder(f):
        # As werkzeug.wsgi.responder does.
        return update_wrapper(lambda *a: f(*a)(*a[-2:]), f)

    def of_request(f):
        def application(*args):
            return f(*args[:-2], args[-2])(*args[-2:])
        return update_wrapper(application, f)
    """

_library: dict = {"__name__": "library"}
exec(compile(inspect.cleandoc(_SOURCE), "/x/lib/site-packages/adapting.py", "exec"), _library)
Response, responder, of_request = map(_library.get, ("Response", "responder", "of_request"))


@responder
def responds(environ, start_response):
    return Response()


@of_request
def requested(request):
    return Response()


class Responds:
    @responder
    def __call__(self, environ, start_response):
        return Response()


@responder
def begins(environ, start_response):
    """It is an application itself, as far as can be told: it looks at start_response."""
    environ["begin"] = start_response
    return Response()


class AdaptingTest(unittest.TestCase):
    def test_names_and_places(self):
        for app, name, written in (
            (responds, "responds", responds),
            (requested, "requested", requested),
            (Responds(), "Responds", Responds),
        ):
            with self.subTest(name):
                rows, _ = tree.find(app, ["/"])
                self.assertEqual(row_names(rows), [f"{__name__}.{name}", "library.Response"])
                place = inspect.unwrap(written)
                self.assertEqual(rows[0]["file"], inspect.getsourcefile(place))
                self.assertEqual(rows[0]["line"], inspect.getsourcelines(place)[1])

    def test_one_that_is_an_application_is_a_stage_of_its_own(self):
        rows, _ = tree.find(begins, ["/"])
        self.assertIn(f"{__name__}.begins", row_names(rows))
        self.assertNotEqual(row_names(rows)[0], f"{__name__}.begins")


if __name__ == "__main__":
    unittest.main()
