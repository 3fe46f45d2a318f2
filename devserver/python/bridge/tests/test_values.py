"""What values are told as that have no plain form."""

from __future__ import annotations

import unittest

from _snifter.stages.values import short_texts, shown

from .test_environ import Lazy


class ShownTest(unittest.TestCase):
    def test_what_is_in_containers(self):
        lazy = Lazy()
        of_lazy = f"<tests.test_environ.Lazy object at 0x{id(lazy):x}>"
        for value, text in (
            ({"user": lazy, 1: [lazy]}, f"{{'user': {of_lazy}, 1: [{of_lazy}]}}"),
            ((lazy,), f"({of_lazy},)"),
            ([(1, lazy), ()], f"[(1, {of_lazy}), ()]"),
            ({"b", "a"}, "{'a', 'b'}"),
            (set(), "set()"),
            (frozenset("a"), "frozenset({'a'})"),
            ([lazy, set(), {}, []], f"[{of_lazy}, set(), {{}}, []]"),
        ):
            self.assertEqual(shown(value), text)

    def test_what_is_of_a_class_made_of_one_is_not_asked(self):
        class Odd(dict):
            def items(self):
                raise RuntimeError("it was asked")

        self.assertRegex(shown([Odd(a=1)]), r"^\[<.*\.Odd object at 0x[0-9a-f]+>\]$")

    def test_a_class_is_told_by_its_name(self):
        """Whatever its metaclass would say, so that it is the same in each process."""

        class Meta(type):
            def __repr__(cls):
                raise RuntimeError("it was asked")

        class Made(metaclass=Meta):
            pass

        name = f"{__name__}.{Made.__qualname__}"
        for value, text in (
            (dict, "<class 'dict'>"),
            (Lazy, "<class 'tests.test_environ.Lazy'>"),
            (Made, f"<class '{name}'>"),
            ({"made": Made}, f"{{'made': <class '{name}'>}}"),
        ):
            self.assertEqual(shown(value), text)

    def test_much(self):
        self.assertTrue(shown([Lazy, *range(1000)]).endswith(", 97, 98, ...]"))
        deep = [{1}]
        for _ in range(20):
            deep = [deep]
        self.assertEqual(shown(deep), "[" * 9 + "..." + "]" * 9)
        self.assertEqual(shown([{1}, "x" * 9999]), f"[{{1}}, '{'x' * 1000}'...]")
        wide = [{1}]
        for _ in range(5):
            wide = [wide, wide] * 50
        self.assertLess(len(shown(wide)), 1000)

    def test_a_number_of_more_digits_than_python_writes(self):
        number = 10**5000
        try:
            text = str(number)
        except ValueError:
            text = hex(number)  # Python before 3.8.14 has no such limit
        self.assertEqual(shown(number), text)
        self.assertEqual(shown([{1}, number]), f"[{{1}}, {text}]")

    def test_what_holds_itself(self):
        both = [{1}]
        both += [both, {"a": both}, {2}, {2}]
        self.assertEqual(shown(both), "[{1}, [...], {'a': [...]}, {2}, {2}]")


class ShortTextsTest(unittest.TestCase):
    def test_which_dicts_hold_them(self):
        class Meta(type):
            def __eq__(cls, other):
                raise RuntimeError("it was asked")

            __hash__ = __eq__

        made = Meta("Made", (str,), {})
        for held in {}, {"a": "b", "": None}, {"a": "b" * 4095}, dict.fromkeys(map(str, range(50))):
            texts = short_texts(held)
            self.assertEqual(texts, held)
            self.assertIsNot(texts, held)
        for held in (
            *({"a": other} for other in (1, b"b", [], made("b"), "b" * 4096)),
            *({other: "b"} for other in (1, None, b"b", "b" * 4096)),
            {"a" * 4000: "b" * 97},
            dict.fromkeys(map(str, range(51))),
        ):
            self.assertIsNone(short_texts(held))


if __name__ == "__main__":
    unittest.main()
