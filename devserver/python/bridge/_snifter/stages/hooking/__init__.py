"""Changing what a function does without changing the function, and keeping that out of sight.

* `swap` gives a function another code object, and `compiled` a compiled class another method;
* `hide` keeps our frames out of stacks, tracebacks and pickles, `warned` out of warnings, `callers`
  out of the records of logs, and `debugged` out of what debuggers and profilers stop in.
"""
