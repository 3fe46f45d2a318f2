"""What a stage does with the body of one within it comes to the same, though that is relayed."""

from __future__ import annotations

import collections
import copy
import inspect
import operator
import pickle
import unittest
import weakref
from marshal import loads

from _snifter.body import EMPTY
from _snifter.exchange import Exchange
from _snifter.stages.running import calls

from . import cost, tracing


class Body:
    """As a framework's response, which is its own body."""

    kind = "body"

    def __init__(self, blocks=(b"one", b"two")):
        self.blocks = list(blocks)
        self.headers = {}
        self.closed = False

    def __iter__(self):
        return iter(self.blocks)

    def __getitem__(self, key):
        return self.headers[key]

    def __setitem__(self, key, value):
        self.headers[key] = value

    def __delitem__(self, key):
        del self.headers[key]

    def __contains__(self, key):
        return key in self.headers

    def __bool__(self):
        return self.kind == "body"

    def __eq__(self, other):
        return isinstance(other, Body) and other.blocks == self.blocks

    __hash__ = None

    def __lt__(self, other):
        return self.blocks < other.blocks

    def __iadd__(self, block):
        self.blocks.append(block)
        return self

    def __add__(self, other):
        return self.blocks + other

    def __radd__(self, other):
        return other + self.blocks

    def __call__(self, *args, **kwargs):
        return args, kwargs

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def __str__(self):
        return "a body"

    def __bytes__(self):
        return b"".join(self.blocks)

    @property
    def status(self):
        return self._status

    @status.setter
    def status(self, status):
        self._status = status

    def close(self):
        self.closed = True


class Slotted:
    __slots__ = ("only",)

    def __iter__(self):
        return iter([b"one"])


class Fixed(Slotted):
    """It says of what is set that it can't be."""

    def __setattr__(self, name, value):
        raise TypeError(f"no {name}")


class Begins:
    """An iterator that begins anew where it is asked for one."""

    begun = 0

    def __iter__(self):
        self.left, self.begun = 2, self.begun + 1
        return self

    def __next__(self):
        self.left -= 1
        if self.left < 0:
            raise StopIteration
        return b"left %d" % self.left


class Steps:
    """Its iterator is a generator, or another object with methods of its own."""

    def __init__(self, made=None):
        self.made = made

    def __iter__(self):
        return iter(self.made) if self.made else self.steps()

    def steps(self):
        try:
            sent = yield b"one"
            yield sent or b"two"
        finally:
            self.ended = True


class Bare:
    """What it has for operators are no functions of a body."""

    def __iter__(self):
        return iter([b"one"])

    @staticmethod
    def __contains__(block):
        return block == b"one"

    @classmethod
    def __bool__(cls):
        return cls is Bare

    __getitem__ = type("Callable", (), {"__call__": lambda self, index: index})()
    __add__ = operator.neg


class Several(list):
    """A body that is a list, with a close()."""

    def close(self):
        self.clear()


class Yields:
    def __call__(self, environ, start_response):
        yield b"one"


def setting(body):
    body.kind = "changed"
    body.status = "200 OK"
    body.blocks = [*body.blocks, b"three"]
    del body.headers
    return body.kind, body._status, vars(body), hasattr(body, "headers"), list(body)


def closing(body):
    """A close() that is set is what closes it."""
    closed = []
    body.close = lambda: closed.append(True)
    body.close()
    return closed, body.closed


def keys(body):
    body["A"], body["B"] = 1, 2
    del body["B"]
    return body["A"], "A" in body, "B" in body, body.headers


def compared(body):
    other = Body()
    return body == other, other == body, body != other, body == body, body < other, bool(body)  # noqa: PLR0124


def added(body):
    before = body
    body += b"three"
    return body is before, body + [b"x"], [b"x"] + body, body.blocks


def within(body):
    with body as entered:
        return entered is body, list(entered)


def asked(body):
    return str(body), f"{body}", bytes(body), body(1, a=2), callable(body), isinstance(body, Body)


def copied(body):
    made = copy.copy(body), copy.deepcopy(body), pickle.loads(pickle.dumps(body))
    return [type(each) is Body and each.blocks for each in made]


def failing(body):
    found = []
    for fails in (
        lambda: hash(body),
        lambda: body["none"],
        lambda: body @ body,
        lambda: body - 1,
        lambda: delattr(body, "none"),
        lambda: body > 1,
    ):
        try:
            fails()
        except Exception as error:
            found.append((type(error), str(error)))
    return found


def slots(body):
    found = []
    for name in "only", "other":
        try:
            setattr(body, name, 1)
            found.append(getattr(body, name))
        except Exception as error:
            found.append((type(error), str(error)))
    return found


