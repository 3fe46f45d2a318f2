"""Applications that are odd to be the outermost stage: `EXPECTED` says which stages each passes,
`UNSEEN` those that are seen in requests alone."""

from __future__ import annotations

import contextlib
import functools
import types

from .layered import rooted

EXPECTED, UNSEEN, root = rooted(globals())


def leaf(one, two):
    two("200 OK", [("Content-Type", "text/plain")])
    return [b"leaf"]


@root("Body")
class Body:
    """PEP 3333, "The Application/Framework Side": the class is the application."""

    def __init__(self, environ, start_response):
        self.start = start_response

    def __iter__(self):
        self.start("200 OK", [])
        yield b"body"


@root("OddBody", "leaf")
class OddBody:
    def __init__(self, e, s):
        self.e, self.s = e, s

    def __iter__(self):
        return iter(leaf(self.e, self.s))


class Inherits(Body):
    pass


class MadeBySuper(Body):
    def __init__(self, environ, start_response):
        super().__init__(environ, start_response)
        self.app = leaf

    def __iter__(self):
        self.start("200 OK", [])
        yield self.app.__name__.encode()


root("Inherits")(Inherits)
root("MadeBySuper")(MadeBySuper)


@root("makes", "MadeBySuper", "Inherits")
def makes(environ, start_response):
    begin = start_response
    MadeBySuper(environ, lambda *args: None)
    return Inherits(environ, begin)


@root("New", "leaf")
class New:
    def __new__(cls, environ, start_response):
        return leaf(environ, start_response)


class Static:
    @staticmethod
    def __call__(e, s):
        return leaf(e, s)


class Classmethod:
    @classmethod
    def __call__(cls, environ, start_response):
        return leaf(environ, start_response)


root("Static", "leaf")(Static())
root("Classmethod", "leaf")(Classmethod())


def three(following, setting, e, s):
    return following(e, s)


root("three", "leaf")(functools.partial(functools.partial(three, leaf), "setting"))


class Within(contextlib.ContextDecorator):
    def __enter__(self):
        return self

    def __exit__(self, *exc):
        return False


@root("within", "leaf")
@Within()
def within(environ, start_response):
    return leaf(environ, start_response)


@functools.singledispatch
def serve(e, s):
    raise TypeError


@serve.register(dict)
def serve_dict(e, s):
    return leaf(e, s)


root("serve_dict", "leaf")(serve)


def passing(following):
    return lambda e, s: following(e, s)  # noqa: PLW0108


class Passing:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


for _method in (
    Passing(leaf).__call__,
    functools.partial(Passing(leaf).__call__),
    functools.partial(Passing.__call__, Passing(leaf)),
    types.MethodType(Passing.__call__, Passing(leaf)),
):
    root("Passing", "leaf")(_method)


def bound(following, e, s):
    return following(e, s)


root("bound", "Passing", "leaf")(types.MethodType(bound, Passing(leaf)))


class Decorated(Passing):
    @Within()
    def __call__(self, environ, start_response):
        return leaf(environ, start_response)


root("Decorated", "leaf")(Decorated(leaf))


class ByPartialMethod:
    def serve(self, setting, environ, start_response):
        return leaf(environ, start_response)

    __call__ = functools.partialmethod(serve, "setting")


root("ByPartialMethod", "leaf")(ByPartialMethod())


class OfItsOwn:
    """A class that is an application, and has the next as an attribute."""

    following = staticmethod(functools.partial(three, leaf, "setting"))

    def __init__(self, environ, start_response):
        self.body = self.following(environ, start_response)

    def __iter__(self):
        return iter(self.body)


def around(app):
    def inner(environ, start_response):
        return app(environ, start_response)

    return inner


root("around.<locals>.inner", "Static", "leaf", name="static")(around(Static()))
root("around.<locals>.inner", "Classmethod", "leaf", name="of_class")(around(Classmethod()))
root("around.<locals>.inner", "ByPartialMethod", "leaf", name="partial")(
    around(ByPartialMethod())
)
root("around.<locals>.inner", "OfItsOwn", "three", "leaf", name="of_its_own")(around(OfItsOwn))


class Methods:
    """What is called at last is one of its methods, by a name that is made."""

    def __init__(self):
        self.found = {"GET": self.get}

    def __call__(self, environ, start_response):
        return self.found[environ["REQUEST_METHOD"]](environ, start_response)

    def get(self, e, s):
        return getattr(self, "do_" + e["REQUEST_METHOD"])(e, s)

    def do_GET(self, e, s):  # noqa: N802
        return leaf(e, s)


root("Methods", "leaf")(Methods())


class Meta(type):
    def __call__(cls, e, s):
        return cls.following(e, s)


class AnyMeta(type):
    def __call__(cls, *args):
        return cls.following(*args) if len(args) == 2 else super().__call__(*args)


