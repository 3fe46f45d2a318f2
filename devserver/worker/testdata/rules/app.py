"""An application a rule: PATH_INFO names the function that answers."""

import answers
import breaches
import fine
import inputs
import lasting
import processes
import raising
import texts

SUBJECTS = (answers, breaches, fine, inputs, lasting, processes, raising, texts)


def app(environ, start_response):
    name = environ["PATH_INFO"].strip("/")
    found = globals().get(name) or next(getattr(s, name) for s in SUBJECTS if hasattr(s, name))
    return found(environ, start_response)
