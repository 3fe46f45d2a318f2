"""The stages of an application: every WSGI layer that a request passes, and what frameworks add.

A stage is a callable that is called with an environ and a start_response (PEP 3333,
"Middleware"). Nothing of the user's is wrapped or replaced, since a reference may be held anywhere:
the *callee* is changed, by giving its function another code object (`swap`), so that identity,
attributes, isinstance and every later look-up stay as they are.

* `named` and `shapes` know what looks like an application, an environ and a start_response;
* `acts` tells an application of the user's by what its code does (`patterns`, `readings`), `loose`
  one that is given the two among whatever else, `declines` what is none in spite of its names;
  `checks` by what a call of it has returned;
* `scan` finds the functions and classes that are loaded, and gives them hooks: those of `adapters`,
  `packed` and `suspects` to what is odd; `imports` has it look at what a request imports;
* `loaded` lists all that there is;
* `proxies` looks behind objects that are called in the place of a function, as agents put them;
* `learn` notices, during a request, those that no name gives away; `lessons` says in which,
  `turns` has the next wait for what was learned, and `owned` knows what is a start_response;
* `calls` runs a hooked function, and tells a tracer of each boundary; `parents` knows from which
  call it is entered where threads lose that; `bodies`, `relays`, `generated` and `instances` do so
  for what it returned, and `likeness` has that be as it was, `begun` what it is given to call;
  `asked` knows whether stages change the environ meanwhile; `rises` knows whose an exception is in
  what a stage has for start_response;
* `stops` knows where requests stop; `boundaries` is the way through a stage while there is such a
  place, `parking` what happens at it, and `reads` the input that stops where it is read;
* `surgery` has a request begin at an inner stage (`places`, `mounts`), or pass one over
  (`skipping`);
* `layers`, `layerhooks` and the modules of the frameworks map middlewares, hooks and views to the
  same model;
* `holders` finds out, without a request, which stage holds which (`held`: what an object holds;
  `callees`: what runs when it is called; `opaque`: what was compiled); `tree` puts all of it
  together.

Nothing here is done at import, and nothing is traced until `calls.start` is given a tracer.
"""
