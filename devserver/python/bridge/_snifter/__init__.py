"""The side of snifter that runs inside the application's own Python.

It speaks the protocol of snifter's package ``devserver/wire`` over a socket that it inherits,
loads the application by a plan, and calls it by the rules of PEP 3333. It needs the standard
library alone, of CPython 3.8 or later or PyPy.

Importing any of its modules changes nothing; ``boot`` is where it starts.
"""
