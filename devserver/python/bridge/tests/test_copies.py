"""The modules that Bottle is in."""

from __future__ import annotations

import sys
import unittest
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest import mock

from _snifter.stages.frameworks import contents, copies, layers, replies
from _snifter.stages.hooking import swap


def module(name: str, *classes: str) -> ModuleType:
    made = ModuleType(name)
    for each in classes:
        setattr(made, each, type(each, (), {"__module__": name}))
    return made


class CopiesTest(unittest.TestCase):
    def setUp(self) -> None:
        self.addCleanup(copies.look)  # of what there is without these

    def look(self, *modules: ModuleType) -> list[str]:
        with mock.patch.dict(sys.modules, {each.__name__: each for each in modules}):
            copies.look()
        return copies.names()

    def test_what_is_bottle(self) -> None:
        copy = module("project.vendor.micro", *copies._CLASSES)
        user = ModuleType("project.pages")
        vars(user).update({name: vars(copy)[name] for name in copies._CLASSES})
        shop = module("project.shop", "Bottle", "Route")
        self.assertEqual(self.look(user, shop), [])
        self.assertEqual(self.look(copy, user, shop), ["project.vendor.micro"])
        self.assertTrue(contents.is_response("bottle", copy.BaseResponse()))
        self.assertFalse(contents.is_response("bottle", copy.Route()))

    def test_what_is_hooked_before_there_is_an_application(self) -> None:
        def hook(self: Any, name: str, function: Any) -> None: ...

        copy = module("project.vendor.later", *copies._CLASSES)
        copy.Bottle.add_hook = hook
        application = copy.Bottle()
        with mock.patch.dict(sys.modules, {copy.__name__: copy}):
            layers.prepare()
            self.addCleanup(swap.remove, hook)
            self.assertIsNotNone(swap.hook_of(hook))
            self.assertIsNone(layers.inside(application))

    def test_which_a_call_is_made_within(self) -> None:
        one, other = (module(name, *copies._CLASSES) for name in ("bottle", "copy"))
        self.assertEqual(sorted(self.look(one, other)), ["bottle", "copy"])
        site = type("Site", (other.Bottle,), {})
        outer = SimpleNamespace(receiver=one.Bottle(), parent=None)
        inner = SimpleNamespace(receiver=site(), parent=outer)
        layer = SimpleNamespace(receiver=None, parent=inner)
        self.assertIs(copies.of(layer), other)
        self.assertIs(copies.of(outer), one)

    def test_a_reply_is_of_the_copy(self) -> None:
        copy = module("copy", *copies._CLASSES)
        vars(copy)["HTTPResponse"] = lambda *given: given
        self.look(copy)
        call = SimpleNamespace(receiver=None, parent=None, stage=SimpleNamespace(kind="bottle"))
        answer = SimpleNamespace(block=b"tea", status="418 Teapot", headers=[("A", "b")])
        found = replies.response(call, answer)
        self.assertEqual(found, (b"tea", "418 Teapot", [("A", "b")]))


if __name__ == "__main__":
    unittest.main()
