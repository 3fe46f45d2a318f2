"""What stages read of a buffer that one of them has put in the place of wsgi.input."""

from __future__ import annotations

from io import BytesIO

from _snifter import frames
from _snifter.stages.events import READ_INSTEAD
from _snifter.stages.recording.buffers import Position

from .linked import LinkedTest, run, told


def application(environ, start_response):
    environ["wsgi.input"].read(3)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["wsgi.input"].readline()]


def lazy(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield environ["wsgi.input"].read(4)
    yield environ["wsgi.input"].read()


def passing(app):
    def middleware(environ, start_response):
        return app(environ, start_response)

    return middleware


def copying(app):
    def middleware(environ, start_response):
        return app(dict(environ), start_response)

    return middleware


def reading(app):
    def middleware(environ, start_response):
        environ["wsgi.input"].read(2)
        return app(environ, start_response)

    return middleware


def going_back(app):
    def middleware(environ, start_response):
        body = app(environ, start_response)
        environ["wsgi.input"].seek(0)
        return body

    return middleware


def closing(app):
    def middleware(environ, start_response):
        body = app(environ, start_response)
        environ["wsgi.input"].close()
        return body

    return middleware


def buffering(app):
    def middleware(environ, start_response):
        environ["wsgi.input"] = BytesIO(b"name=Anna&n=1")
        return app(environ, start_response)

    return middleware


class Own(BytesIO):
    def tell(self):
        raise AssertionError


class BuffersTest(LinkedTest):
    def read(self, app):
        """How much each stage has read, and left."""
        link = self.link(app)
        for number in (1, 2):  # the first has the stages become known
            link.out.clear()
            run(link, number)
        found = {}
        for _, events in told(link, frames.STAGE_EVENTS):
            for kind, stage, _, *rest in events:
                if kind == READ_INSTEAD:
                    size, left = rest
                    found[stage] = found.get(stage, (0, 0))[0] + size, left
        return found

    def test_each_stage_tells_what_it_read(self):
        # Stage 1 is the one that puts it there.
        self.assertEqual(self.read(buffering(application)), {2: (13, 0)})
        self.assertEqual(self.read(buffering(passing(application))), {3: (13, 0)})
        self.assertEqual(self.read(buffering(reading(application))), {2: (2, 11), 3: (11, 0)})
        stages = passing(buffering(reading(passing(application))))
        self.assertEqual(self.read(stages), {3: (2, 11), 5: (11, 0)})

    def test_what_is_read_while_a_body_goes_on(self):
        stages = passing(buffering(reading(passing(lazy))))
        self.assertEqual(self.read(stages), {3: (2, 11), 5: (11, 0)})

    def test_what_is_read_of_it_in_a_copy(self):
        stages = buffering(copying(reading(application)))
        self.assertEqual(self.read(stages), {3: (2, 11), 4: (11, 0)})
        stages = copying(buffering(reading(application)))
        self.assertEqual(self.read(stages), {3: (2, 11), 4: (11, 0)})

    def test_who_goes_back_reads_nothing(self):
        self.assertEqual(self.read(buffering(going_back(application))), {3: (13, 0)})
        self.assertEqual(self.read(buffering(closing(application))), {3: (13, 0)})

    def test_what_is_in_it_is_not_copied(self):
        """It may be a large upload, which BytesIO shares with who has read it."""
        data = bytes(100_000)
        buffer = BytesIO(data)
        buffer.seek(10)
        self.assertEqual(Position(buffer).part_since(4), (6, 99_990))
        is_shared = BytesIO(data).getvalue() is data  # PyPy's may not
        self.assertEqual(buffer.getvalue() is data, is_shared)

    def test_a_class_of_its_own_is_not_asked(self):
        def owning(environ, start_response):
            environ["wsgi.input"] = Own(b"name=Anna")
            return application(environ, start_response)

        self.assertEqual(self.read(owning), {})
