"""Telling by what it looks like, and by its code, what a function or an object is.

* `named` and `shapes` know what looks like an application, an environ and a start_response;
* `acts` tells an application of the user's by what its code does (`patterns`, `readings`,
  `lookups`, `expressions`), `loose` one that is given the two among whatever else, `keeping` a
  class that keeps them, `begins` what another gives a start_response of its own, `sends` by which
  methods it passes the two on, `declines` what is none in spite of its names;
* `proxies` looks behind objects that are called in the place of a function, as agents put them, and
  `methods` behind decorators;
* `changes` tells whether a body may change the environ as it goes, `returning` whether a generator
  returns a value, and `results` what the result of a call can be.
"""
