"""What frameworks put between an application and its answer, as stages.

* `layers` finds them with the module of each framework (`roles`, `inmost`, `decorated`, `rest` and
  `copies` help), and `layerhooks` runs them;
* `responses`, `contents` and `unchanged` read what their responses are, `rendering` tells of those
  that are rendered late, and `replies` makes one of an answer by hand.
"""
