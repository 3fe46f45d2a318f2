"""Functions whose code was exchanged: what they were, they are."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import inspect
import pickle
import sys
import types
import unittest
import warnings

from _snifter.stages.hooking import hide, swap

from . import tracing


def module_function(first, second=2, *, greeting: str = "hello", **more):
    """Says hello."""
    return greeting


def closing_over(value):
    def inner():
        return value

    return inner


def making(value):
    """What makes functions that are stages, each with a docstring or none."""

    def application(environ, start_response):
        """It closes over a value."""
        return [value]

    def bare(environ, start_response):
        return "no docstring"

    def generator(environ, start_response):
        """It yields."""
        yield value

    class Stage:
        """It has a method."""

        def __call__(self, environ, start_response):
            """It is called."""
            return application(environ, start_response)

    return application, bare, generator, Stage.__call__


class SwapTest(unittest.TestCase):
    def hooked(self, function):
        seen = []

        def hook(original, args, kwargs):
            seen.append((args, kwargs))
            return original(*args, **kwargs)

        self.assertTrue(swap.install(function, hook, always=True))
        self.addCleanup(swap.remove, function)
        return seen

    def test_a_function_that_an_agent_has_changed_and_changes_again(self):
        """It looks for what it has put there, before it takes that away at the first call."""

        def view(number):
            return number

        kept = types.FunctionType(view.__code__, {}, "<kept>")

        def first_call(*args):
            if first_call in view.__code__.co_consts:
                view.__code__ = kept.__code__
            return view(*args)

        def template(*args):
            kept = "kept"
            first_call = "first_call"
            return first_call(*args), kept

        stands_for = {"kept": kept, "first_call": first_call}
        code = template.__code__
        view.__code__ = code.replace(
            co_consts=tuple(stands_for.get(const, const) for const in code.co_consts),
            co_name="view",
        )
        seen = self.hooked(view)
        self.assertFalse(swap.install(view, print, always=True))
        self.assertIsNotNone(swap.hook_of(view))
        self.assertEqual(view(1)[0], 1)
        self.assertEqual(view(2), 2)
        self.assertEqual(seen, [((1,), {}), ((2,), {})])
        swap.remove(view)
        self.assertIsNone(swap.hook_of(view))

    def test_a_generator_function_whose_generators_are_relayed(self):
        class Hook:
            makes_bodies = True

            def __call__(self, original, args, kwargs):
                return [*original(*args, **kwargs), "hooked"]

        def function(a):
            yield a

        with warnings.catch_warnings():
            warnings.simplefilter("error")
            self.assertTrue(swap.install(function, Hook(), always=True))
            self.assertEqual(function(1), [1, "hooked"])
            # Before Python 3.11 a code with the flag makes a generator of what the hook returns.
            flagged = bool(function.__code__.co_flags & inspect.CO_GENERATOR)
            self.assertEqual(flagged, swap.IS_FLAGGED)
            hide.install()
            self.assertTrue(inspect.isgeneratorfunction(function))
            self.assertTrue(inspect.isgeneratorfunction(functools.partial(function, 1)))
            self.assertTrue(inspect.isgeneratorfunction(types.MethodType(function, 1)))
            for other in (swap.remove, len, None, functools.partial(len), int):
                self.assertFalse(inspect.isgeneratorfunction(other))
            swap.remove(function)
        self.assertEqual(list(function(2)), [2])

    def test_what_is_made_of_a_swapped_code_is_documented(self):
        docs = [each.__doc__ for each in making(b"")]
        with tracing.traced():
            made = making(b"")
        self.assertTrue(all(swap.hook_of(each) is not None for each in (*made[:1], *made[2:])))
        self.assertEqual([each.__doc__ for each in made], docs)
        for each in made:
            self.assertEqual(swap.plain(each).__doc__, each.__doc__)

    def test_no_line_runs_that_is_not_the_functions(self):
        """Debuggers stop in the function's lines, and what measures coverage sees those."""

        def function(fail):
            if fail:
                raise ValueError
            return fail

        first, lines = function.__code__.co_firstlineno, set()

        def trace(frame, event, arg):
            if frame.f_code.co_filename == __file__ and frame.f_code.co_name == "function":
                lines.add(frame.f_lineno - first)
            return trace

        self.hooked(function)
        before = sys.gettrace()
        sys.settrace(trace)
        try:
            function(False)
            with contextlib.suppress(ValueError):
                function(True)
        finally:
            sys.settrace(before)
        self.assertEqual(lines, {0, 1, 2, 3})

    def test_the_function_stays_what_it_was(self):
        def shape(function):
            return (
                inspect.signature(function),
                inspect.getsource(function),
                inspect.getsourcefile(function),
                inspect.iscoroutinefunction(function),
                inspect.isgeneratorfunction(function),
                inspect.isasyncgenfunction(function),
                function.__name__,
                function.__qualname__,
                function.__module__,
                function.__doc__,
                function.__defaults__,
                function.__kwdefaults__,
                function.__annotations__,
                function.__dict__,
                function.__code__.co_name,
                function.__code__.co_freevars,
                function.__code__.co_firstlineno,
                hash(function),
            )

        free = 1

        async def coroutine(a, b=2):
            return a + b + free

        def generator(a, *rest, c=3):
            yield a + free
            return c

        for function in (module_function, coroutine, generator, closing_over(1)):
            before, identity = shape(function), id(function)
            self.hooked(function)
            self.assertEqual(shape(function), before)
            self.assertEqual(id(function), identity)
        self.assertIs(pickle.loads(pickle.dumps(module_function)), module_function)
        self.assertEqual(asyncio.run(coroutine(1)), 4)
        made = generator(1)
        self.assertIsInstance(made, types.GeneratorType)
        self.assertEqual(list(made), [2])

    def test_every_kind_of_parameter(self):
        free = []

        def function(a, b, /, c, d=4, *rest, e, f=6, **more):
            free.append(1)
            return (a, b, c, d, rest, e, f, more, len(free))

        plain = function(1, 2, 3, 5, 7, 8, e=9, g=10)
        seen = self.hooked(function)
        self.assertEqual(function(1, 2, 3, 5, 7, 8, e=9, g=10), (*plain[:-1], 2))
        self.assertEqual(function(1, 2, c=3, e=9)[:7], (1, 2, 3, 4, (), 9, 6))
        self.assertEqual(seen[1], ((1, 2, 3, 4), {"e": 9, "f": 6}))
        with self.assertRaisesRegex(TypeError, r"function\(\) missing .* 'b'"):
            function(1)

    def test_super_and_private_names(self):
        class Base:
            def value(self):
                return 1

        class Sub(Base):
            def __init__(self):
                self.__mine = 2

            def value(self, __more=3):
                return super().value() + self.__mine + __more + len(__class__.__name__)

        self.hooked(Sub.value)
        self.assertEqual(Sub().value(), 9)

    def test_each_of_several_closures(self):
        first, second = closing_over("a"), closing_over("b")
        self.hooked(first)
        self.assertIsNone(swap.hook_of(second))
        self.hooked(second)
        self.assertIsNot(swap.hook_of(first), swap.hook_of(second))
        self.assertEqual((first(), second()), ("a", "b"))

    def test_generators_take_what_is_sent(self):
        def generator():
            got = yield 1
            try:
                yield got
            except KeyError:
                yield "caught"
            return "end"

        self.hooked(generator)
        made = generator()
        self.assertEqual(
            [next(made), made.send("sent"), made.throw(KeyError())], [1, "sent", "caught"]
        )
        with self.assertRaises(StopIteration) as raised:
            next(made)
        self.assertEqual(raised.exception.value, "end")

    def test_what_cannot_be_hooked(self):
        async def generator():
            yield 1

        self.assertFalse(swap.install(generator, print))
        function = closing_over(None)
        self.hooked(function)
        self.assertFalse(swap.install(function, print))

    def test_defaults_are_not_asked_what_they_are_equal_to(self):
        class Lazy:
            """Django's lazy strings ask the settings."""

            __hash__ = None

            def __eq__(self, other):
                raise RuntimeError("there are no settings")

        def translated(label):
            return label

        translated.__defaults__ = (Lazy(),)

        self.assertFalse(swap.is_original(translated))
        translated.__defaults__ = ()
        self.assertFalse(swap.is_original(translated))


if __name__ == "__main__":
    unittest.main()
