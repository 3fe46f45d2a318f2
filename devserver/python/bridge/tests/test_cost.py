"""What it costs to tell stages apart, in instructions; `cost` shows it in microseconds."""

from __future__ import annotations

import unittest

from . import instructions

FEW, MANY = 5, 20


class CostTest(unittest.TestCase):
    #: The most instructions of a stage, by what it does, and what is paid once a request beside.
    MOST = {
        "passing on": (420, 1490),
        "changing": (880, 1380),
        "relaying": (545, 1850),
        "handing on": (549, 2800),
        "wrapping": (543, 3250),
        "holding": (1340, 1390),
        "keeping": (775, 2160),
        "attaching": (1085, 1490),
        "beginning": (710, 1340),
        "starting": (985, 1340),
        "passing on what has no type": (410, 2740),
        "passing on what has no content": (420, 1860),
    }

    def test_recorded(self):
        for kind, most in self.MOST.items():
            with self.subTest(kind):
                few, many = (instructions.of(kind, depth) for depth in (FEW, MANY))
                a_stage = (many - few) / (MANY - FEW)
                self.assertGreater(a_stage, 50, "what is counted is the bridge at work")
                for told, limit in zip((a_stage, few - FEW * a_stage), most):
                    self.assertLessEqual(told, limit)

    def test_a_framework_s_body(self):
        """One that is no generator, and is made within the outermost stage."""
        self.assertLessEqual(instructions.of("handing on", 1), 3090)

    def test_not_recorded(self):
        """A stage that is hooked runs nothing of the bridge but its trampoline."""
        none, many = instructions.of("off", 0), instructions.of("off", MANY)
        self.assertLess((many - none) / MANY, 20)


if __name__ == "__main__":
    unittest.main()
