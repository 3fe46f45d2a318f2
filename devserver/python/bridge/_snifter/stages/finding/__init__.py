"""Finding the stages that are loaded, and those that come later.

* `scan` finds functions and classes, and gives them hooks; `suspects` are those that do other
  things as well; `imports` has it look at what a request imports;
* `learn` notices, during a request, those that no name gives away; `lessons` says in which,
  `turns` has the next wait for what was learned, and `owned` knows what is a start_response;
* `holders` finds out, without a request, which stage holds which (`held`: what an object holds;
  `callees`: what runs when it is called; `opaque`: what was compiled; `deepcopies`: what it is a
  copy of), `places` and `mounts` which of several is meant.
"""
