"""The stages of an application: every WSGI layer that a request passes, and what frameworks add.

A stage is a callable that is called with an environ and a start_response (PEP 3333,
"Middleware"). Nothing of the user's is wrapped or replaced, since a reference may be held anywhere:
the *callee* is changed, by giving its function another code object (`hooking`), so that identity,
attributes, isinstance and every later look-up stay as they are.

* `reading` tells what looks and acts like an application, an environ and a start_response;
* `finding` finds the functions and classes that do, as they are loaded, and which holds which;
* `running` calls a stage, and tells a tracer of each boundary, `relaying` of its body's;
* `recording` is the tracer while requests are served, and `checking` says what is wrong there;
* `frameworks` maps middlewares, hooks and views to the same model;
* `stepping` stops a request at a boundary, and sends it through the stages otherwise.

`serve` has all that done while an application is served, `probe` without a server, and `tree` puts
together what was found. The rest is what all of them share: `context` knows which call runs,
`names` what a stage is called, `kinds` classes as keys, `values` how what an application has is
told, `events` what is told, `ours` which frames are, `loaded` what there is; `failures` and `guard`
see to it that what fails here disturbs nobody.

Nothing here is done at import, and nothing is traced until `calls.start` is given a tracer.
"""
