"""Whose doing a change of the environ is that comes while bodies go on."""

from __future__ import annotations

import itertools
import unittest

from _snifter import frames
from _snifter.stages.events import ENVIRON_CHANGED
from _snifter.stages.running import asked

from .linked import LinkedTest, run, told
from .stepping import with_own

TEXT = [("Content-Type", "text/plain")]


class Body:
    def __init__(self, blocks):
        self.given = blocks
        self.blocks = iter(blocks)

    def __iter__(self):
        return self

    def __next__(self):
        return next(self.blocks)

    def close(self):
        getattr(self.given, "close", lambda: None)()


class Iterable:
    def __iter__(self):
        return iter((b"one", b"two"))


class Setting(Body):
    """Sets a key at each of its steps."""

    def __init__(self, blocks, environ, key):
        super().__init__(blocks)
        self.environ, self.key = environ, key

    def __next__(self):
        try:
            block = next(self.blocks)
        except StopIteration:
            self.environ[self.key] = "at its end"
            raise
        self.environ[self.key] = self.environ.get(self.key, 0) + 1
        return block


class Closing(Setting):
    """Sets a key as it is closed."""

    def __next__(self):
        return next(self.blocks)

    def close(self):
        self.environ[self.key] = "closed"
        super().close()


def at_list(environ, start_response):
    start_response("200 OK", TEXT[:])
    return [b"one", b"two"]


def at_generator(environ, start_response):
    start_response("200 OK", TEXT[:])
    yield b"one"
    yield b"two"


def at_body(environ, start_response):
    start_response("200 OK", TEXT[:])
    return Body([b"one", b"two"])


def at_iterable(environ, start_response):
    start_response("200 OK", TEXT[:])
    return Iterable()


LEAVES = [at_list, at_generator, at_body, at_iterable]


def relays(app, key):
    def relay(environ, start_response):
        body = app(environ, start_response)
        try:
            yield from body
        finally:
            getattr(body, "close", lambda: None)()

    return relay


def passes(app, key):
    def passing(environ, start_response):
        return app(environ, start_response)

    return passing


def wraps(app, key):
    def wrapping(environ, start_response):
        return Body(app(environ, start_response))

    return wrapping


def copies(app, key):
    def copying(environ, start_response):
        return app(dict(environ), start_response)

    return copying


def sets_as_it_begins(app, key):
    def setting(environ, start_response):
        def begin(status, headers, exc_info=None):
            environ[key] = status
            return start_response(status, headers)

        return app(environ, begin)

    return setting


def sets_before_blocks(app, key):
    def setting(environ, start_response):
        body = app(environ, start_response)
        environ[key] = 1
        yield from body
        getattr(body, "close", lambda: None)()

    return setting


def sets_between_blocks(app, key):
    def setting(environ, start_response):
        body = app(environ, start_response)
        for block in body:
            environ[key] = environ.get(key, 0) + 1
            yield block
        getattr(body, "close", lambda: None)()

    return setting


def sets_behind_blocks(app, key):
    def setting(environ, start_response):
        body = app(environ, start_response)
        yield from body
        environ[key] = 1
        getattr(body, "close", lambda: None)()

    return setting


def sets_at_the_very_end(app, key):
    def setting(environ, start_response):
        body = app(environ, start_response)
        try:
            yield from body
        finally:
            getattr(body, "close", lambda: None)()
            environ[key] = 1

    return setting


def sets_in_a_function_within(app, key):
    def setting(environ, start_response):
        body = app(environ, start_response)

        def blocks():
            for block in body:
                yield block
                environ[key] = environ.get(key, 0) + 1
            getattr(body, "close", lambda: None)()

        return blocks()

    return setting


def sets_and_joins(app, key):
    def setting(environ, start_response):
        body = app(environ, start_response)
        environ[key] = 1
        joined = b"".join(body)
        getattr(body, "close", lambda: None)()
        return [joined]

    return setting


def joins_and_sets(app, key):
    def setting(environ, start_response):
        body = app(environ, start_response)
        joined = b"".join(body)
        environ[key] = 1
        getattr(body, "close", lambda: None)()
        return [joined]

    return setting


def sets_and_passes(app, key):
    def setting(environ, start_response):
        body = app(environ, start_response)
        environ[key] = 1
        return body

    return setting


def sets_in_steps(app, key):
    def setting(environ, start_response):
        return Setting(app(environ, start_response), environ, key)

    return setting


def sets_in_close(app, key):
    def setting(environ, start_response):
        return Closing(app(environ, start_response), environ, key)

    return setting


PLAIN = [passes, relays, wraps, copies]
SETTERS = [make for name, make in globals().items() if name.partition("_")[0] in ("sets", "joins")]


class WhoseTest(LinkedTest):
    def changes(self, app):
        """The passes that have changed each key, of a second request."""
        link = self.link(app)
        for number in (1, 2):
            link.out.clear()
            run(link, number)
        events = [event for _, told_of in told(link, frames.STAGE_EVENTS) for event in told_of]
        link.close()
        found = {}
        for kind, index, _, *more in with_own(events):
            if kind == ENVIRON_CHANGED:
                for key in {**more[0], **more[1]}:
                    found.setdefault(key, set()).add(index)
        return found

    def check(self, leaf, *makes):
        """The makers of stages, from the innermost on."""
        app, wanted = leaf, {}
        for depth, make in enumerate(makes):
            app = make(app, f"set.{depth}")
            if make in SETTERS:
                wanted[f"set.{depth}"] = {len(makes) - depth}
        with self.subTest([make.__name__ for make in (leaf, *makes)]):
            found = self.changes(app)
            self.assertEqual({key: found.get(key) for key in wanted}, wanted)

    def test_of_the_outermost(self):
        leaves = itertools.cycle(LEAVES)
        for make, within in itertools.product(SETTERS, PLAIN):
            self.check(next(leaves), within, make)

    def test_of_one_within(self):
        leaves = itertools.cycle(LEAVES)
        for make, around in itertools.product(SETTERS, PLAIN):
            self.check(next(leaves), relays, passes, make, around)

    def test_of_two(self):
        leaves = itertools.cycle(LEAVES)
        for make, around in zip(SETTERS, SETTERS[3:] + SETTERS[:3]):
            self.check(next(leaves), make, relays, around)

    def test_only_where_a_stage_asks(self):
        """That costs: none of these has to do with an environ once another stage has returned."""
        link = self.link(relays(wraps(passes(at_generator, ""), ""), ""))
        run(link)
        self.assertEqual(asked.between, [])
        link = self.link(sets_and_passes(at_list, "set"))
        run(link)
        self.assertEqual(asked.between, [True])


if __name__ == "__main__":
    unittest.main()
