"""The bodies of stages, with a tracer told of each block.

* `bodies` knows what is relayed, `relays` and `generated` do it, and `going` has a stage go on;
* `likeness` has it be as the body was, and `passed` knows it again where a stage around returns it.
"""
