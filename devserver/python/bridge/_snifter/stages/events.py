"""The kinds of events that are told of the stages of a request: tuples, as snifter's package
``devserver/wire`` lists them ("Stages")."""

from __future__ import annotations

#: So many are kept back, and no more.
MOST_UNSENT = 128

# As package ``devserver/event`` numbers them.
ENTER = 1
INPUT = 2
START_RESPONSE = 3
WRITE = 4
CHUNK = 5
CLOSE = 6
EXIT = 7
EXCEPTION = 8
ENVIRON_CHANGED = 15
PAUSED = 17
EDITED = 18
UNTOLD = 19

# And those that are on the wire alone.

#: Exit and Spent in one; the name of a list is None.
LEFT = 64
#: What a framework's layer was given of a body by one within it.
GOT = 65
#: The block that was told last, by another pass.
AGAIN = 66
#: start_response with the headers that were told last, and more behind.
MORE = 67
#: Enter, right after the stage around has set one key of the environ to a plain value.
GIVEN = 68
#: Enter, and Exit right away: the call has made a generator, of which nothing has run.
LAZY = 69
#: Close and Spent in one: nothing of the body will run.
SHUT = 70
#: How long a call and its body took in all, and how much of that in others than those that were
#: called within: the server reckons what is left. So do Left and Shut tell it.
SPENT = 71
#: How much of that was within others than the stage that the call was made in.
ELSEWHERE = 72
#: As More, of one header, with the status that was told last.
ONE_MORE = 73
#: How much a stage has read of a buffer in the place of wsgi.input, and how much was left in it.
READ_INSTEAD = 74
#: Exit and Spent in one, of a framework's layer. A head whose status is None is the one that this
#: event has told last, with the headers that it has behind those.
LAYER_LEFT = 75
