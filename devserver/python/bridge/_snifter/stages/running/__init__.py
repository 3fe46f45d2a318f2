"""Running a stage, wherever it is called from.

* `calls` runs a hooked function, and tells a tracer of each boundary; `hooks` is what is called in
  the function's place (`hooked`: which stages it is; `leaving`: what its caller gets), `adapters`,
  `packed` and `keywords` where it is called in an odd way, `instances` where it is a class,
  `clones` where an object has a copy of itself go on; `byname` tells of who calls by keyword;
* `parents` knows from which call it is entered where threads lose that (`threads`, `greenlets`,
  `waiting`), `positions` which arguments are the environ and the start_response, `begun` what it is
  given to call;
* `asked` knows whether stages change the environ while a body goes on, `handed` and `rises` what a
  stage around does to headers and exceptions, `lending` whose time that is.
"""
