"""A library that puts objects of its own in the place of functions, as wrapt does, of which agents
that watch an application are made."""

from __future__ import annotations

import inspect

_SOURCE = """
    class Wrapper:
        __slots__ = ("__wrapped__", "wrapper", "instance", "__weakref__")

        def __init__(self, wrapped, wrapper, instance=None):
            self.__wrapped__, self.wrapper, self.instance = wrapped, wrapper, instance

        def __get__(self, instance, owner):
            return Wrapper(self.__wrapped__.__get__(instance, owner), self.wrapper, instance)

        def __call__(self, *args, **kwargs):
            return self.wrapper(self.__wrapped__, self.instance, args, kwargs)

    class Lazy(Wrapper):
        __slots__ = ()

        def __init__(self):
            pass

    def passes(wrapped, instance, args, kwargs):
        return wrapped(*args, **kwargs)

    def watches(wrapped, instance, args, kwargs):
        return wrapped(*args, **kwargs)
    """

_library: dict = {"__name__": "library"}
exec(compile(inspect.cleandoc(_SOURCE), "/x/lib/site-packages/library.py", "exec"), _library)
Wrapper = _library["Wrapper"]
Lazy = _library["Lazy"]
passes = _library["passes"]
watches = _library["watches"]
