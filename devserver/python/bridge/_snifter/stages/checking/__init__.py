"""What is checked at each boundary of a stage, and who is to blame for what is found.

* `lint` checks a request, and `passes` what one call of a stage does (`heads`: its calls of
  start_response, `belated`: made when there is something to say, `nobody`: of a result that is no
  body); `telling` has each finding told once;
* `right` remembers headers that were right, and `checks` knows callables that only say yes or no.
"""
