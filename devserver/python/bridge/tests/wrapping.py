"""A library that puts objects of its own in the place of functions, as wrapt does, of which agents
that watch an application are made."""

from __future__ import annotations

import inspect

_SOURCE = """
    class Wrapper:
        __slots__ = ("__wrapped__", "wrapper", "instance", "parent", "__weakref__")

        def __init__(self, wrapped, wrapper, instance=None, parent=None):
            self.__wrapped__, self.wrapper, self.instance = wrapped, wrapper, instance
            self.parent = parent

        def __get__(self, instance, owner):
            bound = self.__wrapped__.__get__(instance, owner)
            return Wrapper(bound, self.wrapper, instance, self)

        def __call__(self, *args, **kwargs):
            return self.wrapper(self.__wrapped__, self.instance, args, kwargs)

    class Lazy(Wrapper):
        __slots__ = ()

        def __init__(self):
            pass

    class Own:
        pass

    class Mirror(Own):
        @property
        def __dict__(self):
            return self.__wrapped__.__dict__

        def __init__(self, wrapped):
            object.__setattr__(self, "__wrapped__", wrapped)

        def __call__(self, *args, **kwargs):
            return self.__wrapped__(*args, **kwargs)

    class Adds(Mirror):
        def __init__(self, wrapped, *args):
            super().__init__(wrapped)
            object.__setattr__(self, "_self_args", args)

        def __call__(self, *args, **kwargs):
            return self.__wrapped__(*self._self_args, *args, **kwargs)

    class MirroringWrapper(Mirror):
        def __init__(self, wrapped, wrapper, instance=None):
            super().__init__(wrapped)
            object.__setattr__(self, "_self_wrapper", wrapper)
            object.__setattr__(self, "_self_instance", instance)

        def __get__(self, instance, owner):
            bound = self.__wrapped__.__get__(instance, owner)
            return MirroringWrapper(bound, self._self_wrapper, instance)

        def __call__(self, *args, **kwargs):
            return self._self_wrapper(self.__wrapped__, self._self_instance, args, kwargs)

    def passes(wrapped, instance, args, kwargs):
        return wrapped(*args, **kwargs)

    def watches(wrapped, instance, args, kwargs):
        return wrapped(*args, **kwargs)
    """

_library: dict = {"__name__": "library"}
exec(compile(inspect.cleandoc(_SOURCE), "/x/lib/site-packages/library.py", "exec"), _library)
Wrapper = _library["Wrapper"]
Lazy = _library["Lazy"]
Mirror = _library["Mirror"]
MirroringWrapper = _library["MirroringWrapper"]
Adds = _library["Adds"]
passes = _library["passes"]
watches = _library["watches"]
