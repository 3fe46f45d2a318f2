"""The application of the conformance suite: the field X-App names the fixture that answers."""

import os
import wsgiref.validate

from fixtures import bodies, environs, inputs, responses

_MODULES = (environs, inputs, responses, bodies)


def dispatch(environ, start_response):
    name = environ.get("HTTP_X_APP", "hello")
    for module in _MODULES:
        fixture = getattr(module, name, None)
        if fixture is not None:
            return fixture(environ, start_response)
    raise LookupError(f"there is no fixture {name}")


app = wsgiref.validate.validator(dispatch) if os.environ.get("WSGITEST_VALIDATE") else dispatch
