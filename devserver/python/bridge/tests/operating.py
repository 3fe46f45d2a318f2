"""Requests that go through the stages otherwise than these were built, for tests."""

from __future__ import annotations

from marshal import dumps

from _snifter import frames
from _snifter.stages.events import ENTER

from .server import ENVIRON
from .stepping import PLAN, SteppingTest


class Operating(SteppingTest):
    def operate(self, path, body=b"", **told):
        """The answer to a request that is operated on."""
        plan = dict({"enter": "", "environ": None, "skip": []}, **told)
        self.server.send(frames.SURGERY, self.number + 1, dumps(plan, 2))
        return self.server.end(self.ask(path, body))

    def names(self, answer):
        return [self.server.stages[event[4]][0].rpartition(".")[2] for event in answer.of(ENTER)]


class Placed(Operating):
    """Several applications have one name, and the exchange tells where the one is that is meant."""

    attr = ""

    @property
    def plan(self):
        return dict(PLAN, module="places_app", attr=self.attr)

    def enter(self, around, within=(), path="/1", mount=""):
        around, within = (["places_app." + name for name in names] for names in (around, within))
        environ = dict(ENVIRON, PATH_INFO=path)
        told = {"enter": "Stage", "environ": environ, "around": around, "within": within}
        told["mount"] = mount
        return self.operate(path, **told)