class ByMeta(metaclass=Meta):
    following = staticmethod(leaf)


class ByAnyMeta(metaclass=AnyMeta):
    following = leaf


root("Meta", "leaf")(ByMeta)
root("AnyMeta", "leaf")(ByAnyMeta)


class Follows:
    def __call__(self, e, s):
        return self.following(e, s)


class OfItsClass(Follows):
    following = staticmethod(leaf)


class Serves:
    following = {"leaf": leaf}

    def serve(self, e, s):
        return self.following["leaf"](e, s)


root("OfItsClass", "leaf")(OfItsClass())
root("Serves.serve", "leaf")(Serves().serve)


def forgets(environ, start_response):
    return environ.setdefault("blocks", [b"never"])


root("Passing", "forgets")(Passing(forgets))


class Untouchable(Passing):
    """A proxy to what is not there yet fails in its own way."""

    def __getattr__(self, name):
        raise RuntimeError("asked for " + name)

    __eq__ = __hash__ = __bool__ = __len__ = __repr__ = __getattr__


root("Untouchable", "leaf")(Untouchable(leaf))


class NamedAsOthers:
    """Its attributes have names of other applications in the module."""

    def __init__(self, app):
        self.bound = self.instance = app

    def __call__(self, environ, start_response):
        return (self.bound or self.instance)(environ, start_response)


root("NamedAsOthers", "leaf")(NamedAsOthers(leaf))


class Chain:
    """Calls each with what is next; the last has no use for it."""

    def __init__(self, *stages):
        self.stages = stages

    def __call__(self, environ, start_response):
        def following(at):
            return lambda e, s: self.stages[at](e, s, following(at + 1))

        return following(0)(environ, start_response)


def first_of_chain(environ, start_response, call_next):
    return call_next(environ, start_response)


def last_of_chain(e, s, following):
    s("200 OK", [])
    return [b"last"]


class LastOfChain:
    def __call__(self, environ, start_response, next_app):
        return leaf(environ, start_response)


_FOLLOWING = "Chain.__call__.<locals>.following.<locals>.<lambda>"
root(
    *("Chain", _FOLLOWING, "first_of_chain", _FOLLOWING, "last_of_chain"),
    unseen=(_FOLLOWING, "first_of_chain"),
)(Chain(first_of_chain, last_of_chain))
root(
    *("Chain", _FOLLOWING, "first_of_chain", _FOLLOWING, "LastOfChain", "leaf"),
    unseen=(_FOLLOWING, "first_of_chain", "LastOfChain", "leaf"),
)(Chain(first_of_chain, LastOfChain()))


root(*["passing.<locals>.<lambda>"] * 3, "leaf")(passing(passing(passing(leaf))))


def asking(following):
    """Its own start_response asks the environ, and has other names, too."""

    def asks(one, two):
        def own(line, fields, failure=None):
            if one["PATH_INFO"]:
                fields = [*fields, ("X-Path", "1")]
            return two(line, fields, failure)

        return following(one, own)

    return asks


root(*["asking.<locals>.asks"] * 2, "leaf")(asking(asking(leaf)))


def fails(e, s):
    raise LookupError("on purpose")


class Catching:
    def __init__(self, following=fails):
        self.following = following

    def __call__(self, e, s):
        try:
            return self.following(e, s)
        except LookupError:
            s("500 Internal Server Error", [])
            return [b"caught"]


root("Catching", "fails", name="instance")(Catching())


@root("executes", "leaf", unseen=("leaf",))
def executes(environ, start_response):
    """What is made so is not seen."""
    module = {"following": leaf}
    exec("def made(environ, start_response): return following(environ, start_response)", module)
    return module["made"](environ, start_response)


class Patched(Methods):
    """One of its methods is a function of another name."""


def patched(self, environ, start_response):
    return Methods.get(self, environ, start_response)


Patched.get = patched
root("Patched", "leaf")(Patched())


class OfClass:
    app = Passing(leaf)

    unused = Passing(leaf)

    @staticmethod
    def health(environ, start_response):
        return leaf(environ, start_response)

    @classmethod
    def run(cls, environ, start_response):
        return cls.found()(environ, start_response)

    @classmethod
    def found(cls):
        return cls.app


class OfBase(OfClass):
    app = staticmethod(passing(leaf))


root("OfClass.run", "Passing", "leaf")(OfClass.run)
root("OfClass.run", "passing.<locals>.<lambda>", "leaf")(OfBase().run)


class Keeps:
    app = staticmethod(leaf)
    other = Passing(leaf)

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


class KeepsOthers(Keeps):
    app = staticmethod(passing(leaf))
    other = None


root("KeepsOthers", "passing.<locals>.<lambda>", "leaf")(KeepsOthers())