def begun(body):
    first = [*body]
    iterator = iter(body)
    return first, iterator is body, [*iterator], body.begun


def stepped(body):
    steps = iter(body)
    found = next(steps), steps.send(b"sent"), inspect.getgeneratorstate(steps)
    name = steps.gi_code.co_name
    steps.close()
    return found, name, [*steps], inspect.isgenerator(steps), iter(steps) is steps, body.ended


def asked_of_steps(body):
    steps = iter(iter(body))
    found = next(steps), steps.left, isinstance(steps, Begins), steps.begun, type(steps).__name__
    steps.left = 3
    return found, next(steps), steps.left


def kept(body):
    """As a stage that has made one finds it again."""
    hashed = hash(body) in map(hash, KEPT)
    found = body in KEPT, body in [*KEPT], [each == body for each in KEPT], hashed
    return (*found, body == object(), body != body, KEPT.discard(body), len(KEPT))  # noqa: PLR0124


def listed(body):
    others = [b"zero"] + body, body + [b"three"], body * 2, 2 * body, [*body], body[::-1]
    others[0].extend(body)
    body += [b"four"]
    found = body == [b"one", b"two", b"four"], body > [], b"one" in body, str(body), len(body)
    return others, found


def asked_by_its_class(body):
    return bool(body), [*body], repr(body)[:10]


KEPT = weakref.WeakSet()


OF_BODIES = setting, closing, keys, compared, added, within, asked, copied, failing


class LikenessTest(unittest.TestCase):
    def compare(self, make, use, app=None):
        """By itself, traced, and recorded while it is served, twice: the stages are known then."""
        found = []

        def view(environ, start_response):
            start_response("200 OK", [])
            return make()

        def outer(environ, start_response):
            try:
                found.append(use((app or view)(environ, start_response)))
            except Exception as error:
                found.append(repr(error))
            start_response("200 OK", [])
            return []

        tracing.ask(outer)
        with tracing.traced():
            tracing.ask(outer)
        link = cost.traced(outer)
        for number in (1, 2):
            exchange = link.open[number] = Exchange(link, number, loads(cost._SENT), EMPTY)
            exchange.run()
        calls.stop()
        link.close()
        self.assertEqual(found, found[:1] * 4)
        return found[0]

    def test_what_is_done_with_it(self):
        for use in OF_BODIES:
            with self.subTest(use.__name__):
                self.compare(Body, use)

    def test_what_allows_less(self):
        self.compare(Slotted, slots)
        self.compare(Fixed, slots)
        self.compare(lambda: map(bytes, [b"one"]), slots)
        self.compare(lambda: {b"one"}, lambda body: (b"one" in body, body | {b"two"}, len(body)))
        self.compare(lambda: {b"one": 1}, lambda body: (body[b"one"], [*body], body == {b"one": 1}))

    def test_that_of_a_generator(self):
        def make():
            yield b"one"

        def use(body):
            return slots(body), operator.length_hint(body, 7), inspect.isgenerator(body)

        self.compare(make, use)

    def test_that_of_a_list(self):
        self.compare(lambda: Several([b"one", b"two"]), listed)
        pair = collections.namedtuple("Pair", "one two")
        self.compare(lambda: pair(b"1", b"2"), lambda body: ((b"0",) + body, body.one, body[1:]))

    def test_that_is_no_function(self):
        self.compare(Bare, lambda body: (b"one" in body, bool(body), body[2], body + 3))

    def test_that_of_a_proxy(self):
        """What it stands for has not all that its class has."""
        steps = Steps((b"one",))
        self.compare(lambda: weakref.proxy(steps), asked_by_its_class)

    def test_that_it_is_the_same(self):
        def keeping(make):
            made = make()
            KEPT.add(made)
            return made

        def steps():
            yield b"one"

        def another():
            yield b"one"
            return 1

        for make in Steps, Begins, steps, another:
            with self.subTest(make.__name__):
                self.compare(lambda make=make: keeping(make), kept)

    def test_that_of_an_iterator_which_begins_anew(self):
        self.compare(Begins, begun)

    def test_that_of_what_gives_its_blocks(self):
        self.compare(Steps, stepped)
        self.compare(lambda: Steps(Begins()), asked_of_steps)

    def test_the_name_of_what_a_hooked_function_makes(self):
        found = self.compare(None, lambda body: (body.__name__, body.__qualname__), Yields())
        self.assertEqual(found, ("__call__", "Yields.__call__"))


if __name__ == "__main__":
    unittest.main()
