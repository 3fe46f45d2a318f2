"""Requests that stop at boundaries, and go on step by step, or otherwise than they came.

* `stops` knows where requests stop; `boundaries` is the way through a stage while there is such a
  place, `outermost` and `late` that through the outermost one, `reads` the input that stops where
  it is read, and `parking` what happens at a stop (`typed`: what is typed there);
* `surgery` has a request begin at an inner stage, or pass one over (`skipping`).
"""
