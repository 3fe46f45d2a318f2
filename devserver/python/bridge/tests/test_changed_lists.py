"""Who is blamed where the list of headers is changed after start_response has taken it."""

import unittest

from . import test_relaying
from .relaying import PLAIN, Middleware, Returns, Rightly, application, lists

_LATE = "header-changed-late"


def changing(*before, late=("X-Late", "1")):
    """A middleware that changes the very list that the stage within has made, as it passes it on,
    or after that."""

    class Changes(Middleware):
        def __call__(self, environ, start_response):
            def begin(status, headers, exc_info=None):
                headers += before
                write = start_response(status, headers, exc_info)
                if late:
                    headers.append(late)
                return write

            return self.app(environ, begin)

    return Changes


Late = changing()
Both = changing(("X-Early", "1"))
Early = changing(("X-Early", "1"), late=None)


class ChangedListsTest(unittest.TestCase):
    link = test_relaying.RelayingTest.link
    findings = test_relaying.RelayingTest.findings

    def test_by_the_stage_around_as_it_passes_it_on(self):
        for app in lists, application(PLAIN):
            for stack, expected in (
                (Late(app), [(1, _LATE)]),
                (Rightly(Late(app)), [(2, _LATE)]),
                (Rightly(Late(Rightly(app))), [(2, _LATE)]),
                (Returns(Late(Returns(app))), [(2, _LATE)]),
                (Rightly(Early(Late(app))), [(3, _LATE)]),
                (Early(Rightly(Both(Early(app)))), [(3, _LATE)]),
                (Rightly(Both(Both(app))), [(2, _LATE)]),
                (Rightly(Early(Early(app))), []),
            ):
                with self.subTest(expected=expected):
                    self.assertEqual(self.findings(stack), expected)


if __name__ == "__main__":
    unittest.main()
